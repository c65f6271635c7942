import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { jupyterDisplay, shown, toMarkdown, toText } from "@gcln/kit/report";
import type { Result } from "@gcln/kit/evaluation";
import { sample, wide } from "./_sample.ts";

/** The cells of the Markdown table, by row. */
function cells(text: string): Map<string, string[]> {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  const rows = lines.map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
  return new Map(rows.map(([head, ...others]) => [head!, others]));
}

Deno.test("toMarkdown() puts the paper's number in parentheses beside the measured one", () => {
  assertEquals(cells(toMarkdown(sample)).get("No Defense"), [
    "93.0 (94.4)",
    "21.4 (20.0)",
    "0.0 (0.0)",
    "0.4",
  ]);
});

Deno.test("toMarkdown() marks a finding at the number that it is about", () => {
  const row = cells(toMarkdown(sample)).get("GCLN, q = 10")!;
  assertEquals(row, ["90.0 (90.1)", "71.0 (75.2²)", "84.2¹ (86.1)", "86.0¹ (86.4)"]);
});

Deno.test("toMarkdown() says once what holds for two cells, and marks a column's head", () => {
  const text = toMarkdown(sample);
  assertEquals(text.split("The input gradient is exactly zero").length, 2);
  assertStringIncludes(text, "1. **Serious** (GCLN, q = 10: PGD, C&W)");
  assert([...cells(text).values()][0]!.includes("C&W³"));
});

Deno.test("toMarkdown() keeps findings about the paper's numbers apart", () => {
  const [measured, reported] = toMarkdown(sample).split("**About the paper's numbers**");
  assertStringIncludes(measured!, "did not move");
  assertStringIncludes(reported!, "One step is stronger than ten");
  assert(!measured!.includes("One step is stronger than ten"));
});

Deno.test("toMarkdown() shows the paper's numbers, marked as quoted, in rows that are not measured yet", () => {
  const row = cells(toMarkdown(sample, { rows: "all" })).get("Adversarial PGD *(not measured yet)*");
  assertEquals(row?.slice(1), ["(55.0†)", "(60.2†)", "-"]);
  assertStringIncludes(toMarkdown(sample), "† quoted by the paper");
});

Deno.test("toMarkdown() only names the rows without a measurement, unless all are asked for or none is measured", () => {
  const heads = [...cells(toMarkdown(sample)).keys()];
  assert(!heads.some((head) => head.startsWith("Adversarial PGD")), heads.join());
  assertStringIncludes(toMarkdown(sample), "Not measured here: Adversarial PGD.");
  assert(!toMarkdown(sample, { rows: "all" }).includes("Not measured here"));
  const { "Adversarial PGD": pending } = sample.rows;
  assertStringIncludes(
    toMarkdown({ ...sample, rows: { "Adversarial PGD": pending! } }),
    "| Adversarial PGD *(",
  );
});

Deno.test("toMarkdown() leaves out columns that are empty in the rows that it shows", () => {
  const cell = { accuracy: null, reported: null, quoted: false };
  const columns = [...sample.columns, "Detector too"];
  const rows = Object.entries(sample.rows).map(([head, row]) => [head, { ...row, "Detector too": cell }]);
  const more: Result = { ...sample, columns, rows: Object.fromEntries(rows) };
  assertEquals(toMarkdown(more), toMarkdown(sample));
  assertStringIncludes(
    toMarkdown({ ...more, rows: { ...more.rows, "A": { "Detector too": { ...cell, accuracy: 0.5 } } } }),
    "Detector too",
  );
});

Deno.test("toMarkdown() has the clean accuracy first and the worst case second, wherever they stand in the result", () => {
  const [main] = toMarkdown(wide).split("**BPDA, each**"), heads = [...cells(main!).values()][0]!;
  assertEquals(heads, ["Clean", "Worst case", "FGS", "PGD", "BPDA, lowest of 3", "Strongest"]);
});

Deno.test("toMarkdown() makes one column of those of one kind, with the lowest number, and shows each of them below", () => {
  const [main, each] = toMarkdown(wide).split("**BPDA, each**");
  assertEquals(cells(main!).get("GCLN"), ["90.0", "12.0", "71.0", "84.0", "15.0¹", "14.0"]);
  const rows = cells(each!.split("**95 %")[0]!);
  assertEquals([rows.get(""), rows.get("GCLN")], [["BPDA PGD", "BPDA PGD-50", "BPDA identity"], [
    "40.0",
    "15.0¹",
    "60.0",
  ]]);
});

Deno.test("toMarkdown() folds no column of which the paper reports a number, and no column of a narrow table", () => {
  const reported = { ...wide.rows["GCLN"]!["BPDA PGD"]!, reported: 0.5 };
  const text = toMarkdown({ ...wide, rows: { "GCLN": { ...wide.rows["GCLN"], "BPDA PGD": reported } } });
  const narrow = toMarkdown({ ...wide, columns: wide.columns.slice(2) });
  for (const shown of [text, narrow]) assert(!shown.includes("lowest of"), shown);
});

Deno.test("toMarkdown() tells the interval of every number where it is asked to", () => {
  assert(!toMarkdown(sample).includes("95 % interval"));
  const text = toMarkdown(sample, { intervals: "shown" }).split("**95 % intervals**")[1]!;
  assertEquals(cells(text).get("95 % interval"), ["No Defense", "GCLN, q = 10"]);
  assertEquals(cells(text).get("PGD"), ["0.0–3.0", "81.2–87.2"]);
});

Deno.test("toMarkdown() has one footnote for what several rows have in common", () => {
  const finding = (row: string, text: string) => ({
    severity: "serious" as const,
    message: `${row}: ${text}`,
    remedy: "Attack it otherwise.",
    about: { row, column: "PGD", source: "measured" as const },
  });
  const rows = { "A": sample.rows["No Defense"]!, "B": sample.rows["No Defense"]! };
  const same = toMarkdown({ ...sample, rows, findings: [finding("A", "zero."), finding("B", "zero.")] });
  assertStringIncludes(same, "1. **Serious** A and B: zero. Attack it otherwise.");
  assertEquals([cells(same).get("A")![2], cells(same).get("B")![2]], ["0.0¹ (0.0)", "0.0¹ (0.0)"]);
  const alike = toMarkdown({
    ...sample,
    rows,
    findings: [finding("A", "5 % left."), finding("B", "6 % left.")],
  });
  assertStringIncludes(alike, "1. **Serious** Attack it otherwise.\n   - A: 5 % left.\n   - B: 6 % left.");
});

Deno.test("toMarkdown() states profile, data set, n, seed and backend", () => {
  const text = toMarkdown(sample);
  assertStringIncludes(
    text,
    "Profile quick · data set street-digits · n = 500 · seed 1 · tensorflow 2.21.0 (CPU)",
  );
});

Deno.test("toMarkdown() gives every line of the table the same number of cells, pipes in names included", () => {
  const { "No Defense": row } = sample.rows;
  const text = toMarkdown({ ...sample, rows: { "a | b": row!, "c": {} } }, { rows: "all" });
  assertEquals(cells(text).get("a \\| b")?.length, 4);
  assertEquals(cells(text).get("c *(not measured yet)*"), ["-", "-", "-", "-"]);
});

Deno.test("shown() displays the table in a notebook and stays plain JSON", async () => {
  const value = shown(sample);
  assertEquals(JSON.stringify(value), JSON.stringify(sample));
  const formats = await value[jupyterDisplay]();
  assertEquals(formats["text/markdown"], toMarkdown(sample));
  assertEquals(formats["text/plain"], toText(sample, { width: 100 }));
});

Deno.test("toMarkdown() tells the kit's version and commit where the result does", () => {
  const kit = (more: Partial<Result["provenance"]>) =>
    toMarkdown({ ...sample, provenance: { ...sample.provenance, ...more } }).split("\n\n")[1]!.split(" · ")
      .at(-1);
  const commit = "5af2a843c15a0a90cb41c9f6de6fe08e6d9f1c5e";
  assertEquals(kit({ kit: "0.1.0", commit }), "kit 0.1.0 (commit 5af2a84)");
  assertEquals(
    kit({ kit: "0.1.0", commit: `${commit} with changes` }),
    "kit 0.1.0 (commit 5af2a84 with changes)",
  );
  assertEquals(kit({ kit: "0.1.0" }), "kit 0.1.0");
  assertEquals(kit({}), "2025-11-23");
});

Deno.test("toMarkdown() makes a row of each curve of a figure", () => {
  const point = (x: number, accuracy: number) => ({ x, accuracy, reported: null, quoted: false });
  const { rows: _, columns: __, ...head } = sample;
  const series = { "GCLN": [point(20, 0.5), point(10, 0.75)], "Vanilla": [point(10, 0)] };
  const table = cells(toMarkdown({ ...head, experiment: "figure3", findings: [], x: "steps", series }));
  assertEquals(table.get("steps"), ["10", "20"]);
  assertEquals(table.get("GCLN"), ["75.0", "50.0"]);
  assertEquals(table.get("Vanilla"), ["0.0", "-"]);
});

/** The sample, with what others left of two of its rows. */
const broken: typeof sample = {
  ...sample,
  breaks: {
    "Adversarial PGD": [
      {
        by: "Croce & Hein 2020",
        attack: "AutoAttack",
        on: "street-digits",
        ball: { norm: "linf", epsilon: 8 / 255 },
        left: 0.4404,
        source: "Table 2",
        differs: "a WRN-34-10",
      },
      { by: "Carlini & Wagner 2017", attack: "C&W", on: "mnist", left: 0, source: "Table VI" },
    ],
    "GCLN, q = 10": [
      {
        by: "Athalye et al. 2018",
        attack: "BPDA",
        on: "imagenet",
        ball: { norm: "l2", epsilon: 0.05 },
        left: 0,
        source: "Table 1",
      },
    ],
  },
};

Deno.test("toMarkdown() has a column with what others left, where that is known, and says all of it below", () => {
  const text = toMarkdown(broken, { rows: "all" }), rows = cells(text.split("**95 %")[0]!);
  const last = (row: string) => [...rows].find(([head]) => head.startsWith(row))![1].at(-1);
  assertEquals([...rows.values()][0]!.at(-1), "Published break");
  assertEquals(last("No Defense"), "-");
  assertEquals(last("Adversarial PGD"), "44.0 (Croce & Hein 2020)");
  assertEquals(last("GCLN, q = 10"), "0.0 on imagenet (Athalye et al. 2018)");
  assertStringIncludes(
    text,
    "- Adversarial PGD: 44.0 % by AutoAttack on street-digits, L∞ 8/255 (Croce & Hein 2020, Table 2); there a WRN-34-10; " +
      "0.0 % by C&W on mnist, at whatever distance it takes (Carlini & Wagner 2017, Table VI).",
  );
  assertStringIncludes(text, "L2 0.05 (Athalye et al. 2018, Table 1)");
  assert(!toMarkdown(sample).includes("Published break"));
});
