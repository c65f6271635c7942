import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { gradientAt, normal, type Parameters, tf, useBackend, valueAndGradients } from "@gcln/kit/tensor";
import { differences, farthest } from "./_plain.ts";

await useBackend();

/** Σ tanh(x w) and the same in plain numbers. */
const f = (x: tf.Tensor2D, w: tf.Tensor2D) => x.matMul(w).tanh().sum() as tf.Scalar;

function plain(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  rows: number,
  inner: number,
  columns: number,
): number {
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += x[i * inner + k]! * w[k * columns + j]!;
      total += Math.tanh(sum);
    }
  }
  return total;
}

const x = normal<tf.Rank.R2>([4, 3], 0, 1, 1), w = normal<tf.Rank.R2>([3, 5], 0, 1, 2);

Deno.test("gradientAt() agrees with finite differences", async () => {
  const weights = await w.data(), expected = differences((at) => plain(at, weights, 4, 3, 5), await x.data());
  const actual = gradientAt((x: tf.Tensor2D) => f(x, w), x);
  assertEquals(actual.shape, x.shape);
  assertLess(farthest(await actual.data(), expected), 1e-5);
});

Deno.test("gradientAt() leaves only its result behind", () => {
  const before = tf.memory().numTensors;
  gradientAt((x: tf.Tensor2D) => f(x, w), x).dispose();
  assertEquals(tf.memory().numTensors, before);
});

const loss = ({ x, w }: Parameters) => {
  const logits = (x as tf.Tensor2D).matMul(w as tf.Tensor2D);
  return { loss: logits.tanh().sum() as tf.Scalar, aux: { logits, mean: logits.mean(0) } };
};

Deno.test("valueAndGradients() agrees with finite differences, by name", async () => {
  const { value, gradients } = valueAndGradients(loss, { x, w });
  const [xs, ws] = [await x.data(), await w.data()];
  assertEquals(Object.keys(gradients), ["x", "w"]);
  assertAlmostEquals((await value.data())[0]!, plain(xs, ws, 4, 3, 5), 1e-5);
  assertLess(farthest(await gradients.x!.data(), differences((at) => plain(at, ws, 4, 3, 5), xs)), 1e-5);
  assertLess(farthest(await gradients.w!.data(), differences((at) => plain(xs, at, 4, 3, 5), ws)), 1e-5);
});

Deno.test("valueAndGradients() passes aux out, usable after the call", async () => {
  const { aux } = valueAndGradients(loss, { x, w });
  assertEquals(aux.logits!.shape, [4, 5]);
  assertLess(farthest(await aux.logits!.data(), await x.matMul(w).data()), 1e-6);
  assertLess(farthest(await aux.mean!.data(), await x.matMul(w).mean(0).data()), 1e-6);
});

Deno.test("valueAndGradients() in a tidy leaves no tensor behind", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    valueAndGradients(loss, { x, w });
  });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("valueAndGradients() outside of a tidy leaves its results and nothing else", () => {
  const before = tf.memory().numTensors;
  const { value, gradients, aux } = valueAndGradients(loss, { x, w });
  assertEquals(tf.memory().numTensors, before + 1 + 2 + 2);
  tf.dispose([value, ...Object.values(gradients), ...Object.values(aux)]);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("A gradient that fails in the middle leaves no tensor behind", () => {
  const fails = (x: tf.Tensor): tf.Scalar => {
    x.square().exp().mul(2);
    throw new Error("out of luck");
  };
  const before = tf.memory().numTensors;
  assertThrows(() => gradientAt(fails, x), Error, "out of luck");
  assertThrows(
    () => valueAndGradients(({ x }) => ({ loss: fails(x!), aux: {} }), { x }),
    Error,
    "out of luck",
  );
  const above = ({ x }: Parameters) => ({
    loss: x!.greater(0).sum() as tf.Scalar,
    aux: { twice: x!.mul(2) },
  });
  assertThrows(() => valueAndGradients(above, { x }), TypeError, "Greater");
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("Where TensorFlow.js has no gradient the error says through what, and what to do", () => {
  const above = (x: tf.Tensor) => x.greater(0).cast("float32").sum() as tf.Scalar;
  assertThrows(() => gradientAt(above, x), TypeError, "Cannot take a gradient through Greater");
  const readBack = (x: tf.Tensor) => tf.scalar(x.dataSync()[0]!);
  assertThrows(() => gradientAt(readBack, x), TypeError, "read back");
});

Deno.test("what a gradient of one's own makes on its way is freed before the next one", async () => {
  const square = (x: tf.Tensor) =>
    tf.customGrad((...[given, save]: unknown[]) => {
      const x = given as tf.Tensor;
      (save as tf.GradSaveFunc)([x]);
      // 2 x dy in 40 steps
      const slope = (dy: tf.Tensor, [x]: tf.Tensor[]) =>
        Array.from({ length: 40 }).reduce<tf.Tensor>((sum) => sum.add(x!.mul(dy).div(20)), tf.zerosLike(x!));
      return { value: x.square(), gradFunc: slope };
    })(x);
  const ones = tf.ones([1000]),
    whole = (x: tf.Tensor) => square(square(square(square(x)))).sum() as tf.Scalar;
  const { peakBytes, result } = await tf.profile(() => gradientAt(whole, ones));
  assertLess(farthest(await (result as tf.Tensor).data(), ones.mul(16).dataSync()), 1e-4);
  // The steps of one gradient are 120 tensors of 4000 bytes.
  assertLess(peakBytes, 150 * 4000);
});
