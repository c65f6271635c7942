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

/** The logit of each label, `[n]`. */
export function own(logits: Logits, labels: Labels): tf.Tensor1D {
  return logits.mul(marked(labels, logits.shape[1])).sum<tf.Tensor1D>(1);
}

/** The largest logit but the label's, `[n]`; where two are level, the gradient is that of the first. */
export function bestOther(logits: Logits, labels: Labels): tf.Tensor1D {
  const classes = logits.shape[1], label = marked(labels, classes).cast("bool");
  const best = choice(
    logits,
    (z) => marked(tf.where(label, Number.NEGATIVE_INFINITY, z).argMax<Labels>(1), classes),
  );
  return logits.mul(best).sum<tf.Tensor1D>(1);
}

/** The k largest logits, largest first, `[n, k]`. */
export function largest(logits: Logits, k: number): tf.Tensor2D {
  const masks = choice(logits, (z) => marked(tf.topk(z, k).indices, logits.shape[1]));
  return logits.expandDims(1).mul(masks).sum<tf.Tensor2D>(2);
}
