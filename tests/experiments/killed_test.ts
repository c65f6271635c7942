import { assert, assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import { facts, wholeAndResumed } from "./_killed.ts";
import { withFolder } from "./_untrained.ts";

const KILLS = 8;

Deno.test("A table, a figure and Figure 2 that are killed at random moments, in training too, come out the same", () =>
  withFolder(async (folder) => {
    const { whole, resumed, kills, trainings } = await wholeAndResumed(folder, KILLS);
    assertGreater(kills, KILLS / 2);
    assertGreater(trainings, 0);
    for (const kind of ["table", "figure", "view"] as const) {
      assertEquals(facts(resumed[kind]), facts(whole[kind]), kind);
    }
    // Not from each other's folders.
    assertNotEquals(resumed.table.provenance.date, whole.table.provenance.date);
    const [one, other] = ["whole", "killed"].map((run) => cellsIn(`${folder}/${run}/measured`));
    assert(one!.length > 0);
    assertEquals(other, one);
  }));

/** What is in the files of finished cells, times apart. */
function cellsIn(folder: string): unknown[] {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".json")
  );
  return files.sort().map((name) => {
    const { key, measurement, provenance } = JSON.parse(Deno.readTextFileSync(`${folder}/${name}`));
    return { key, measurement: { ...measurement, seconds: 0 }, provenance: { ...provenance, date: "" } };
  });
}
