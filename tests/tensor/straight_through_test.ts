import { assertEquals, assertThrows } from "@std/assert";
import { gradientAt, straightThrough, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

Deno.test("straightThrough() keeps the function's values", async () => {
  const x = tf.tensor1d([-1.2, 0.4, 2.6]);
  assertEquals([...await straightThrough((x: tf.Tensor1D) => tf.round(x))(x).data()], [-1, 0, 3]);
});

Deno.test("straightThrough() passes the gradient on unchanged, to what comes before as well", async () => {
  const round = straightThrough((x: tf.Tensor1D) => tf.round(x));
  const weights = tf.tensor1d([5, -7]);
  const slope = gradientAt((x: tf.Tensor1D) => round(x.mul(3)).mul(weights).sum(), tf.tensor1d([0.1, 0.9]));
  assertEquals([...await slope.data()], [15, -21]);
});

Deno.test("straightThrough() makes the slope of a square that of the identity, where exact it is 2 x", async () => {
  const x = tf.tensor1d([3, 4]), square = (x: tf.Tensor1D) => x.square();
  assertEquals([...await gradientAt((x: tf.Tensor1D) => square(x).sum(), x).data()], [6, 8]);
  assertEquals([...await gradientAt((x: tf.Tensor1D) => straightThrough(square)(x).sum(), x).data()], [1, 1]);
});

Deno.test("straightThrough() refuses a function that changes the shape", () => {
  const sum = straightThrough((x: tf.Tensor1D) => x.sum() as unknown as tf.Tensor1D);
  assertThrows(() => sum(tf.tensor1d([1, 2])), RangeError, "the input is [2], the output []");
});
