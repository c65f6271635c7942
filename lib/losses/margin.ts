import type { Labels, Logits, tf } from "../tensor/mod.ts";
import { labelLogits, largestOtherLogit } from "./_selected_logits.ts";

/**
 * The margin by which the classifier is fooled, max_{k ≠ y} z_k − z_y, for each image.
 *
 * Like {@linkcode crossEntropy} it is a loss that attacks maximise. It is > 0 exactly where the classifier is wrong. Carlini & Wagner's f for an untargeted attack is max(0, κ − margin).
 *
 * @param logits z, `[n, classes]`, two classes or more.
 * @param labels y, `[n]`, int32.
 * @returns `[n]`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { margin } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const logits = tf.tensor2d([[5, 1, 2], [5, 1, 2]]);
 * assertEquals([...await margin(logits, tf.tensor1d([0, 2], "int32")).data()], [-3, 3]);
 * ```
 */
export function margin(logits: Logits, labels: Labels): tf.Tensor1D {
  return largestOtherLogit(logits, labels).sub(labelLogits(logits, labels));
}
