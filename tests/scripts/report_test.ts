import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Result } from "@gcln/kit/evaluation";
import type { ExperimentResult } from "@gcln/kit/report";
import { newest, resultsIn, runOf } from "../../scripts/report.ts";
import { UserError } from "../../scripts/cli/command.ts";
import { experiments } from "../../scripts/reproduce/experiments.ts";
import { sample } from "../report/_sample.ts";
import { PIXEL, sampleFigure } from "../report/_sample_site.ts";

const root = new URL("../../", import.meta.url), script = new URL("scripts/report.ts", root);

async function report(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    cwd: root,
    args: ["run", "-A", "--no-check", "--no-lock", script.href, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

async function inFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  test: (folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, contents] of Object.entries(files)) {
      await Deno.writeFile(
        `${folder}/${name}`,
        typeof contents === "string" ? new TextEncoder().encode(contents) : contents,
      );
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function dated(date: string, more: Partial<Result> = {}): Result {
  return { ...sample, ...more, provenance: { ...sample.provenance, date } };
}

Deno.test("newest() takes the newest result of each experiment, profile and data set", () => {
  const file = (path: string, found: Result) => ({ path, found });
  const files = [
    file("old", dated("2025-11-22T23:00:00Z")),
    file("new", dated("2025-11-23T00:30:00+01:00")), // half past eleven at night, elsewhere
    file("older", dated("2025-11-22T08:00:00Z")),
    file("other profile", dated("2024-01-01T00:00:00Z", { profile: "course" })),
    file("other data", dated("2024-01-01T00:00:00Z", { dataset: "svhn" })),
  ];
  assertEquals(newest(files).map(({ path }) => path), ["new", "other profile", "other data"]);
  const twins = [file("shipped", dated("2025-11-22")), file("written", dated("2025-11-22"))];
  assertEquals(newest(twins).map(({ path }) => path), ["written"]);
});

Deno.test("newest() takes a part of an experiment only where there is no result of all of it", () => {
  const part = dated("2025-11-24", { part: "rows No Defense" });
  const other = dated("2025-11-24", { part: "rows No Defense", profile: "course" });
  const files = [
    { path: "whole", found: dated("2025-11-22") },
    { path: "part", found: part },
    { path: "other", found: other },
  ];
  assertEquals(newest(files).map(({ path }) => path), ["whole", "other"]);
});

Deno.test("resultsIn() reads tables and figures, and leaves everything else", () =>
  inFolder({
    "a.json": JSON.stringify(sample),
    "b.json": JSON.stringify(sampleFigure("figure3")),
    "bench.json": JSON.stringify({ cases: [] }),
    "list.json": "[1, null]",
    "null.json": "null",
    "notes.md": "{",
  }, (folder) => {
    assertEquals(resultsIn(folder).map(({ found }) => found.experiment), ["table1", "figure3"]);
    Deno.writeTextFileSync(`${folder}/broken.json`, "{");
    assertThrows(() => resultsIn(folder), UserError, "broken.json: it is not JSON");
  }));

Deno.test("runOf() adds the checklist of all panels", () => {
  const { checklists, pictures } = runOf({ path: "a.json", found: sampleFigure("figure4") });
  assertEquals(checklists!.map(({ row }) => row), ["Our method", "Vanilla adversarial training", "PNI"]);
  assertEquals(pictures, undefined);
});

Deno.test("runOf() knows what the defenses of the paper's experiments are made of", () => {
  const statusOf = (found: ExperimentResult, head: string, words: string) => {
    const { items } = runOf({ path: "a.json", found }).checklists!.find(({ row }) => row === head)!;
    return items.find(({ item }) => item.includes(words))!.status;
  };
  const figure = sampleFigure("figure4");
  assertEquals(statusOf(figure, "PNI", "(EOT)"), "fails"); // these points say of no draws
  assertEquals(statusOf(figure, "Vanilla adversarial training", "(EOT)"), "holds");
  assertEquals(statusOf(figure, "Our method", "(BPDA)"), "fails");
  const own = { ...figure, experiment: "mine" };
  for (const head of ["PNI", "Our method"]) assertEquals(statusOf(own, head, "(EOT)"), "not shown");
});

Deno.test("runOf() knows what the defenses of a user's experiment are made of, where that is known", () => {
  const found = { ...sampleFigure("figure4"), experiment: "mine" }, known = { mine: experiments["figure4"]! };
  const { items } = runOf({ path: "a.json", found }, known).checklists!.find(({ row }) => row === "PNI")!;
  assertEquals(items.find(({ item }) => item.includes("(EOT)"))!.status, "fails");
});

Deno.test("runOf() adds the images beside a table, not the picture of a curve", () =>
  inFolder({ "a.png": PIXEL }, (folder) => {
    const beside = (name: string, found: ExperimentResult) =>
      runOf({ path: `${folder}/${name}.json`, found }).pictures;
    assertEquals(beside("a", sample)!.map(({ png }) => [...png]), [[...PIXEL]]);
    assertEquals([beside("b", sample), beside("a", sampleFigure("figure4"))], [undefined, undefined]);
  }));

Deno.test("report writes one page of what is in a folder, and says how large it is", () =>
  inFolder({
    "table1.json": JSON.stringify(sample),
    "figure3.json": JSON.stringify(sampleFigure("figure3")),
  }, async (folder) => {
    const output = `${folder}/sub/page.html`;
    const { code, out, err } = await report(`--results=${folder}`, `--output=${output}`);
    assertEquals([code, out.trim().split("\n")], [0, [
      "figure3, quick, street-digits",
      "table1, quick, street-digits",
    ]], err);
    const page = await Deno.readTextFile(output), size = (await Deno.stat(output)).size;
    assertStringIncludes(err, `Written: ${output}, ${(size / 1e6).toFixed(1)} MB`);
    assertStringIncludes(page, "Not measured yet: Table 2, Table 3, Table 4, Figure 4.");
    const still = await report(`--results=${folder}`, `--output=${output}`, "--pictures-only");
    assertEquals(still.code, 0);
    assert((await Deno.stat(output)).size < size - 1_100_000);
  }));

Deno.test("report shows what comes with the kit, unless it is told where to look", () =>
  inFolder({}, async (folder) => {
    const { code, out, err } = await report(`--output=${folder}/page.html`, "--pictures-only");
    assertEquals(code, 0, err);
    assertStringIncludes(out, "table1, course, fashion-mnist");
  }));

Deno.test("report says what is missing, and what its flags are", () =>
  inFolder({}, async (folder) => {
    const [empty, nowhere, help] = await Promise.all([
      report(`--results=${folder}`),
      report("--results=nowhere-at-all"),
      report("--help"),
    ]);
    assertEquals([empty.code, nowhere.code, help.code], [1, 1, 0]);
    assertStringIncludes(
      empty.err,
      `There are no results in ${folder}: deno task reproduce:table1 makes some`,
    );
    assertStringIncludes(nowhere.err, "There is no folder nowhere-at-all");
    for (const flag of ["--results=FOLDER", "--output=FILE", "--pictures-only"]) {
      assertStringIncludes(help.out, flag);
    }
  }));
