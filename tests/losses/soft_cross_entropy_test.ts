import { assertAlmostEquals, assertEquals } from "@std/assert";
import { crossEntropy, smoothedLabels, softCrossEntropy } from "@gcln/kit/losses";
import { gradientAt, type Labels, type Logits, normal, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();
const labels: Labels = tf.tensor1d([0, 2], "int32");

Deno.test("smoothedLabels() are the targets of PixelDefend's label smoothing: 0.9, and 0.1 shared by the others", async () => {
  const soft = await smoothedLabels(tf.tensor1d([3], "int32"), 10, 0.1).data();
  soft.forEach((share, k) => assertAlmostEquals(share, k === 3 ? 0.9 : 0.1 / 9, 1e-7));
});

Deno.test("smoothedLabels() without smoothing are one-hot, and the soft cross-entropy is that of the labels", async () => {
  assertEquals([...await smoothedLabels(labels, 3, 0).data()], [1, 0, 0, 0, 0, 1]);
  const logits: Logits = normal<tf.Rank.R2>([2, 3], 0, 3, 1);
  const soft = await softCrossEntropy(logits, smoothedLabels(labels, 3, 0)).data();
  const hard = await crossEntropy(logits, labels).data();
  soft.forEach((loss, i) => assertAlmostEquals(loss, hard[i]!, 1e-6));
});

Deno.test("softCrossEntropy() is −Σ q log softmax(z), computed by hand", async () => {
  const logits = tf.tensor2d([[Math.log(1), Math.log(2), Math.log(5)]]); // softmax: 1/8, 2/8, 5/8
  const [loss] = await softCrossEntropy(logits, tf.tensor2d([[0.05, 0.9, 0.05]])).data();
  assertAlmostEquals(loss!, -(0.05 * Math.log(1 / 8) + 0.9 * Math.log(2 / 8) + 0.05 * Math.log(5 / 8)), 1e-6);
});

Deno.test("softCrossEntropy() is least where the softmax is the target: there its gradient is 0, elsewhere softmax − q", async () => {
  const targets = smoothedLabels(labels, 3, 0.25);
  const slope = (z: Logits) =>
    gradientAt((z: Logits) => softCrossEntropy(z, targets).sum<tf.Scalar>(), z).data();
  for (const value of await slope(targets.log())) assertAlmostEquals(value, 0, 1e-6);
  const even = await slope(tf.zeros([2, 3]));
  const expected = [1 / 3 - 0.75, 1 / 3 - 0.125, 1 / 3 - 0.125];
  [...expected, ...expected.toReversed()].forEach((value, i) => assertAlmostEquals(even[i]!, value, 1e-6));
});
