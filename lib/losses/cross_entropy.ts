import { type Labels, type Logits, tf } from "../tensor/mod.ts";
import { marked } from "./_pick.ts";

/**
 * The cross-entropy Φ of Eq. (5) between logits and labels, −log softmax(z)_y, for each image.
 *
 * As log(1 + Σ_{k ≠ y} exp(z_k − z_y)) and with a gradient to match, so that neither is rounded to zero where the
 * classifier is sure: a sign attack on an adversarially trained network lives on gradients of 1e-12.
 *
 * @param logits z, `[n, classes]`, any finite size.
 * @param labels y, `[n]`, int32 in [0, classes).
 * @returns `[n]`, ≥ 0; larger is more wrong.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { crossEntropy } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const labels = tf.tensor1d([0, 1], "int32");
 * const [even, sure] = await crossEntropy(tf.tensor2d([[0, 0], [0, 1000]]), labels).data();
 * assertAlmostEquals(even!, Math.LN2, 1e-6);
 * assertAlmostEquals(sure!, 0);
 * ```
 */
export function crossEntropy(logits: Logits, labels: Labels): tf.Tensor1D {
  const loss = tf.customGrad((z: tf.Tensor | tf.GradSaveFunc, save: unknown) => {
    const label = marked(labels, logits.shape[1]);
    const shifted = tf.sub(z as Logits, tf.max(z as Logits, 1, true));
    const own = shifted.mul(label).sum(1, true);
    const weights = shifted.exp().mul(tf.sub(1, label));
    // exp(own) and the weights of the others, less 1: at least 0, since the largest of them is 1.
    const excess = weights.sum(1, true).add(own.expm1());
    const others = weights.div(excess.add(1)); // the probabilities of the classes k ≠ y
    (save as tf.GradSaveFunc)([label, others]);
    return {
      value: excess.log1p().sub(own).squeeze([1]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [label, others] = saved as [tf.Tensor, tf.Tensor];
        return others.sub(others.sum(1, true).mul(label)).mul(dy.expandDims(1));
      },
    };
  });
  return loss(logits) as tf.Tensor1D;
}
