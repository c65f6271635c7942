import { assertEquals, assertMatch } from "@std/assert";
import { blocksIn, inScope } from "../../scripts/notebooks/blocks.ts";
import { asModule } from "../../scripts/notebooks/module.ts";

const TEXT =
  "1. Do this.\n\n   ```ts\n   const a = 1;\n     a;\n   ```\n\n```sh\nls\n```\n\n```ts tour\nb;\n```\n";

Deno.test("blocksIn() finds TypeScript in lists too, with its line and the notebook that it names", () => {
  assertEquals(blocksIn(TEXT), [
    { code: "const a = 1;\n  a;", line: 4, of: "" },
    { code: "b;", line: 13, of: "tour" },
  ]);
});

Deno.test("inScope() makes values of imports, drops types, and keeps every line where it was", () => {
  const code =
    'import { linf, type Images, pgd as attack } from "@gcln/kit";\nimport type { Batch } from "@gcln/kit";\nlinf;';
  assertEquals(
    inScope(code).split("\n"),
    ['{ const { linf, pgd: attack } = await import("@gcln/kit");', "", "linf;", "}"],
  );
  assertEquals(inScope('import {\n  a,\n  b,\n} from "x";\na;').split("\n")[4], "a;");
});

Deno.test("asModule() puts the code of exercises and answers behind all cells, and finds its cell again", () => {
  const cell = (id: string, cell_type: "code" | "markdown", source: string) => ({
    id,
    cell_type,
    source,
    metadata: {},
  });
  const cells = [cell("ask", "markdown", TEXT), cell("code", "code", "const a = 0;")];
  const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  assertEquals(asModule(notebook).text, "// cell 2\nconst a = 0;\nexport {};\n");
  const { text, place } = asModule(notebook, { exercises: true, answers: ["const c = a;"] });
  const lines = text.split("\n"), line = (code: string) => lines.findIndex((each) => each.includes(code)) + 1;
  assertMatch(text, /const a = 0;[^]*const a = 1;[^]*b;[^]*const c = a;/);
  assertEquals(place(line("const a = 0;")), { cell: 2, line: 1 });
  assertEquals(place(line("const a = 1;")), { cell: 1, line: 4 });
  assertEquals(place(line("b;")), { cell: 1, line: 13 });
  assertEquals(place(line("const c")), { cell: 0, line: 1 });
});
