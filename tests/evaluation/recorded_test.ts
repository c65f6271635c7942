import { assert, assertEquals, assertGreaterOrEqual, assertRejects } from "@std/assert";
import { type Cell, recorded, tableNames } from "@gcln/kit/evaluation";

const kept = [...Deno.readDirSync(new URL("../../fixtures/measured/", import.meta.url))].map(({ name }) =>
  name
);

Deno.test("recorded() gives every table's course result, of at least 500 images a cell, with its circumstances", async () => {
  for (const name of tableNames.filter((name) => kept.includes(`${name}-course-fashion-mnist.json`))) {
    const { experiment, profile, dataset, rows, provenance } = await recorded(name);
    assertEquals([experiment, profile, dataset], [name, "course", "fashion-mnist"]);
    assert(provenance.backend && provenance.data && provenance.versions?.["classifier"]);
    const measured = Object.values(rows).flatMap((cells) => Object.values(cells)).filter(isMeasured);
    for (const { n } of measured) assertGreaterOrEqual(n!, 500);
    assert(measured.length > 0);
  }
});

Deno.test("recorded() says which command makes a result that is not there", async () => {
  await assertRejects(
    () => recorded("table3", { profile: "paper", dataset: "svhn" }),
    RangeError,
    "deno task reproduce:table3 --profile=paper --dataset=svhn",
  );
});

function isMeasured({ accuracy }: Cell): boolean {
  return accuracy !== null;
}

Deno.test("recorded() names the experiment that was meant, and knows the paper's only", async () => {
  const ask = (name: string) => () => recorded(name as "table1");
  await assertRejects(ask("tabel1"), RangeError, 'did you mean "table1"?');
  await assertRejects(ask("mine"), RangeError, 'Cannot use experiment "mine": "table1"');
});
