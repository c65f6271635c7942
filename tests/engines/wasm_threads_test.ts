import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

const lib = new URL("../../lib/", import.meta.url).href;
const config = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Tells the engine, and a digest of the gradients of a training step: one bit makes it another. */
const step = `
  import { resnet, trainable } from "${lib}networks/mod.ts";
  import { crossEntropy } from "${lib}losses/mod.ts";
  import { tf, uniform, useBackend, valueAndGradients } from "${lib}tensor/mod.ts";
  const { description } = await useBackend("wasm");
  const network = resnet({ architecture: "resnet18", width: 6, stem: 1, classes: 10, channels: 3 });
  const images = uniform([40, 16, 16, 3], 0, 1, 1), labels = tf.range(0, 40, 1, "int32").mod(10).cast("int32");
  const parameters = network.init(1);
  const { gradients } = valueAndGradients((learnt) => {
    const logits = network.apply({ ...parameters, ...learnt }, images, { mode: "training" });
    return { loss: crossEntropy(logits, labels).mean(), aux: {} };
  }, trainable(parameters));
  const all = Float32Array.from(Object.values(gradients).flatMap((x) => [...x.dataSync()]));
  const digest = await crypto.subtle.digest("SHA-256", all);
  console.log(description + ": " + all.every(Number.isFinite) + " " + new Uint8Array(digest));
`;

async function told(threads: number): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", config, step],
    env: { NO_COLOR: "1", GCLN_THREADS: `${threads}` },
  }).output();
  const text = new TextDecoder();
  assertEquals(text.decode(stderr), "");
  return text.decode(stdout).trim().split(": ");
}

Deno.test("the gradients of a training step on wasm are the same to the bit, whatever threads there are", async () => {
  const [one, two, three] = [await told(1), await told(2), await told(3)];
  const engines = [one, two, three].map(([engine]) => engine);
  assertEquals(engines, ["wasm (1 thread)", "wasm (2 threads)", "wasm (3 threads)"]);
  assertEquals([two[1], three[1]], [one[1], one[1]]);
  assertEquals(one[1]!.split(" ")[0], "true");
});
