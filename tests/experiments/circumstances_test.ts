import { assertEquals, assertThrows } from "@std/assert";
import { circumstancesOf, profiles, table2 } from "@gcln/kit/experiments";
import { tiny } from "./_untrained.ts";

Deno.test("circumstancesOf() takes as many seeds as the profile has, from the first one on", () => {
  assertEquals(Object.values(profiles).map(({ name, seeds }) => [name, seeds]), [
    ["quick", 1],
    ["course", 3],
    ["paper", 3],
  ]);
  assertEquals(circumstancesOf(table2).seeds, [1]);
  assertEquals(circumstancesOf(table2, { profile: "course", seed: 5 }).seeds, [5, 6, 7]);
  assertEquals(circumstancesOf(table2, { profile: "course", seeds: 1 }).seeds, [1]);
  assertEquals(circumstancesOf(table2, { profile: tiny }).seeds, [1]);
  for (const seeds of [0, 1.5]) {
    assertThrows(() => circumstancesOf(table2, { seeds }), RangeError, `Cannot use seeds ${seeds}`);
  }
});
