import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Profile } from "@gcln/kit/defenses";
import { circumstancesOf, profiles, table1, table2 } from "@gcln/kit/experiments";
import { seedsOf } from "../../lib/experiments/circumstances.ts";
import { tiny } from "./_untrained.ts";

Deno.test("circumstancesOf() takes as many seeds as the profile has, from the first one on", () => {
  assertEquals(Object.values(profiles).map(({ name, seeds }) => [name, seeds]), [
    ["quick", 1],
    ["course", 1],
    ["paper", 3],
  ]);
  assertEquals(circumstancesOf(table2).seeds, [1]);
  assertEquals(circumstancesOf(table2, { profile: "paper", seed: 5 }).seeds, [5, 6, 7]);
  assertEquals(circumstancesOf(table2, { profile: "paper", seeds: 1 }).seeds, [1]);
  assertEquals(circumstancesOf(table2, { profile: tiny }).seeds, [1]);
  for (const seeds of [0, 1.5]) {
    assertThrows(() => circumstancesOf(table2, { seeds }), RangeError, `Cannot use seeds ${seeds}`);
  }
});

Deno.test("Profile course measures Table 1 on 1 000 images, and three of its rows from three seeds", () => {
  const course = circumstancesOf(table1, { profile: "course" });
  assertEquals(course.profile.examples, 1000);
  const several = Object.keys(table1.rows).filter((row) => seedsOf(course, row).length > 1);
  assertEquals(several, ["No Defense", "Adversarial-PGD", "Our method (Qs = 10)"]);
  assertEquals([seedsOf(course, several[0]!), seedsOf(course, "PixelDefend")], [[1, 2, 3], [1]]);
  const other = circumstancesOf(table2, { profile: "course" });
  assertEquals([other.profile.examples, other.seeds], [500, [1]]);
});

Deno.test("A number of seeds that is asked for is that of every row", () => {
  const two = circumstancesOf(table1, { profile: "course", seeds: 2, seed: 4 });
  assertEquals([seedsOf(two, "No Defense"), seedsOf(two, "PixelDefend")], [[4, 5], [4, 5]]);
});

Deno.test("circumstancesOf() checks what a profile says of single experiments", () => {
  const profile = (size: object) => ({ ...tiny, experiments: { table2: size } }) as Profile;
  assertEquals(circumstancesOf(table2, { profile: profile({ examples: 7 }) }).profile.examples, 7);
  assertEquals(
    circumstancesOf(table1, { profile: profile({ examples: 7 }) }).profile.examples,
    tiny.examples,
  );
  assertThrows(() => circumstancesOf(table2, { profile: profile({ example: 7 }) }), RangeError, '"examples"');
  assertThrows(() => circumstancesOf(table1, { profile: profile({ seeds: 0 }) }), RangeError, "seeds 0");
  assert(circumstancesOf(table2, { profile: profile({ seeds: 2 }) }).seeds.length === 2);
});

Deno.test("circumstancesOf() takes no more test images than GCLN_EXAMPLES says, of any row", () => {
  Deno.env.set("GCLN_EXAMPLES", "7");
  try {
    const { profile, fewerExamples } = circumstancesOf(table1, { profile: "quick" });
    assertEquals([profile.examples, fewerExamples], [7, { "PixelDefend": 7 }]);
    Deno.env.set("GCLN_EXAMPLES", "100000");
    const whole = circumstancesOf(table1, { profile: "quick" });
    Deno.env.set("GCLN_EXAMPLES", "");
    assertEquals(whole, circumstancesOf(table1, { profile: "quick" }));
    Deno.env.set("GCLN_EXAMPLES", "many");
    assertThrows(
      () => circumstancesOf(table1),
      RangeError,
      'GCLN_EXAMPLES needs a whole number of at least 1, not "many"',
    );
  } finally {
    Deno.env.delete("GCLN_EXAMPLES");
  }
});
