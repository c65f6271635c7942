import { assertEquals, assertLess } from "@std/assert";
import { tf, uniform, useBackend } from "@gcln/kit/tensor";
import { farthest } from "../tensor/_plain.ts";

await useBackend("wasm");

/** Sums along axes, number by number in double precision. */
function plain(x: tf.Tensor, axes: readonly number[]): number[] {
  const values = x.dataSync(), kept = x.shape.filter((_, axis) => !axes.includes(axis));
  const sums = new Array<number>(tf.util.sizeFromShape(kept)).fill(0);
  values.forEach((value, i) => {
    let place = 0, rest = i;
    const at = x.shape.toReversed().map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    }).reverse();
    at.forEach((index, axis) => {
      if (!axes.includes(axis)) place = place * x.shape[axis]! + index;
    });
    sums[place]! += value;
  });
  return sums;
}

Deno.test("sums and means on wasm are those of a plain loop, along any axes", () => {
  const shapes = [[], [7], [1], [3, 4], [5, 1, 3], [2, 3, 4, 5], [4, 1, 1, 8], [2, 3, 1, 2, 3]];
  for (const shape of shapes) {
    const x = uniform(shape as [number], -1, 1, shape.length);
    for (let set = 0; set < 2 ** shape.length; set++) {
      const axes = shape.map((_, axis) => axis).filter((axis) => set >> axis & 1), expected = plain(x, axes);
      const count = axes.reduce((product, axis) => product * shape[axis]!, 1);
      const turned = axes.map((axis) => set % 2 ? axis - shape.length : axis);
      for (const keepDims of [false, true]) {
        const sum = tf.sum(x, turned, keepDims), mean = tf.mean(x, turned, keepDims);
        const out = shape.flatMap((size, axis) => axes.includes(axis) ? keepDims ? [1] : [] : [size]);
        assertEquals([sum.shape, mean.shape], [out, out]);
        assertLess(farthest(sum.dataSync(), expected), 1e-6, `[${shape}] along [${axes}]`);
        assertLess(farthest(mean.dataSync(), expected.map((sum) => sum / count)), 1e-6);
      }
    }
  }
});

Deno.test("the mean of a million equal numbers on wasm is that number", () => {
  const x = tf.fill([2 ** 20], 0.1);
  assertLess(Math.abs(tf.mean(x).dataSync()[0]! - 0.1), 1e-7);
  assertLess(Math.abs(tf.sum(x).dataSync()[0]! / 2 ** 20 - 0.1), 1e-7);
});

Deno.test("sums of no numbers on wasm are 0, and sums of whole numbers stay whole", () => {
  assertEquals([...tf.sum(tf.zeros([2, 0]), 1).dataSync()], [0, 0]);
  assertEquals(tf.sum(tf.zeros([0, 2]), 1).shape, [0]);
  const sum = tf.sum(tf.tensor1d([16777217, 1], "int32"));
  assertEquals([sum.dtype, sum.dataSync()[0]], ["int32", 16777218]);
});
