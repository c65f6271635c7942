import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join, resolve } from "node:path";
import { answersIn, wrongAnswers } from "../../scripts/notebooks/answers.ts";
import { notebooksNamed } from "../../scripts/notebooks/find.ts";
import { asModule } from "../../scripts/notebooks/module.ts";
import {
  joined,
  normalise,
  type Notebook,
  type NotebookCell,
  type Output,
} from "../../scripts/notebooks/notebook_file.ts";
import { withoutPictures } from "../../scripts/notebooks/pictures.ts";

const ROOT = resolve(".");

function code(id: string, source: string): NotebookCell {
  return { cell_type: "code", id, source, metadata: {}, execution_count: null, outputs: [] };
}

function notebook(...cells: NotebookCell[]): Notebook {
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

const title: NotebookCell = { cell_type: "markdown", id: "title", source: ["# Smoke\n", "\n"], metadata: {} };

const ran = notebook(title, {
  ...code("one", 'console.log("hi")\n'),
  execution_count: 7,
  metadata: { execution: { "iopub.status.busy": "2025-01-01T00:00:00Z" }, tags: ["keep"] },
  outputs: [
    { output_type: "stream", name: "stdout", text: "\x1b[33mhi" },
    { output_type: "stream", name: "stdout", text: [` from ${ROOT}/notebooks\n`, "bye"] },
    {
      output_type: "execute_result",
      execution_count: 7,
      metadata: {},
      data: { "text/plain": "\x1b[1m1\x1b[0m" },
    },
  ],
});

Deno.test("normalise() drops counts, timings, colours and machine paths, and keeps ids and tags", () => {
  const normal: Notebook = JSON.parse(normalise(JSON.stringify(ran), ROOT));
  const cell = normal.cells[1]!;
  assertEquals(cell.execution_count, null);
  assertEquals(cell.id, "one");
  assertEquals(cell.metadata, { tags: ["keep"] });
  assertEquals(cell.outputs?.map(({ text, data }) => joined(text ?? data?.["text/plain"] as string[])), [
    "hi from ./notebooks\nbye",
    "1",
  ]);
  assertEquals(cell.outputs?.[1]?.execution_count, null);
  assertEquals(normal.metadata.kernelspec, { display_name: "Deno", language: "typescript", name: "deno" });
});

Deno.test("normalise() drops what a finished progress bar leaves behind, and keeps pictures", () => {
  const display = (data: Record<string, unknown>): Output => ({
    output_type: "display_data",
    metadata: {},
    data,
  });
  const outputs = [
    display({ "text/html": "", "text/plain": " \n" }),
    display({ "image/png": "iVBORw0" }),
    display({}),
  ];
  const normal: Notebook = JSON.parse(
    normalise(JSON.stringify(notebook({ ...code("one", "1"), outputs })), ROOT),
  );
  assertEquals(normal.cells[0]!.outputs, [display({ "image/png": "iVBORw0" })]);
});

Deno.test("normalise() changes nothing in what it has made", () => {
  const once = normalise(JSON.stringify(ran), ROOT);
  assertEquals(normalise(once, ROOT), once);
});

Deno.test("normalise() writes JSON as Jupyter does: keys sorted, indented by one", () => {
  assert(
    normalise(JSON.stringify(ran), ROOT).startsWith(
      '{\n "cells": [\n  {\n   "cell_type": "markdown",\n   "id"',
    ),
  );
});

Deno.test("asModule() joins code cells, and finds a line's cell again", () => {
  const { text, place } = asModule(notebook(code("a", "const x = 1\nx"), title, code("b", "[x].length")));
  const lines = text.split("\n");
  assertEquals(lines.indexOf("[x].length"), 4);
  assertEquals(place(5), { cell: 3, line: 1 });
  assertEquals(place(3), { cell: 1, line: 2 });
  assertMatch(lines[3]!, /^;/); // else `x` and `[x]` would be one expression
});

Deno.test("notebooksNamed() finds a file, a folder and a name, and guesses what a wrong name means", () => {
  assertEquals(notebooksNamed("tour"), ["notebooks/tour.ipynb"]);
  assertEquals(notebooksNamed("tour.ipynb"), ["notebooks/tour.ipynb"]);
  assertEquals(notebooksNamed("./notebooks/tour.ipynb"), ["./notebooks/tour.ipynb"]);
  assert(notebooksNamed("notebooks").includes("notebooks/table1.ipynb"));
  assertThrows(() => notebooksNamed("toor"), Error, "There is no notebook toor: did you mean tour?");
  assertThrows(() => notebooksNamed("notebooks/tabel1.ipynb"), Error, "did you mean table1?");
});

/** A cell that asks an exercise, and what it has shown. */
function asked(number: string, right?: boolean): NotebookCell {
  const message = right ? "Right." : "Not yet.";
  const data = { "text/plain": message, "application/vnd.gcln.exercise+json": { number, right, message } };
  const outputs: Output[] = right === undefined
    ? []
    : [{ output_type: "execute_result", metadata: {}, data }];
  return { ...code(`exercise-${number}`, `await exercise("${number}", 1)`), outputs };
}

Deno.test("wrongAnswers() names each exercise that is not answered right, and that has shown nothing", () => {
  const answered = notebook(asked("1.1", true), asked("1.2", false), asked("1.3"));
  assertEquals(answersIn(answered).map(({ number, right }) => [number, right]), [["1.1", true], [
    "1.2",
    false,
  ]]);
  assertEquals(
    wrongAnswers(answered),
    "exercise 1.2 is not solved: Not yet.\nexercise 1.3 has shown nothing",
  );
  assertEquals(wrongAnswers(notebook(asked("1.1", true))), undefined);
});

Deno.test("withoutPictures() keeps text and answers, and drops pictures", () => {
  const outputs: Output[] = [
    { output_type: "stream", name: "stdout", text: "hi" },
    { output_type: "execute_result", data: { "image/png": "iVBORw0", "text/plain": "3 rows of images" } },
    { output_type: "display_data", data: { "text/html": "<b>" } },
  ];
  const [cell] = withoutPictures(notebook({ ...asked("1.1", true), outputs })).cells;
  assertEquals(cell!.outputs, [outputs[0]!, {
    output_type: "execute_result",
    data: { "text/plain": "3 rows of images" },
  }]);
  const answer = notebook(asked("1.1", true));
  assertEquals(answersIn(withoutPictures(answer)), answersIn(answer));
});

/** Runs `deno task notebooks` on notebooks made for it, in a folder of the project, where imports resolve. */
async function task(
  action: string,
  files: Readonly<Record<string, Notebook>>,
): Promise<{ code: number; said: string }> {
  const folder = await Deno.makeTempDir({ dir: "tests/scripts", prefix: ".notebooks-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, `${name}.ipynb`), normalise(JSON.stringify(content), ROOT));
    }
    const before = Object.keys(files).map((name) => Deno.readTextFileSync(join(folder, `${name}.ipynb`)));
    const paths = Object.keys(files).map((name) => join(folder, `${name}.ipynb`));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "scripts/notebooks.ts", action, ...paths],
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(paths.map((path) => Deno.readTextFileSync(path)), before, `${action} changed a notebook`);
    assertEquals([...Deno.readDirSync(folder)].length, paths.length, `${action} left a file behind`);
    const text = new TextDecoder();
    return { code, said: (text.decode(stdout) + text.decode(stderr)).replaceAll(folder, "") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("notebooks check finds a wrong type and a name that is not exported, and says in which cell", async () => {
  const { code: rc, said } = await task("check", {
    fine: notebook(title, code("a", "const one: number = 1;"), code("b", "one + 1;")),
    wrong: notebook(title, code("a", "const n = 1;"), code("b", "const s: string = n;\ns;")),
  });
  assertEquals(rc, 1);
  assertStringIncludes(said, "✓ /fine.ipynb");
  assertStringIncludes(said, "✗ /wrong.ipynb");
  assertStringIncludes(said, "at cell 3, line 1, column 7");
  assertStringIncludes(said, "1 passed, 1 failed");
});

function pythonIsThere(): boolean {
  try {
    return new Deno.Command("python3", { args: ["-m", "pip", "--version"], stdout: "null", stderr: "null" })
      .outputSync()
      .success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "notebooks run executes through the Deno kernel, and tells which cell fails of which notebook",
  ignore: !pythonIsThere(), // nbclient is Python's
  fn: async () => {
    const { code: rc, said } = await task("run", {
      fine: notebook(
        title,
        code(
          "a",
          'import { markdown } from "@gcln/kit/report";\nconst text = await Promise.resolve("**bold**");',
        ),
        code("b", "markdown(text)"),
      ),
      wrong: notebook(title, code("a", "const n = 1"), code("b", "throw new RangeError(`no ${n}`)")),
    });
    assertEquals(rc, 1);
    assertMatch(said, /✓ \/fine\.ipynb/);
    assertStringIncludes(said, "/wrong.ipynb, cell 3: RangeError: no 1");
    assertStringIncludes(said, "1 passed, 1 failed");
  },
});
