import { assert, assertEquals } from "@std/assert";
import type { CellCache } from "@gcln/kit/evaluation";
import { type MeasuredRow, specsOf } from "@gcln/kit/defenses";
import {
  circumstancesOf,
  type Figure,
  figure3,
  figure4,
  type profiles,
  reproduce,
  reproduceFigure,
  type Row,
  table1,
  table2,
  table3,
  table4,
} from "@gcln/kit/experiments";
import { digest, idOf } from "@gcln/kit/training";
import { useBackend } from "@gcln/kit/tensor";
import kept from "./_names_kept.json" with { type: "json" };

await useBackend();
const tables = [table1, table2, table3, table4], figures = [figure3, figure4];

function rowsOf({ panels }: Figure): Row[] {
  return Object.values(panels).flatMap(({ curves }) => Object.values(curves)).flatMap((curve) =>
    curve.over === "q" ? curve.at.map((q) => ({ ...curve.defense, q }) as Row) : [curve.defense]
  );
}

const measured = [...tables.flatMap((table) => Object.values(table.rows)), ...figures.flatMap(rowsOf)]
  .filter((row): row is MeasuredRow => row.defense !== "not measured yet");

/** A cache that measures nothing: it notes the names that cells would have. */
function noting(seen: Set<string>): CellCache {
  return {
    async get(key) {
      const { surrogate, ...others } = key as { readonly surrogate?: string };
      const named = surrogate === "bpda" ? "straight-through" : surrogate;
      seen.add(await digest({ ...others, surrogate: named, backend: "tensorflow" })); // whatever engine is here
      // deno-lint-ignore no-explicit-any
      return { correct: [true, false], seconds: 1 } as any;
    },
  };
}

Deno.test("networks of the paper's experiments keep their names, at every profile and on every data set", async () => {
  for (const [circumstances, names] of Object.entries(kept.networks)) {
    const [profile, dataset] = circumstances.split(" ") as [keyof typeof profiles, "svhn"];
    const setting = circumstancesOf(table1, { profile, dataset });
    const specs = measured.flatMap((row) => specsOf(row, setting, { threats: ["black-box"] }));
    const ids = new Set(await Promise.all(specs.map(idOf)));
    assertEquals(names.filter((name) => !ids.has(name)), [], circumstances);
  }
});

Deno.test("shipped networks are found by the names of their specs", async () => {
  const files = [...Deno.readDirSync("fixtures/trained")].map(({ name }) => name.replace(".safetensors", ""));
  const asked = [
    circumstancesOf(table1),
    ...[1, 2, 3].map((seed) => circumstancesOf(table1, { profile: "course", seed })),
  ];
  const specs = asked.flatMap((setting) =>
    measured.flatMap((row) => specsOf(row, setting, { threats: ["black-box"] }))
  );
  const ids = new Set(await Promise.all(specs.map(idOf)));
  assertEquals(files.filter((name) => !ids.has(name)), []);
  assert(files.length > 10);
});

for (const experiment of [...tables, ...figures]) {
  Deno.test(`finished cells of ${experiment.name} are found under the names that they had`, async () => {
    const seen = new Set<string>(),
      options = { examples: 40, cells: noting(seen), untrained: "skip" } as const;
    if ("rows" in experiment) await reproduce(experiment, options);
    else await reproduceFigure(experiment, options);
    const names = kept.cells[experiment.name as keyof typeof kept.cells];
    assertEquals(names.filter((name) => !seen.has(name)), []);
  });
}
