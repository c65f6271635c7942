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
