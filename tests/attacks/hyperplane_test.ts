/** The projections of FAB against plain loops in float64, and against trying everything. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Norm } from "@gcln/kit/attacks";
import { type Images, normal, random, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { ontoHyperplane } from "../../lib/attacks/fab/hyperplane.ts";

await useBackend();

const norms: readonly Norm[] = ["linf", "l2", "l1"];
const size = {
  linf: (v: readonly number[]) => Math.max(...v.map(Math.abs)),
  l2: (v: readonly number[]) => Math.hypot(...v),
  l1: (v: readonly number[]) => v.reduce((sum, x) => sum + Math.abs(x), 0),
};
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The least change onto value + w · δ = 0 in [0, 1], for all norms by halving an interval of λ. */
function plain(norm: Norm, x: readonly number[], w: readonly number[], value: number): number[] {
  const way = value < 0 ? 1 : -1;
  const room = x.map((v, i) => w[i]! * way > 0 ? 1 - v : v);
  const moved = (lambda: number) =>
    x.map((_, i) => {
      const speed = { linf: lambda, l2: lambda * Math.abs(w[i]!), l1: Math.abs(w[i]!) >= 1 / lambda ? 9 : 0 };
      return Math.sign(w[i]!) * way * Math.min(speed[norm], room[i]!);
    });
  const gained = (lambda: number) => way * dot(w, moved(lambda));
  let low = 0, high = 1e9;
  if (gained(high) <= Math.abs(value)) return moved(high);
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (gained(middle) < Math.abs(value)) low = middle;
    else high = middle;
  }
  if (norm !== "l1") return moved(high);
  // Between those two only pixels of one slope differ: they share what is left.
  const [less, more] = [moved(low), moved(high)], missing = Math.abs(value) - gained(low);
  const share = missing / (gained(high) - gained(low));
  return less.map((v, i) => v + share * (more[i]! - v));
}

/** Points, normals and values of all kinds: pixels at the border, slopes of 0, equal slopes, planes out of reach. */
function problems(count: number, side: number, seed: number): [Images, Images, tf.Tensor1D] {
  const shape: [number, number, number, number] = [count, side, side, 1], next = random(seed);
  const points = uniform<tf.Rank.R4>(shape, -0.3, 1.3, seed).clipByValue(0, 1) as Images;
  const slopes = normal<tf.Rank.R4>(shape, 0, 1, seed + 1);
  const some = uniform<tf.Rank.R4>(shape, 0, 1, seed + 2).greater(0.2).cast("float32");
  const rounded = tf.tensor(Array.from({ length: count }, () => Math.floor(3 * next())), [count, 1, 1, 1]);
  const normals = tf.where(rounded.equal(0), slopes.mul(2).round().div(2), slopes.mul(some)) as Images;
  const values = Array.from(
    { length: count },
    (_, i) => (next() * 2 - 1) * side * side * [0.01, 0.3, 2][i % 3]!,
  );
  return [points, normals, tf.tensor1d(values)];
}

const rowsOf = async (x: tf.Tensor) => await x.reshape<tf.Tensor2D>([x.shape[0]!, -1]).array();

for (const norm of norms) {
  Deno.test(`ontoHyperplane() finds what a plain search finds (${norm})`, async () => {
    for (const side of [1, 2, 7]) {
      const [points, normals, values] = problems(60, side, side);
      const found = await rowsOf(ontoHyperplane(norm, points, { normals, values }));
      const [x, w, v] = [await rowsOf(points), await rowsOf(normals), await values.data()];
      found.forEach((change, i) => {
        const expected = plain(norm, x[i]!, w[i]!, v[i]!);
        assertAlmostEquals(size[norm](change), size[norm](expected), 2e-5 * side * side);
        change.forEach((d, j) => assertAlmostEquals(d, expected[j]!, 1e-4, `${side} ${i} ${j}`));
      });
    }
  });

  Deno.test(`ontoHyperplane() reaches the plane, or the corner, in [0, 1] (${norm})`, async () => {
    const [points, normals, values] = problems(90, 5, 40);
    const changes = ontoHyperplane(norm, points, { normals, values });
    const [x, w, v, d] = [
      await rowsOf(points),
      await rowsOf(normals),
      await values.data(),
      await rowsOf(changes),
    ];
    let reached = 0;
    d.forEach((change, i) => {
      change.forEach((step, j) => assert(x[i]![j]! + step >= -1e-6 && x[i]![j]! + step <= 1 + 1e-6));
      const way = v[i]! < 0 ? 1 : -1;
      const most = w[i]!.reduce(
        (sum, s, j) => sum + Math.abs(s) * (s * way > 0 ? 1 - x[i]![j]! : x[i]![j]!),
        0,
      );
      assertAlmostEquals(way * dot(w[i]!, change), Math.min(Math.abs(v[i]!), most), 1e-4);
      if (Math.abs(v[i]!) < most) reached++;
    });
    assert(reached > 40 && reached < 80, `${reached} of 90 planes cut the box`);
  });

  Deno.test(`Of all changes of two pixels ontoHyperplane() takes the smallest (${norm})`, async () => {
    const [points, normals, values] = problems(40, 2, 7);
    const two = (x: tf.Tensor) => x.slice([0, 0, 0, 0], [40, 1, 2, 1]) as Images;
    const [x, w, v] = [await rowsOf(two(points)), await rowsOf(two(normals)), await values.data()];
    const d = await rowsOf(ontoHyperplane(norm, two(points), { normals: two(normals), values }));
    for (let i = 0; i < 40; i++) {
      const [a, b] = w[i]! as [number, number];
      let least = Infinity;
      for (let t = 0; t <= 1000; t++) {
        // One pixel is tried, the other follows from the plane.
        const one = t / 1000 - x[i]![0]!, other = (-v[i]! - a * one) / b;
        const there = x[i]![1]! + other;
        if (there >= 0 && there <= 1) least = Math.min(least, size[norm]([one, other]));
        const two = t / 1000 - x[i]![1]!, first = (-v[i]! - b * two) / a, at = x[i]![0]! + first;
        if (at >= 0 && at <= 1) least = Math.min(least, size[norm]([first, two]));
      }
      if (least === Infinity) continue; // the plane does not cut the box
      assert(size[norm](d[i]!) <= least + 1e-5, `${size[norm](d[i]!)} > ${least}`);
      assertAlmostEquals(-dot(w[i]!, d[i]!), v[i]!, 1e-5);
    }
  });

  Deno.test(`ontoHyperplane() does nothing without a slope, and minds no scale (${norm})`, async () => {
    const [points, normals, values] = problems(30, 3, 5);
    const none = ontoHyperplane(norm, points, { normals: tf.zerosLike(normals), values });
    assertEquals((await none.abs().max().data())[0], 0);
    const usual = ontoHyperplane(norm, points, { normals, values });
    for (const scale of [1e-25, 1e25]) {
      const scaled = { normals: normals.mul<Images>(scale), values: values.mul<tf.Tensor1D>(scale) };
      const apart = ontoHyperplane(norm, points, scaled).sub(usual).abs().max();
      assert((await apart.data())[0]! < 1e-4, `${await apart.data()} at ${scale}`);
    }
  });
}
