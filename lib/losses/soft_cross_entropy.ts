import type { Labels, Logits, tf } from "../tensor/mod.ts";
import { oneHot } from "./_selected_logits.ts";

/**
 * The cross-entropy between logits and probabilities, −Σ_k q_k log softmax(z)_k, for each image: what a network minimises
 * that learns from soft labels ({@linkcode smoothedLabels}, or another network's answers).
 *
 * @param logits z, `[n, classes]`, finite.
 * @param targets q, `[n, classes]`; each row sums to 1.
 * @returns `[n]`.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { softCrossEntropy } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const logits = tf.tensor2d([[0, Math.log(3)]]); // softmax: 1/4, 3/4
 * const [loss] = await softCrossEntropy(logits, tf.tensor2d([[0.5, 0.5]])).data();
 * assertAlmostEquals(loss!, 0.5 * Math.log(4) + 0.5 * Math.log(4 / 3), 1e-6);
 * ```
 */
export function softCrossEntropy(logits: Logits, targets: tf.Tensor2D): tf.Tensor1D {
  return logits.logSoftmax().mul(targets).sum<tf.Tensor1D>(1).neg();
}

/**
 * Labels as probabilities, smoothed as in Warde-Farley & Goodfellow (2016): 1 − s for the label, and s / (classes − 1) for
 * every other class.
 *
 * Other libraries give s' (1 / classes) to all classes, and 1 − s' more to the label: that is s = s' (1 − 1 / classes).
 *
 * @param labels y, `[n]`, int32 in [0, classes).
 * @param classes How many classes there are; at least two.
 * @param smoothing s, from 0 to below 1.
 * @returns `[n, classes]`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { smoothedLabels } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const soft = smoothedLabels(tf.tensor1d([2], "int32"), 5, 0.25);
 * assertEquals([...await soft.data()], [0.0625, 0.0625, 0.75, 0.0625, 0.0625]);
 * ```
 */
export function smoothedLabels(labels: Labels, classes: number, smoothing: number): tf.Tensor2D {
  const others = smoothing / (classes - 1);
  return oneHot(labels, classes).mul<tf.Tensor2D>(1 - smoothing - others).add(others);
}
