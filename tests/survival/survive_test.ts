/** A small sample of what `survive.ts` does with more kills. */
import { assertEquals, assertGreater } from "@std/assert";
import { survive, type Work } from "./survive.ts";

for (const work of ["training", "measuring", "download", "report"] as const satisfies readonly Work[]) {
  Deno.test(`nothing is lost or wrong when processes of ${work} are killed`, async () => {
    const { kills, failed, isSame, left } = await survive(work, 2, 11);
    assertGreater(kills, 0);
    assertEquals({ failed, isSame, left }, { failed: [], isSame: true, left: [] });
  });
}
