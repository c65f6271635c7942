import { assertEquals } from "@std/assert";
import { exercise } from "@gcln/kit/course";
import { assertHint, assertRight, assertWaits } from "./_marked.ts";

Deno.test("exercise 10.1 takes what survives every attack, image by image", async () => {
  const share = (list: readonly boolean[]) => list.filter(Boolean).length / list.length;
  type Lists = boolean[][];
  await assertRight("10.1", (lists: Lists) => share(lists[0]!.map((_, i) => lists.every((list) => list[i]))));
  await assertRight(
    "10.1",
    (lists: Lists) => share(lists.reduce((a, b) => a.map((stands, i) => stands && b[i]!))),
  );
  await assertWaits("10.1");
  await assertHint("10.1", (lists: Lists) => Math.min(...lists.map(share)), "smallest of the accuracies");
  await assertHint(
    "10.1",
    (lists: Lists) => lists.map(share).reduce((a, b) => a + b) / lists.length,
    "at random",
  );
  await assertHint(
    "10.1",
    (lists: Lists) => share(lists[0]!.map((_, i) => lists.some((list) => list[i]))),
    "at least one",
  );
  await assertHint(
    "10.1",
    (lists: Lists) => lists[0]!.filter((_, i) => lists.every((list) => list[i])).length,
    "Divide",
  );
  await assertHint("10.1", () => 2, "For each image");
});

Deno.test("exercise 10.2 wants enough images, and no more than that", async () => {
  await assertRight("10.2", Math.ceil(1.96 ** 2 * 0.8605 * 0.1395 / 0.01 ** 2));
  await assertHint("10.2", Math.ceil(1.96 ** 2 * 0.8605 * 0.1395 / 0.02 ** 2), "two points to each side");
  await assertHint("10.2", 1000, "still");
  await assertHint("10.2", 10_000, "fewer");
  await assertHint("10.2", 4600.5, "whole number");
});

Deno.test("exercise 10.3 wants the columns that leave more than one step does", async () => {
  await assertRight("10.3", ["PGD", "BIM", "C&W"]);
  await assertRight("10.3", ["C&W", "PGD", "BIM"]);
  await assertHint("10.3", ["PGD"], "2 more");
  await assertHint("10.3", ["PGD", "BIM", "C&W", "FGS"], "one step itself");
  await assertHint("10.3", ["Clean", "PGD"], "no attack");
  await assertHint("10.3", ["CW"], 'no column "CW"');
  assertEquals((await exercise("10.3", [])).right, null);
});
