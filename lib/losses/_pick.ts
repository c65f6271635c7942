import { type Labels, type Logits, tf } from "../tensor/mod.ts";

/** Ones at the labels, float32, with one dimension more: the classes. */
export function marked<T extends tf.Tensor = tf.Tensor2D>(labels: tf.Tensor, classes: number): T {
  // Not by oneHot's dtype: WebAssembly writes integers whatever it is.
  return tf.oneHot(labels, classes).cast("float32");
}

/** A mask chosen by the logits. The choice has no gradient, but TensorFlow.js would look for topk's all the same. */
function choice(logits: Logits, choose: (logits: Logits) => tf.Tensor): tf.Tensor {
  return tf.customGrad((z: tf.Tensor | tf.GradSaveFunc) => ({
    value: choose(z as Logits),
    gradFunc: () => tf.zeros(logits.shape),
  }))(logits);
}

/** The sum of the logits that a mask marks. The others do not count, not even infinite ones: 0 · −∞ would be NaN. */
function picked<T extends tf.Tensor>(logits: tf.Tensor, mask: tf.Tensor, axis: number): T {
  return tf.where(mask.cast("bool"), logits, 0).sum<T>(axis);
}

/** The logit of each label, `[n]`. */
export function own(logits: Logits, labels: Labels): tf.Tensor1D {
  return picked(logits, marked(labels, logits.shape[1]), 1);
}

/** Below every logit but −∞. */
const LEAST = -3e38;

/** The logits without those of the labels, which are −∞; so that argMax and topk never find a label, −∞ elsewhere is a finite number. */
export function butFor(logits: Logits, labels: Labels): Logits {
  const label = marked(labels, logits.shape[1]).cast("bool");
  return tf.where(label, Number.NEGATIVE_INFINITY, logits.maximum<Logits>(LEAST));
}

/** The largest logit but the label's, `[n]`; where two are level, the gradient is that of the first. */
export function bestOther(logits: Logits, labels: Labels): tf.Tensor1D {
  const best = choice(logits, (z) => marked(butFor(z as Logits, labels).argMax<Labels>(1), logits.shape[1]));
  return picked(logits, best, 1);
}

/** The k largest logits, largest first, `[n, k]`. */
export function largest(logits: Logits, k: number): tf.Tensor2D {
  const masks = choice(logits, (z) => marked(tf.topk(z, k).indices, logits.shape[1]));
  return picked(logits.expandDims(1), masks, 2);
}

/** The logits, the least finite one of each image in the place of −∞. */
export function aboveInfinity(logits: Logits): Logits {
  const infinite = choice(logits, (z) => z.equal(Number.NEGATIVE_INFINITY).cast("float32")).cast("bool");
  const least = tf.where(infinite, Number.POSITIVE_INFINITY, logits).min(1, true);
  return tf.where(infinite, least, logits) as Logits;
}
