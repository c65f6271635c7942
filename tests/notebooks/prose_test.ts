import { assert, assertEquals, assertGreater } from "@std/assert";
import { reported, tableNames } from "@gcln/kit/evaluation";
import { joined, type Notebook, type NotebookCell } from "../../scripts/notebooks/notebook_file.ts";

const FOLDER = new URL("../../notebooks/", import.meta.url);

function* notebooks(folder: URL): Generator<[string, Notebook]> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory && !name.startsWith(".")) yield* notebooks(new URL(`${name}/`, folder));
    if (name.endsWith(".ipynb")) yield [name, JSON.parse(Deno.readTextFileSync(new URL(name, folder)))];
  }
}

/** Everything that a cell has shown as text. */
function shown({ outputs = [] }: NotebookCell): string {
  return outputs.flatMap(({ text, data }) => [text, data?.["text/markdown"], data?.["text/plain"]])
    .map((lines) => joined((lines ?? "") as string)).join("\n");
}

/** `97 %`, `86.05 %`, `86 of 100 images`. */
const QUOTED = /(\d+(?:\.\d+)?)(?: %| of 100)/g;

/** Numbers as the paper prints them, and as they are said in a sentence. */
const printed = new Set(
  tableNames.flatMap((table) =>
    Object.values(reported(table).rows).flatMap(({ values }) => Object.values(values))
  )
    .flatMap((value) => value === null ? [] : [2, 1, 0].map((digits) => (100 * value).toFixed(digits))),
);

for (const [name, { cells }] of notebooks(FOLDER)) {
  const code = cells.filter(({ cell_type }) => cell_type === "code");

  Deno.test(`the numbers in the text of ${name} are in its outputs, or the paper's`, () => {
    const measured = new Set(code.map(shown).join("\n").match(/\d+(\.\d+)?/g));
    const text = cells.filter(({ cell_type }) => cell_type === "markdown").map(({ source }) =>
      joined(source)
    );
    const quoted = [...text.join("\n").matchAll(QUOTED)].map(([, number]) => number!);
    assertEquals(quoted.filter((number) => !measured.has(number) && !printed.has(number)), []);
    assertGreater(quoted.length, 0);
  });

  Deno.test(`every cell of ${name} ends in something to look at, and none failed`, () => {
    for (const cell of code) {
      assertGreater(cell.outputs?.length ?? 0, 0, joined(cell.source));
      assert(cell.outputs!.every(({ output_type }) => output_type !== "error"), joined(cell.source));
    }
  });

  Deno.test(`no cell of ${name} defines a function or is longer than a glance`, () => {
    for (const { source } of code) {
      const text = joined(source), lines = text.split("\n").filter((line) => !/^(import .*)?$/.test(line));
      assert(!/\bfunction\b|=> \{/.test(text), text);
      assertGreater(15, lines.length, text);
    }
  });
}
