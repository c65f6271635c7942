import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { toText } from "@gcln/kit/report";
import * as fc from "fast-check";
import { fittedTable } from "../../lib/report/_fitted_table.ts";
import { sample, wide } from "./_sample.ts";

const widthOf = (text: string) => Math.max(...text.split("\n").map((line) => [...line].length));

Deno.test("toText() keeps to the width, with the clean accuracy and the worst case in the first block", () => {
  for (const width of [40, 60, 80, 120, 200]) {
    const text = toText(wide, { width }), first = text.split("─")[0]!;
    assert(widthOf(text) <= width, `${widthOf(text)} > ${width}`);
    assert(first.indexOf("Clean") > 0 && /Worst/.test(first), first);
  }
});

Deno.test("toText() puts both numbers side by side where there is room, else one below the other", () => {
  assertStringIncludes(toText(sample, { width: 120 }), "84.2¹ (86.1)");
  const narrow = toText(sample, { width: 50 }).split("\n"),
    line = narrow.findIndex((text) => text.includes("84.2¹"));
  assertStringIncludes(narrow[line + 1]!, "(86.1)");
});

Deno.test("toText() ends in the findings about the measured numbers, and only counts those about the paper's", () => {
  const text = toText(sample, { width: 200, more: "results/table1.md" }),
    end = text.split("Do not believe")[1]!;
  assertStringIncludes(end, "¹ serious: GCLN, q = 10: PGD, C&W: The input gradient is exactly zero");
  assertStringIncludes(end, "About the paper's own numbers: 1 warning, 1 note.");
  assert(text.endsWith("In full, with what to do: results/table1.md\n"));
  assert(!text.includes("One step is stronger than ten"));
});

Deno.test("toText() continues a table below, or names the columns that are left out where more is said elsewhere", () => {
  const all = toText(wide, { width: 34 }), part = toText(wide, { width: 34, more: "all.md" });
  for (const head of ["Clean", "Strongest"]) assertStringIncludes(all, head);
  assertEquals(all.match(/^GCLN/gm)?.length, 2);
  assertEquals(part.match(/^GCLN/gm)?.length, 1);
  assertStringIncludes(part.replaceAll("\n", " "), "not shown: BPDA, lowest of 3 · Strongest.");
});

Deno.test("toText() leaves out rows without a measurement, by name, or marks them", () => {
  assertStringIncludes(toText(sample), "Not measured here: Adversarial PGD.");
  const all = toText(sample, { rows: "all", width: 120 });
  assert(/^Adversarial PGD \* .*\(55\.0†\)/m.test(all), all);
  assertStringIncludes(all.replaceAll("\n", " "), "* not measured yet");
});

Deno.test("fittedTable() loses no number and no letter of a head, whatever the width", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcdefg"), minLength: 1, maxLength: 12 });
  const number = fc.integer({ min: 0, max: 1000 }).map((n) => (n / 10).toFixed(1));
  const cell = fc.record({
    upper: number,
    marks: fc.constantFrom("", "¹", "² ³"),
    lower: fc.constantFrom("", "(5.0†)", "(86.1)"),
  });
  const table = fc.integer({ min: 1, max: 6 }).chain((columns) =>
    fc.record({
      corner: fc.constant(""),
      heads: fc.array(word, { minLength: columns, maxLength: columns }),
      rows: fc.array(fc.tuple(word, fc.array(cell, { minLength: columns, maxLength: columns })), {
        minLength: 1,
      }),
    })
  );
  fc.assert(fc.property(table, fc.integer({ min: 40, max: 160 }), (table, width) => {
    const { lines, rest } = fittedTable(table, width, "below"), text = lines.join("\n");
    assertEquals(rest, []);
    assert(widthOf(text) <= width);
    const said = (pattern: RegExp) => (text.match(pattern) ?? []).map(String).sort();
    const cells = table.rows.flatMap(([, cells]) => cells);
    assertEquals(
      said(/(?<!\()\b\d+\.\d/g),
      cells.map(({ upper }) => upper).sort(),
    );
    assertEquals(said(/\([\d.]+†?\)/g), cells.map(({ lower }) => lower).filter(Boolean).sort());
    for (const head of table.heads) assertStringIncludes(text, head);
  }));
});
