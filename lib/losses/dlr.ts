import type { Labels, Logits, tf } from "../tensor/mod.ts";
import { labelLogits, largestLogits, largestOtherLogit, withoutInfinity } from "./_selected_logits.ts";

/**
 * The difference-of-logits ratio of Croce & Hein (2020), for each image: a margin that does not change when the
 * logits are shifted or scaled, so that a large scale can't hide the gradient.
 *
 * Untargeted: (max_{k ≠ y} z_k − z_y) / (z_π1 − z_π3). With targets t: (z_t − z_y) / (z_π1 − (z_π3 + z_π4) / 2).
 * π sorts the logits downwards. A class with a logit of −∞ never wins, and counts as the least likely of the others. Ascending it fools the classifier; untargeted it is > 0 exactly where it is wrong.
 *
 * @param logits z, `[n, classes]`, three classes or more; four with targets.
 * @param labels y, `[n]`, int32.
 * @param targets t, `[n]`, int32: the classes that the attack wants.
 * @returns `[n]`.
 * @throws {RangeError} If there are too few classes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { dlr } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const labels = tf.tensor1d([0], "int32");
 * assertEquals([...await dlr(tf.tensor2d([[8, 0, 4]]), labels).data()], [-0.5]);
 * assertEquals([...await dlr(tf.tensor2d([[800, 0, 400]]), labels).data()], [-0.5]);
 * ```
 */
export function dlr(logits: Logits, labels: Labels, targets?: Labels): tf.Tensor1D {
  const classes = logits.shape[1], needed = targets === undefined ? 3 : 4;
  if (classes < needed) {
    throw new RangeError(`The difference-of-logits ratio needs ${needed} classes or more: got ${classes}`);
  }
  const weights = targets === undefined ? [1, 0, -1] : [1, 0, -0.5, -0.5];
  const scale = largestLogits(withoutInfinity(logits), needed).mul(weights).sum(1);
  const other = targets === undefined ? largestOtherLogit(logits, labels) : labelLogits(logits, targets);
  return other.sub(labelLogits(logits, labels)).div(scale.add(1e-12));
}
