import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { gradientAt, type Labels, type Logits, normal, tf, useBackend } from "@gcln/kit/tensor";
import { crossEntropy } from "@gcln/kit/losses";

await useBackend();

const labelled = (...labels: number[]): Labels => tf.tensor1d(labels, "int32");

/** In double precision, as it is defined. */
function plain(logits: readonly number[], label: number): number {
  return Math.log(logits.reduce((sum, z) => sum + Math.exp(z - logits[label]!), 0));
}

const slope = (logits: Logits, labels: Labels) =>
  gradientAt((z: Logits) => crossEntropy(z, labels).sum<tf.Scalar>(), logits);

Deno.test("crossEntropy() is −log softmax of the label, for each image", async () => {
  const rows = [[0.3, -1.2, 2.5], [4, 4, 4], [-7, 3, 0]], labels = [0, 1, 2];
  const losses = await crossEntropy(tf.tensor2d(rows), labelled(...labels)).data();
  assertEquals(losses.length, 3);
  rows.forEach((row, i) => assertAlmostEquals(losses[i]!, plain(row, labels[i]!), 1e-5));
});

Deno.test("crossEntropy() has the gradient softmax − one-hot, as finite differences have", async () => {
  const logits = normal<tf.Rank.R2>([6, 5], 0, 3, 1), labels = [0, 1, 2, 3, 4, 0];
  const values = [...await logits.data()], gradient = await slope(logits, labelled(...labels)).data();
  const total = (z: readonly number[]) =>
    labels.reduce((sum, label, i) => sum + plain(z.slice(5 * i, 5 * i + 5), label), 0);
  values.forEach((_, i) => {
    const shifted = (h: number) => total(values.map((z, j) => i === j ? z + h : z));
    assertAlmostEquals(gradient[i]!, (shifted(1e-5) - shifted(-1e-5)) / 2e-5, 1e-5);
  });
});

Deno.test("crossEntropy() passes on the gradient that comes from above", async () => {
  const logits = tf.tensor2d([[0, 0], [0, 0]]);
  const weighted = (z: Logits) => crossEntropy(z, labelled(0, 1)).mul([1, 10]).sum<tf.Scalar>();
  assertEquals([...await gradientAt(weighted, logits).data()], [-0.5, 0.5, 5, -5]);
});

Deno.test("crossEntropy() takes logits of ±1000", async () => {
  const logits = tf.tensor2d([[1000, -1000], [1000, -1000], [-1000, -1000]]), labels = labelled(0, 1, 0);
  const losses = await crossEntropy(logits, labels).data();
  assertAlmostEquals(losses[0]!, 0);
  assertAlmostEquals(losses[1]!, 2000, 1e-3);
  assertAlmostEquals(losses[2]!, Math.LN2, 1e-6);
  const gradient = [...await slope(logits, labels).data()];
  [0, 0, 1, -1, -0.5, 0.5].forEach((expected, i) => assertAlmostEquals(gradient[i]!, expected, 1e-6));
});

Deno.test("crossEntropy() keeps value and gradient where the softmax rounds to one", async () => {
  const logits = tf.tensor2d([[30, 0, 1]]), labels = labelled(0);
  const [loss] = await crossEntropy(logits, labels).data();
  const [own, first, second] = await slope(logits, labels).data();
  const p = Math.exp(-30), r = Math.exp(-29);
  assertAlmostEquals(loss! / (p + r), 1, 1e-5);
  assertAlmostEquals(own! / -(p + r), 1, 1e-5);
  assertAlmostEquals(first! / p, 1, 1e-5);
  assertAlmostEquals(second! / r, 1, 1e-5);
});

Deno.test("crossEntropy() frees all but its result", () => {
  const logits = tf.zeros<tf.Rank.R2>([2, 3]), labels = labelled(0, 1), before = tf.memory().numTensors;
  const losses = tf.tidy(() => crossEntropy(logits, labels));
  const gradient = tf.tidy(() => slope(logits, labels));
  assertEquals(tf.memory().numTensors, before + 2);
  assert(!logits.isDisposed);
  tf.dispose([losses, gradient]);
});
