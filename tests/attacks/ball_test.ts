import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  type AnyBall,
  bounds,
  contains,
  distance,
  l1,
  l2,
  linf,
  type Norm,
  project,
  randomStart,
  steepest,
} from "@gcln/kit/attacks";
import { type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import fc from "fast-check";

await useBackend();

const makers = { linf, l2, l1 };
const norms = Object.keys(makers) as Norm[];
const norm = fc.constantFrom(...norms);
const shape = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
  fc.constantFrom(1, 3),
);
const epsilon = fc.oneof(
  fc.constantFrom(0, 1 / 255, 8 / 255, 0.5, 3),
  fc.double({ min: 1e-4, max: 5, noNaN: true }),
);
const kind = fc.constantFrom("uniform", "bytes", "black and white", "even");
const runs = { numRuns: 60, seed: 7 };

/** No linf ball is larger than [0, 1]. */
const ballOf = (norm: Norm, epsilon: number) =>
  makers[norm](norm === "linf" ? Math.min(epsilon, 1) : epsilon);

/** Images of several kinds: rounding in float32 goes another way in each. */
function some(shape: [number, number, number, number], kind: string, seed: number): Images {
  const x = uniform<tf.Rank.R4>(shape, 0, 1, seed);
  if (kind === "bytes") return x.mul(255).round().div(255);
  if (kind === "black and white") return x.round();
  return kind === "even" ? tf.fill(shape, x.dataSync()[0]!) : x;
}

Deno.test("project() never leaves the ball or [0, 1], not by the last bit", async () => {
  await fc.assert(
    fc.asyncProperty(norm, shape, epsilon, kind, fc.nat(), async (norm, shape, epsilon, kind, seed) => {
      const ball = ballOf(norm, epsilon), original = some(shape, kind, seed);
      const far = original.add(uniform<tf.Rank.R4>(shape, -1, 1, seed + 1).mul(4 * epsilon)) as Images;
      const shifted = original.add(epsilon) as Images; // every pixel rounds the same way
      for (const images of [far, shifted, original]) {
        assert((await contains(ball, original, project(ball, original, images))).every(Boolean));
      }
    }),
    runs,
  );
});

Deno.test("randomStart() never leaves the ball or [0, 1], and is the same for a seed", async () => {
  await fc.assert(
    fc.asyncProperty(norm, shape, epsilon, kind, fc.nat(), async (norm, shape, epsilon, kind, seed) => {
      const ball = ballOf(norm, epsilon), original = some(shape, kind, seed);
      const drawn = randomStart(ball, original, seed);
      assert((await contains(ball, original, drawn)).every(Boolean));
      assertEquals(await randomStart(ball, original, seed).data(), await drawn.data());
    }),
    runs,
  );
});

Deno.test("randomStart() fills an l2 and an l1 ball evenly: the radii have the mean of a uniform draw", async () => {
  const original = tf.fill([2000, 1, 1, 3], 0.5) as Images;
  for (const norm of ["l2", "l1"] as const) {
    const far = await distance(norm, randomStart(makers[norm](0.4), original, 3), original).data();
    const mean = [...far].reduce((a, b) => a + b) / far.length;
    assertAlmostEquals(mean, 0.4 * 3 / 4, 0.005); // E r = ε d / (d + 1)
  }
});

Deno.test("project() leaves alone what is inside", async () => {
  const original = some([3, 5, 5, 3], "bytes", 1);
  for (const norm of norms) {
    const images = randomStart(makers[norm](0.05), original, 2);
    const projected = project(makers[norm](0.06), original, images);
    const moved = await projected.sub(images).abs().max().data();
    assert(moved[0]! < 1e-7, `${norm} ${moved[0]}`);
  }
});

Deno.test("project() makes use of the whole linf ball, to the last bit", async () => {
  const original = some([4, 8, 8, 3], "uniform", 1), radius = 8 / 255;
  const { upper, lower } = bounds(linf(radius), original);
  const [o, u, l] = await Promise.all([original, upper, lower].map((x) => x.data()));
  const next = (x: number) => Math.fround(x * (1 + 2 ** -23) + 2 ** -149);
  const fround = Math.fround(radius) <= radius ? Math.fround(radius) : Math.fround(radius * (1 - 2 ** -24));
  for (let i = 0; i < o!.length; i++) {
    assert(u![i]! <= o![i]! + fround && (u![i] === 1 || next(u![i]!) > o![i]! + fround));
    assert(l![i]! >= o![i]! - fround && l![i]! <= Math.max(0, o![i]! - fround) + 2 ** -25);
  }
});

Deno.test("project() into an l1 ball finds the nearest image of the ball in [0, 1]", async () => {
  const original = some([1, 2, 3, 1], "uniform", 5), ball = l1(1.2);
  const images = original.add(uniform<tf.Rank.R4>([1, 2, 3, 1], -1, 1, 6).mul(3)) as Images; // some beyond black and white
  const nearest = project(ball, original, images), many: tf.Tensor4D["shape"] = [500, 2, 3, 1];
  const around = tf.tile(nearest, [500, 1, 1, 1]).add(uniform<tf.Rank.R4>(many, -0.3, 0.3, 7)) as Images;
  const rivals = project(ball, tf.tile(original, [500, 1, 1, 1]), around);
  // The nearest point p of a convex set to z is the one with (z − p) · (r − p) ≤ 0 for all r in the set.
  const uphill = await images.sub(nearest).mul(rivals.sub(nearest)).sum([1, 2, 3]).max().data();
  assert(uphill[0]! < 1e-5, `${uphill[0]}`);
});

Deno.test("A ball may have a radius for each image", async () => {
  const original = tf.fill([3, 2, 2, 1], 0.5) as Images, radii = [0, 0.125, 0.25];
  for (const norm of norms) {
    const ball: AnyBall = makers[norm](radii);
    const far = await distance(norm, project(ball, original, original.add(1) as Images), original).data();
    radii.forEach((radius, i) => assertAlmostEquals(far[i]!, radius, 1e-6));
  }
  assertThrows(() => project(linf([0.1]), original, original), RangeError, "1 radii for 3 images");
});

Deno.test("steepest() has size 1 in the ball's norm, and is 0 where the gradient is", async () => {
  const gradient = tf.concat([
    uniform<tf.Rank.R4>([1, 6, 6, 3], -1, 1, 1),
    tf.zeros([1, 6, 6, 3]),
    uniform<tf.Rank.R4>([1, 6, 6, 3], -1e-30, 1e-30, 2), // squares underflow
  ]) as Images;
  const zero = tf.zerosLike(gradient);
  for (const norm of norms) {
    const sizes = await distance(norm, steepest({ norm }, gradient), zero).data();
    [1, 0, 1].forEach((size, i) => assertAlmostEquals(sizes[i]!, size, 1e-5, `${norm} ${sizes}`));
  }
});

Deno.test("steepest() raises a linear loss more than any other change of size 1 does, but for l1's sparseness", async () => {
  const gradient = uniform<tf.Rank.R4>([1, 5, 5, 1], -1, 1, 3); // 25 pixels: 1 % is one
  for (const norm of norms) {
    const gain = (await steepest({ norm }, gradient).mul(gradient).sum().data())[0]!;
    const zero = tf.zeros<tf.Rank.R4>([500, 5, 5, 1]);
    const around = uniform<tf.Rank.R4>([500, 5, 5, 1], -1, 1, 4);
    const unit = around.div(distance(norm, around, zero).reshape([500, 1, 1, 1]));
    assert((await unit.mul(gradient).sum([1, 2, 3]).max().data())[0]! <= gain + 1e-5);
  }
});

Deno.test("contains() tells what is outside by the last bit", async () => {
  const original = tf.fill([1, 1, 2, 1], 0.5) as Images;
  const off = (by: number) => original.add(tf.tensor4d([by, 0], [1, 1, 2, 1])) as Images;
  for (const norm of norms) {
    assertEquals(await contains(makers[norm](0.25), original, off(0.25)), [true]);
    assertEquals(await contains(makers[norm](0.25), original, off(0.25 + 2 ** -23)), [false]);
    assertEquals(await contains(makers[norm](0.75), original, off(0.5 + 2 ** -23)), [false]); // brighter than white
  }
});

Deno.test("A ball of a negative radius, and images of another shape, are refused", () => {
  assertThrows(() => linf(-1), RangeError, "epsilon -1");
  assertThrows(() => l2([0.1, NaN]), RangeError, "epsilon [0.1,null]");
  const x = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
  assertThrows(() => project(l1(1), x, tf.zeros([1, 2, 2, 3])), RangeError, "[1,2,2,3]");
});
