import { assertEquals, assertStringIncludes } from "@std/assert";
import { relative } from "node:path";

const root = new URL("../../", import.meta.url).pathname;

const PROGRAM = `
import { linf, useBackend } from "@gcln/kit";
import { streetDigits } from "@gcln/kit/data";
const { name } = await useBackend();
const { shape } = await streetDigits("test", { size: 4 });
console.log(JSON.stringify({ name, shape, epsilon: linf(0.5).epsilon }));
`;

/** What a program in a folder of its own prints, with the files of that folder and these flags. */
async function printed(files: Record<string, string>, ...flags: readonly string[]) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries({ "mine.ts": PROGRAM, ...files })) {
      await Deno.writeTextFile(`${folder}/${name}`, content.replace("CLONE", relative(folder, root)));
    }
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", ...flags, "mine.ts"],
      cwd: folder,
      env: { NO_COLOR: "1", GCLN_BACKEND: "wasm" },
    }).output();
    const text = new TextDecoder();
    assertEquals(code, 0, text.decode(stderr));
    return JSON.parse(text.decode(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const wanted = { name: "wasm", shape: [32, 32, 3], epsilon: 0.5 };

Deno.test("a program in any folder uses the kit with the clone's configuration", async () => {
  assertEquals(await printed({}, "--config", `${root}deno.json`), wanted);
});

Deno.test("a project with a configuration of its own links the clone, as docs/using_elsewhere.md has it", async () => {
  const page = await Deno.readTextFile(`${root}docs/using_elsewhere.md`);
  const config = /```json\n([\s\S]*?)```/.exec(page)![1]!;
  assertStringIncludes(config, "../gcln");
  assertEquals(await printed({ "deno.json": config.replace("../gcln", "CLONE") }), wanted);
});

const NODE_PROGRAM = `
import { linf, pgd } from "@gcln/kit/attacks";
import { tf } from "@gcln/kit/tensor";
await tf.setBackend("cpu");
const weights = tf.randomNormal([12, 3], 0, 1, "float32", 7);
const victim = (images) => images.reshape([-1, 12]).matMul(weights);
const images = tf.fill([2, 2, 2, 3], 0.5), labels = tf.tensor1d([0, 1], "int32");
const attacked = await pgd(victim, { images, labels }, { ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 });
console.log(((await attacked.sub(images).abs().max().data())[0] * 255).toFixed(2));
`;

const hasNode = await new Deno.Command("node", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "attacks run in Node, bundled as docs/using_elsewhere.md has it",
  ignore: !hasNode,
  async fn() {
    const page = await Deno.readTextFile(`${root}docs/using_elsewhere.md`);
    const [, command] = /npx esbuild ([\s\S]*?)\nnode mine.mjs/.exec(page)!;
    const folder = await Deno.makeTempDir();
    const node = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("node", { args, cwd: folder }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout).trim();
    };
    try {
      await Deno.writeTextFile(`${folder}/mine.ts`, NODE_PROGRAM);
      await Deno.symlink(`${root}node_modules`, `${folder}/node_modules`);
      const args = command!.replaceAll("../gcln/", root).replaceAll(/[\\"]/g, "").split(/\s+/);
      await node(`${root}node_modules/esbuild/bin/esbuild`, ...args);
      assertEquals(await node("mine.mjs"), "8.00");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
