import { type Labels, type Logits, tf } from "../tensor/mod.ts";

/** The labels as one-hot vectors, float32; the last dimension is the classes. */
export function oneHot<T extends tf.Tensor = tf.Tensor2D>(labels: tf.Tensor, classes: number): T {
  // Cast, since oneHot ignores its dtype on the WebAssembly backend.
  return tf.oneHot(labels, classes).cast("float32");
}

/** A mask computed from the logits, with gradient zero. Without this, TensorFlow.js would look for a gradient of topk. */
function maskOf(logits: Logits, choose: (logits: Logits) => tf.Tensor): tf.Tensor {
  return tf.customGrad((z: tf.Tensor | tf.GradSaveFunc) => ({
    value: choose(z as Logits),
    gradFunc: () => tf.zeros(logits.shape),
  }))(logits);
}

/** The sum of the logits where the mask is 1. Logits where it is 0 are not multiplied, since 0 · −∞ would be NaN. */
function maskedSum<T extends tf.Tensor>(logits: tf.Tensor, mask: tf.Tensor, axis: number): T {
  return tf.where(mask.cast("bool"), logits, 0).sum<T>(axis);
}

/** The logit of each label, `[n]`. */
export function labelLogits(logits: Logits, labels: Labels): tf.Tensor1D {
  return maskedSum(logits, oneHot(labels, logits.shape[1]), 1);
}

/** Smaller than every finite logit. */
const LEAST = -3e38;

/** The logits with −∞ in the place of the label's. Other logits of −∞ become finite, so argMax never finds the label. */
export function withoutLabels(logits: Logits, labels: Labels): Logits {
  const label = oneHot(labels, logits.shape[1]).cast("bool");
  return tf.where(label, Number.NEGATIVE_INFINITY, logits.maximum<Logits>(LEAST));
}

/** The largest logit except the label's, `[n]`. Of two equal logits the first one has the gradient. */
export function largestOtherLogit(logits: Logits, labels: Labels): tf.Tensor1D {
  const best = maskOf(
    logits,
    (z) => oneHot(withoutLabels(z as Logits, labels).argMax<Labels>(1), logits.shape[1]),
  );
  return maskedSum(logits, best, 1);
}

/** The k largest logits, largest first, `[n, k]`. */
export function largestLogits(logits: Logits, k: number): tf.Tensor2D {
  const masks = maskOf(logits, (z) => oneHot(tf.topk(z, k).indices, logits.shape[1]));
  return maskedSum(logits.expandDims(1), masks, 2);
}

/** The logits with the smallest finite logit of each image in the place of −∞. */
export function withoutInfinity(logits: Logits): Logits {
  const infinite = maskOf(logits, (z) => z.equal(Number.NEGATIVE_INFINITY).cast("float32")).cast("bool");
  const least = tf.where(infinite, Number.POSITIVE_INFINITY, logits).min(1, true);
  return tf.where(infinite, least, logits) as Logits;
}
