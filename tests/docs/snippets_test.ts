import { assert, assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { isAsSaid, type Snippet, snippetsIn } from "./_snippets.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

const pages = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => `docs/${name}`)
  .filter((path) => path.endsWith(".md")).sort();
const snippets = ["README.md", "mod.ts", "CONTRIBUTING.md", ...pages].flatMap((path) =>
  snippetsIn(path, read(path))
);

/** Writes the snippets into files of their own, in a folder that is removed afterwards. */
async function inFiles(test: (files: readonly string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const files = snippets.map((_, i) => `${folder}/snippet_${i}.ts`);
  try {
    for (const [i, { code }] of snippets.entries()) await Deno.writeTextFile(files[i]!, code);
    await test(files);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a module here, where the engine runs already, and gives back what it printed. */
async function printedBy(file: string): Promise<string> {
  const lines: string[] = [], log = console.log;
  console.log = (...values: unknown[]) => {
    lines.push(
      values.map((value) => typeof value === "string" ? value : Deno.inspect(value, { colors: false })).join(
        " ",
      ),
    );
  };
  try {
    await import(pathToFileURL(file).href);
  } finally {
    console.log = log;
  }
  return lines.join("\n").trimEnd();
}

Deno.test("Each snippet of the documents has its output beside it", () => {
  assert(snippets.length >= 13);
  assertEquals(snippets.filter(({ output }) => output === undefined).map(({ place }) => place), []);
});

Deno.test({
  name: "Each snippet of the documents has right types, and prints what stands beside it",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    inFiles(async (files) => {
      await t.step("types", async () => {
        const { success, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["check", "--quiet", "--config", "deno.json", ...files],
          cwd: ROOT,
          env: { NO_COLOR: "1" },
        }).output();
        assert(success, new TextDecoder().decode(stderr));
      });
      for (const [i, snippet] of snippets.entries()) {
        await t.step({
          name: snippet.place,
          sanitizeOps: false,
          sanitizeResources: false,
          fn: async () => {
            const printed = await printedBy(files[i]!);
            if (!isAsSaid(printed, snippet)) assertEquals(printed, snippet.output);
          },
        });
      }
    }),
});

const page = (...blocks: string[]) => snippetsIn("page.md", blocks.join("\n\n"));
const CODE = "```ts\n1;\n```", SAYS = "```text\n1\n```";

Deno.test("A block of text is a snippet's output if it follows at once or behind a line with a colon", () => {
  const outputs = (...blocks: string[]) => page(...blocks).map(({ output }) => output);
  assertEquals(outputs(CODE, SAYS), ["1"]);
  assertEquals(outputs(CODE, "It prints:", SAYS), ["1"]);
  assertEquals(outputs(CODE, "Another thing.", SAYS), [undefined]);
  assertEquals(outputs(CODE, CODE, SAYS), [undefined, "1"]);
  assertEquals(outputs("```sh\nls\n```", SAYS), []);
  const isRough = (line: string) => page(CODE, line, SAYS)[0]!.isRough;
  assertEquals([isRough("It prints:"), isRough("It prints, give or take a little:")], [false, true]);
});

Deno.test("Snippets of a module are those of its first comment", () => {
  const [snippet, ...others] = snippetsIn(
    "mod.ts",
    "/**\n * ```ts\n * 1;\n * ```\n */\n/** ```ts\n 2;\n``` */",
  );
  assertEquals([snippet?.code, others.length], ["1;", 0]);
});

Deno.test("An output must be the same letter by letter, unless its numbers are rough", () => {
  const said = (output: string, isRough: boolean): Pick<Snippet, "output" | "isRough"> => ({
    output,
    isRough,
  });
  assert(isAsSaid("16 of 20", said("16 of 20", false)));
  assert(!isAsSaid("17 of 20", said("16 of 20", false)));
  assert(isAsSaid("17 of 20", said("16 of 20", true)));
  assert(!isAsSaid("18 of 20", said("16 of 20", true)));
  assert(!isAsSaid("16 out of 20", said("16 of 20", true)));
  assert(isAsSaid("0.16", said("0.25", true)) && !isAsSaid("0.14", said("0.25", true)));
});
