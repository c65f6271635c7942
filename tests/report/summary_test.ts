import { assertEquals } from "@std/assert";
import type { Cell, Result } from "@gcln/kit/evaluation";
import { experimentsOf } from "../../lib/report/site/experiments.ts";
import { summary } from "../../lib/report/site/summary.ts";

const cell = (accuracy: number, surrogate?: string): Cell =>
  ({ accuracy, reported: null, quoted: false, n: 100, ...(surrogate ? { surrogate } : {}) }) as Cell;

/** A run of Table 1 with one row, whose worst case is given. */
function run(profile: string, dataset: string, worst: number, part?: string) {
  const found = {
    experiment: "table1",
    profile,
    dataset,
    caption: "",
    columns: ["Clean", "PGD", "Worst case"],
    rows: {
      "Cleaner": {
        "Clean": cell(0.9),
        "PGD": cell(0.6, "white-box"),
        "Worst case": cell(worst, "worst case"),
      },
    },
    findings: [],
    provenance: { backend: "wasm", date: "2020-01-01" },
    ...(part === undefined ? {} : { part }),
  } as unknown as Result;
  return { found };
}

/** The lines of a summary: their cells' texts. */
function lines(html: string): string[][] {
  const rows = [...html.matchAll(/<tr><th scope="row"[\s\S]*?<\/tr>/g)].map(([row]) => row);
  return rows.map((row) =>
    [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, text]) => text!.replaceAll(/<[^>]*>/g, ""))
  );
}

Deno.test("a summary has the runs of the largest profile, each data set, and says which are a part", () => {
  const runs = [
    run("quick", "street-digits", 0.1),
    run("course", "fashion-mnist", 0.3),
    run("course", "cifar10", 0.2, "300 examples"),
  ];
  assertEquals(lines(summary(experimentsOf(runs))), [
    ["Cleaner", "90.0", "20.0", "-", "-", "Table 1 profile course, data set cifar10, only a part"],
    ["Cleaner", "90.0", "30.0", "-", "-", "Table 1 profile course, data set fashion-mnist"],
  ]);
});

Deno.test("a summary is empty where no table has a worst case", () => {
  const { found } = run("quick", "street-digits", 0.1), { columns, rows, ...rest } = found;
  const without = {
    ...rest,
    columns: columns.slice(0, 2),
    rows: { "Cleaner": { "PGD": rows["Cleaner"]!["PGD"]! } },
  };
  assertEquals(summary(experimentsOf([{ found: without }])), "");
  assertEquals(summary([]), "");
});
