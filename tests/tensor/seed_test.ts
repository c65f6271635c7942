import { assert, assertAlmostEquals, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { fold, normal, permutation, random, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

const MANY = 100_000;

Deno.test("fold() is what it was when results were recorded", () => {
  assertEquals([fold(0), fold(1), fold(1, "pgd", 0), fold(-3, "a")], [
    679662122,
    1815999518,
    1517214756,
    2318340182,
  ]);
});

Deno.test("fold() gives different seeds for different purposes, counts and parents", () => {
  const seeds = new Set<number>();
  for (let parent = 0; parent < 20; parent++) {
    for (const purpose of ["init", "shuffle", "pgd"]) {
      for (let index = 0; index < 50; index++) seeds.add(fold(parent, purpose, index));
    }
  }
  assertEquals(seeds.size, 3000);
  assertNotEquals(fold(1, "a", "b"), fold(1, "b", "a"));
  assertNotEquals(fold(1, 23), fold(12, 3));
});

Deno.test("fold() gives integers of 32 bits", () => {
  for (let seed = -100; seed < 100; seed++) {
    const folded = fold(seed, "x");
    assert(Number.isInteger(folded) && folded >= 0 && folded < 2 ** 32);
  }
});

Deno.test("random() is what it was when results were recorded", () => {
  const next = random(1);
  assertEquals([next(), next(), next()], [0.14394426462240517, 0.912539946846664, 0.7768266436178237]);
});

Deno.test("random() is uniform by the chi-squared of 100 cells, for neighbouring seeds too", () => {
  for (let seed = 0; seed < 5; seed++) {
    const next = random(seed), cells = new Float64Array(100);
    for (let i = 0; i < MANY; i++) cells[Math.floor(next() * 100)]!++;
    const expected = MANY / 100;
    const chi = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: mean 99, deviation 14; the numbers are fixed, so this never flickers.
    assertLess(Math.abs(chi - 99), 4 * 14);
  }
});

Deno.test("random() of neighbouring seeds are not correlated, nor are neighbours in one stream", () => {
  const a = random(1), b = random(2);
  let across = 0, along = 0, last = 0;
  for (let i = 0; i < MANY; i++) {
    const x = a() - 0.5, y = b() - 0.5;
    across += x * y;
    along += x * last;
    last = x;
  }
  const deviation = Math.sqrt(MANY) / 12;
  assertLess(Math.abs(across), 4 * deviation);
  assertLess(Math.abs(along), 4 * deviation);
});

Deno.test("permutation() holds every index once and is fixed by its seed", () => {
  const order = permutation(1000, 7);
  assertEquals([...order].sort((a, b) => a - b), Array.from({ length: 1000 }, (_, i) => i));
  assertEquals(permutation(1000, 7), order);
  assertNotEquals(permutation(1000, 8), order);
  assertEquals([...permutation(8, 1)], [0, 2, 7, 3, 5, 4, 6, 1]);
  assertEquals([permutation(0, 1).length, permutation(1, 1)[0]], [0, 0]);
});

Deno.test("permutation() puts each index in each place equally often", () => {
  const n = 5, counts = new Float64Array(n * n), times = 5000;
  for (let seed = 0; seed < times; seed++) {
    permutation(n, seed).forEach((from, to) => counts[from * n + to]!++);
  }
  for (const count of counts) assertLess(Math.abs(count - times / n), 5 * Math.sqrt(times / n));
});

Deno.test("uniform() stays within its bounds and has the right mean and deviation", async () => {
  const x = uniform<tf.Rank.R2>([100, 1000], -2, 6, 3);
  assertEquals(x.shape, [100, 1000]);
  const { mean, variance } = tf.moments(x);
  const [low, high] = [(await x.min().data())[0]!, (await x.max().data())[0]!];
  assert(low >= -2 && low < -1.99 && high <= 6 && high > 5.99);
  assertAlmostEquals((await mean.data())[0]!, 2, 0.03);
  assertAlmostEquals((await variance.data())[0]!, 64 / 12, 0.06);
});

Deno.test("normal() has the right mean, deviation and tails", async () => {
  const x = normal<tf.Rank.R1>([MANY], 3, 0.5, 4), values = await x.data();
  const { mean, variance } = tf.moments(x);
  assertAlmostEquals((await mean.data())[0]!, 3, 0.01);
  assertAlmostEquals((await variance.data())[0]!, 0.25, 0.005);
  const beyond = (deviations: number) =>
    values.filter((v) => Math.abs(v - 3) > 0.5 * deviations).length / MANY;
  assertAlmostEquals(beyond(1), 0.3173, 0.006);
  assertAlmostEquals(beyond(2), 0.0455, 0.003);
  assertAlmostEquals(beyond(3), 0.0027, 0.0006);
});

Deno.test("normal() fills an odd number of places, and the same seed gives the same numbers", async () => {
  const x = await normal<tf.Rank.R1>([7], 0, 1, 5).data();
  assert(x.every((value) => Number.isFinite(value) && value !== 0));
  assertEquals(await normal<tf.Rank.R1>([7], 0, 1, 5).data(), x);
});
