import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { BackendName } from "@gcln/kit/tensor";

interface Run {
  readonly description: string;
  readonly losses: number[];
}

/** Trains in a process of its own; a string is the reason why it can't be done here. */
async function train(backend: BackendName, steps: number): Promise<Run | string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(new URL("_train.ts", import.meta.url)), backend, String(steps)],
    env: { GCLN_WEBGPU_SOFTWARE: "1", NO_COLOR: "1" },
  }).output();
  if (code === 0) return JSON.parse(new TextDecoder().decode(stdout));
  return /Error: (.*)/.exec(new TextDecoder().decode(stderr))?.[1] ?? `exit code ${code}`;
}

const here: Record<string, Run | string> = Object.fromEntries(
  await Promise.all((["tensorflow", "webgpu"] as const).map(async (name) => [name, await train(name, 0)])),
);
const wasm = (await train("wasm", 10)) as Run;

Deno.test("training on wasm lowers the loss", () => {
  assertMatch(wasm.description, /^wasm/);
  assertEquals(wasm.losses.length, 10);
  assertLess(wasm.losses.at(-1)!, 0.8 * wasm.losses[0]!);
});

for (const [backend, found] of Object.entries(here)) {
  const why = typeof found === "string" ? ` (not here: ${found})` : "";
  Deno.test({
    name: `the same seeds and data give the same losses on ${backend} as on wasm, over ten steps${why}`,
    ignore: why !== "",
    fn: async () => {
      const { losses } = (await train(backend as BackendName, 10)) as Run;
      for (const [step, loss] of losses.entries()) {
        assertLess(Math.abs(loss - wasm.losses[step]!), 1e-3, `step ${step}`);
      }
    },
  });
}
