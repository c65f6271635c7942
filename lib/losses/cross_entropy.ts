import { type Labels, type Logits, tf } from "../tensor/mod.ts";
import { labelLogits, oneHot } from "./_selected_logits.ts";

/**
 * The cross-entropy Φ of Eq. (5) between logits and labels, −log softmax(z)_y, for each image.
 *
 * It is computed as the softplus of the log-odds against y, log Σ_{k ≠ y} exp(z_k) − z_y, and its gradient likewise. So
 * neither is rounded to zero where the classifier is very confident. An attack that uses the sign of the gradient needs
 * this: on an adversarially trained network gradients can be as small as 1e-12.
 *
 * @param logits z, `[n, classes]`, of any size. A class with logit −∞ is never predicted. If it is the label,
 * the loss is infinite and the gradient finite.
 * @param labels y, `[n]`, int32 in [0, classes).
 * @returns `[n]`, ≥ 0; a larger loss is a worse prediction.
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
  const logOdds = tf.customGrad((z: tf.Tensor | tf.GradSaveFunc, save: unknown) => {
    const label = oneHot(labels, logits.shape[1]);
    const others = tf.where(label.cast("bool"), Number.NEGATIVE_INFINITY, z as Logits);
    const none = others.max(1, true).equal(Number.NEGATIVE_INFINITY); // where logSumExp and softmax would be NaN
    const rest = tf.where(none, Number.NEGATIVE_INFINITY, others.logSumExp(1, true));
    (save as tf.GradSaveFunc)([label, others, none]);
    return {
      value: rest.sub(labelLogits(z as Logits, labels).expandDims(1)), // [n, 1]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [label, others, none] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const shares = tf.where(none, 0, tf.where(none, 0, others).softmax());
        return shares.sub(label).mul(dy);
      },
    };
  });
  return logOdds(logits).softplus().squeeze([1]);
}
