import { assert, assertEquals, assertGreater } from "@std/assert";
import { joined, type Notebook } from "../../scripts/notebooks/notebook_file.ts";
import { commentsIn, isRounded, numberOf, quotedIn } from "./_bindings.ts";

/** What a comment begins with when neither an output nor the paper shows the number. */
const GIVEN = "given: ";
const FOLDER = new URL("../../notebooks/", import.meta.url);

function* notebooks(folder: URL, path = ""): Generator<[string, Notebook]> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory && !name.startsWith(".")) {
      yield* notebooks(new URL(`${name}/`, folder), `${path}${name}/`);
    }
    if (name.endsWith(".ipynb")) {
      yield [path + name, JSON.parse(Deno.readTextFileSync(new URL(name, folder)))];
    }
  }
}

for (const [name, { cells }] of notebooks(FOLDER)) {
  const isLesson = name.startsWith("lessons/");
  const code = cells.filter(({ cell_type }) => cell_type === "code");

  const texts = cells.filter(({ cell_type }) => cell_type === "markdown").map(({ source }) => joined(source));

  Deno.test(`each share in the text of ${name} is the number of the output or of the paper that it speaks of`, () => {
    const quoted = texts.flatMap(quotedIn);
    assertEquals(quoted.filter(({ source }) => source === undefined).map(({ number }) => number), []);
    for (const { number, source } of quoted) {
      if (source!.startsWith(GIVEN)) continue;
      const exact = numberOf(source!, cells);
      assert(isRounded(number, exact), `${number} is written, but ${source} is ${exact}`);
    }
    if (!isLesson) assertGreater(quoted.length, 0);
  });

  Deno.test(`each comment in the text of ${name} binds a number`, () => {
    assertEquals(texts.flatMap(commentsIn), texts.flatMap(quotedIn).flatMap(({ source }) => source ?? []));
  });

  Deno.test(`every cell of ${name} ends in something to look at, and none failed`, () => {
    for (const cell of code) {
      assertGreater(cell.outputs?.length ?? 0, 0, joined(cell.source));
      assert(cell.outputs!.every(({ output_type }) => output_type !== "error"), joined(cell.source));
    }
  });

  Deno.test(`no cell of ${name} defines a function or is longer than a glance`, () => {
    for (const { source } of code) {
      const text = joined(source);
      if (isLesson && text.includes("exercise(")) continue; // there students write functions of their own
      const lines = text.split("\n").filter((line) => !/^(import .*)?$/.test(line));
      assert(!/\bfunction\b|=> \{/.test(text), text);
      assertGreater(15, lines.length, text);
    }
  });
}

const everyQuoted = [...notebooks(FOLDER)].flatMap(([name, { cells }]) =>
  cells.filter(({ cell_type }) => cell_type === "markdown").flatMap(({ source }) => quotedIn(joined(source)))
    .map((quoted) => ({ name, ...quoted }))
);
const given = everyQuoted.filter(({ source }) => source?.startsWith(GIVEN));

Deno.test(`of ${everyQuoted.length} shares in the notebooks ${given.length} are given; 2 may be`, () => {
  const listed = given.map(({ name, number, source }) => `${name}: ${number}, ${source}`);
  assert(given.length <= 2, listed.join("\n"));
});
