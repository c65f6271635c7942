import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { interval, seedInterval } from "@gcln/kit/evaluation";
import fc from "fast-check";

Deno.test("interval() is Wilson's, of solved examples", () => {
  // z = 1.959964: (k + z²/2 ± z √(k (n − k) / n + z²/4)) / (n + z²)
  for (const [k, n] of [[0, 10], [5, 10], [860, 1000], [1000, 1000]] as const) {
    const z = 1.959963985, [low, high] = interval(k, n);
    const half = z * Math.sqrt(k * (n - k) / n + z * z / 4);
    assertAlmostEquals(low, (k + z * z / 2 - half) / (n + z * z), 1e-7);
    assertAlmostEquals(high, (k + z * z / 2 + half) / (n + z * z), 1e-7);
  }
});

Deno.test("interval() takes the level's quantile of the normal distribution", () => {
  // At k = n the lower end is n / (n + z²).
  for (
    const [level, z] of [[0.5, 0.6744898], [0.9, 1.6448536], [0.99, 2.5758293], [0.9999, 3.8905919]] as const
  ) {
    assertAlmostEquals(interval(20, 20, level)[0], 20 / (20 + z * z), 1e-6);
  }
});

Deno.test("interval() holds the share, stays in [0, 1], and narrows with more images", () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), (correct, wrong) => {
      const n = correct + wrong + 1, [low, high] = interval(correct, n);
      assert(0 <= low && low <= correct / n && correct / n <= high && high <= 1);
      const [lower, higher] = interval(10 * correct, 10 * n);
      assertLess(higher - lower, high - low);
    }),
    { seed: 1 },
  );
});

Deno.test("interval() ends at 0 and 1 exactly where no image, or each, is right", () => {
  assertEquals(interval(0, 7)[0], 0);
  assertEquals(interval(7, 7)[1], 1);
});

Deno.test("interval() says what it can't do", () => {
  assertThrows(() => interval(0, 0), RangeError, "needs one image or more: got 0");
  assertThrows(() => interval(8, 7), RangeError, "Of 7 images 0 to 7 can be right: got 8");
  assertThrows(() => interval(-1, 7), RangeError, "got -1");
  for (const level of [0, 1, NaN]) {
    assertThrows(() => interval(1, 2, level), RangeError, `in (0, 1): got ${level}`);
  }
});

Deno.test("seedInterval() is as wide as Student's of the seeds where they lie apart, by solved examples", () => {
  // Half the width of Wilson's interval of m images at 1/2 is z / 2 √(m + z²): here z² / m = t² s² / (k p (1 − p)).
  const z = 1.959963985;
  for (const [k, t] of [[2, 12.7062], [3, 4.30265], [5, 2.77645], [10, 2.26216]] as const) {
    const shares = Array.from({ length: k }, (_, i) => 0.5 + 0.1 * (i - (k - 1) / 2)), n = 1000;
    const apart = shares.reduce((sum, share) => sum + (share - 0.5) ** 2, 0) / (k - 1);
    const [low, high] = seedInterval(shares.map((share) => ({ correct: share * n, n })));
    const images = z * z * k * 0.25 / (t * t * apart);
    assertAlmostEquals(high - low, z / Math.sqrt(images + z * z), 1e-4);
    assertAlmostEquals((low + high) / 2, 0.5, 1e-9);
  }
});

Deno.test("seedInterval() is never narrower than that of all images, and stays in [0, 1] around the mean", () => {
  const seeds = fc.array(fc.nat(50), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(seeds, (counts) => {
      const tallies = counts.map((correct) => ({ correct, n: 50 })), [low, high] = seedInterval(tallies);
      const correct = counts.reduce((sum, count) => sum + count, 0), n = 50 * counts.length;
      const [lower, higher] = interval(correct, n);
      assert(0 <= low && high <= 1 && high - low >= higher - lower - 1e-9);
      assert(low <= correct / n + 1e-12 && correct / n - 1e-12 <= high);
      if (counts.length === 1) assertEquals([low, high], [lower, higher]);
    }),
    { seed: 1 },
  );
});

Deno.test("seedInterval() wants seeds of equally many images", () => {
  assertThrows(() => seedInterval([]), RangeError, "one seed or more");
  assertThrows(() => seedInterval([{ correct: 1, n: 2 }, { correct: 1, n: 3 }]), RangeError, "got 2, 3");
});
