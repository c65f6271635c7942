import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { handIns, namesIn } from "../../scripts/grade/hand_ins.ts";
import { summary, toCsv } from "../../scripts/grade/sheet.ts";

/** A teacher's own exercise: what twelve hand-ins answer. */
const EXERCISE = `import { defineExercise, exercise, right, wrong } from "@gcln/kit/course";
defineExercise({
  number: "sums.1",
  asks: "What is two and two?",
  takes: "number",
  check: (answer) => answer === 4 ? right() : wrong("Count again."),
});`;

function notebook(...cells: readonly string[]): string {
  return JSON.stringify({
    cells: cells.map((source) => ({
      cell_type: "code",
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    })),
    metadata: { kernelspec: { name: "deno", language: "typescript", display_name: "Deno" } },
    nbformat: 4,
    nbformat_minor: 4,
  });
}

const ANSWER = 'await exercise("sums.1", 4)';
const FAKE = '({ number: "sums.1", right: true, message: "", seal: "Zm9v" })';

/** Ten hand-ins that go wrong in ten ways, and three that do not. */
const HAND_INS: Readonly<Record<string, string>> = {
  "right_sums.ipynb": notebook(EXERCISE, ANSWER),
  "wrong_sums.ipynb": notebook(EXERCISE, 'await exercise("sums.1", 5)'),
  "missing/sums.ipynb": notebook(EXERCISE, 'const answer = undefined;\nawait exercise("sums.1", answer)'),
  "loops_sums.ipynb": notebook("while (true) {}", EXERCISE, ANSWER),
  "waits_sums.ipynb": notebook(
    EXERCISE,
    ANSWER,
    'await new Promise((done) => new Worker("data:text/javascript,", { type: "module" }).onmessage = done)',
  ),
  "exits_sums.ipynb": notebook(EXERCISE, ANSWER, "Deno.exit(0)", 'await exercise("sums.1", 5)'),
  "prints_sums.ipynb": notebook(
    EXERCISE,
    ANSWER,
    'for (let i = 0; i < 1600; i++) console.log("x".repeat(65536));',
  ),
  "eats_sums.ipynb": notebook(
    EXERCISE,
    ANSWER,
    "const kept = [];\nfor (let i = 0; i < 40; i++) {\n  kept.push(new Uint8Array(1e8).fill(1));\n  await new Promise((done) => setTimeout(done, 20));\n}",
  ),
  "broken_sums.ipynb": '{ "cells": [',
  "none_sums.ipynb": notebook("1 + 1"),
  "fakes_sums.ipynb": notebook(
    EXERCISE,
    'await exercise("sums.1", 5)',
    `await Deno.jupyter.display({ "application/vnd.gcln.exercise+json": ${FAKE} }, { raw: true })`,
  ),
  "throws_sums.ipynb": notebook('throw new Error("=not a formula")', EXERCISE, ANSWER),
  "python_sums.ipynb": notebook("print(1)").replace("typescript", "python"),
};

Deno.test("deno task grade marks what goes wrong in a hand-in and goes on with the others", async () => {
  const folder = await Deno.makeTempDir({ prefix: "gcln-hand-ins-" }), csv = join(folder, "grades.csv");
  const given = join(folder, "given"), executed = join(folder, "executed");
  try {
    for (const [file, text] of Object.entries(HAND_INS)) {
      await Deno.mkdir(join(given, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(given, file), text);
    }
    const limits = ["--cell=10", "--minutes=1", "--memory=1500", "--output=1", "--jobs=2"];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/grade.ts", given, `--csv=${csv}`, `--executed=${executed}`, ...limits],
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals(code, 0, said);

    const [heads, ...rows] = (await Deno.readTextFile(csv)).trim().split("\r\n");
    assertEquals(heads, "student,notebook,sums.1,score,of,remarks,file");
    const starts: Record<string, string> = {
      broken: "sums,,0,0,not run: is no notebook: the file holds no JSON",
      eats: "sums,right,1,1,cell 3 used more than 1500 MB of memory; the cells after it did not run",
      exits:
        'sums,right,1,1,"cell 3 ended the kernel (Deno.exit, or a crash); the cells after it did not run"',
      fakes: "sums,wrong,0,1,sums.1: shows a result that exercise() has not made; it does not count",
      loops: "sums,right,1,1,cell 1 was stopped after 10 s",
      missing: "sums,not answered,0,1,,",
      none: "sums,,0,0,not run: no exercise in it",
      prints: "sums,right,1,1,cell 3 showed more than 1 MB; the cells after it did not run",
      python: '"not run: is written for python, not for Deno"',
      right: "sums,right,1,1,,",
      throws: "sums,right,1,1,cell 1 has an error: Error: =not a formula",
      waits:
        '"cell 3 took too long (more than 10 s in a cell, or 60 s in all); the cells after it did not run"',
      wrong: "sums,wrong,0,1,,",
    };
    for (const [student, text] of Object.entries(starts)) {
      assertStringIncludes(rows.find((row) => row.startsWith(`${student},`)) ?? "", text);
    }
    assertEquals(rows.length, Object.keys(HAND_INS).length);
    assertStringIncludes(said, "sums.1        7      2             1");
    assertStringIncludes(said, "13 hand-ins of 13 students; 10 with remarks");

    for (const [file, text] of Object.entries(HAND_INS)) {
      assertEquals(await Deno.readTextFile(join(given, file)), text);
    }
    const kept = await Deno.readTextFile(join(executed, "right_sums.ipynb"));
    assertStringIncludes(kept, "✓ sums.1 Right.");
    const left = [...Deno.readDirSync("results")].filter(({ name }) => name.startsWith(".grading-"));
    assertEquals(left, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task grade says what is wrong with its arguments", async () => {
  const said = async (...args: readonly string[]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/grade.ts", ...args],
      env: { NO_COLOR: "1" },
    }).output();
    assert(code > 0);
    return new TextDecoder().decode(stderr);
  };
  const empty = await Deno.makeTempDir();
  assertStringIncludes(await said(), "One folder with hand-ins is wanted");
  assertStringIncludes(await said("no/such/folder"), "There is no folder no/such/folder");
  assertStringIncludes(await said(empty), "names such as anna_03_fgs_to_pgd.ipynb are wanted");
  assertStringIncludes(await said(empty, "--memory=0"), "--memory needs a number above 0");
  await Deno.remove(empty);
});

Deno.test("namesIn() tells the student from the notebook", () => {
  const names = (file: string) => Object.values(namesIn(file, ["03_fgs_to_pgd", "pgd"]));
  assertEquals(names("anna_lena_03_fgs_to_pgd.ipynb"), ["anna_lena", "03_fgs_to_pgd"]);
  assertEquals(names("anna/03_fgs_to_pgd.ipynb"), ["anna", "03_fgs_to_pgd"]);
  assertEquals(names("anna/week 3/work.ipynb"), ["anna", "work"]);
  assertEquals(names("anna_lesson3.ipynb"), ["anna", "lesson3"]);
  assertEquals(names("anna.ipynb"), ["anna", "anna"]);
});

Deno.test("handIns() passes hidden files and links by, and says why a file can't be run", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(join(folder, "b", ".ipynb_checkpoints"), { recursive: true });
  await Deno.writeTextFile(join(folder, "b", ".ipynb_checkpoints", "x.ipynb"), notebook("1"));
  await Deno.symlink(import.meta.filename!, join(folder, "link_x.ipynb"));
  await Deno.writeTextFile(join(folder, "b", "x.ipynb"), notebook("1"));
  await Deno.writeTextFile(join(folder, "a_x.ipynb"), "[]");
  await Deno.writeTextFile(join(folder, "c_x.ipynb"), '{ "nbformat": 3, "cells": [], "metadata": {} }');
  await Deno.writeTextFile(join(folder, "d_x.ipynb"), '{ "nbformat": 4, "cells": [{}], "metadata": {} }');
  const found = await handIns(folder, []);
  assertEquals(found.map(({ student, fault }) => [student, fault]), [
    ["a", "is no notebook: the JSON is something else"],
    ["b", undefined],
    ["c", "is a notebook of format 3: open it in Jupyter and save it again"],
    ["d", "is no notebook: a cell has no source"],
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("toCsv() keeps a field a field, and no formula", () => {
  const who = { notebook: "n", file: "f", results: {}, remarks: [] };
  const rows = toCsv([
    { ...who, student: '=HYPERLINK("x")' },
    { ...who, student: "a,b", results: { "10.1": "right", "2.1": "wrong" } },
  ]).split("\r\n");
  assertEquals(rows, [
    "student,notebook,2.1,10.1,score,of,remarks,file",
    `"'=HYPERLINK(""x"")",n,,,0,0,,f`,
    '"a,b",n,wrong,right,1,2,,f',
    "",
  ]);
});

Deno.test("summary() counts what each exercise came to", () => {
  const who = { student: "a", notebook: "n", file: "f", remarks: [] };
  const text = summary([
    { ...who, results: { "1.1": "right" } },
    { ...who, results: { "1.1": "wrong" }, remarks: ["cell 3 has an error"] },
  ]);
  assertStringIncludes(text, "1.1           1      1             0");
  assertStringIncludes(text, "2 hand-ins of 1 students; 1 with remarks");
});
