import { type Labels, type Logits, tf } from "../tensor/mod.ts";

/** The `count` likeliest wrong classes of each image, `[n, count]`, int32; fewer where there are not so many. */
export function likeliestWrong(logits: Logits, labels: Labels, count: number): tf.Tensor2D {
  const classes = logits.shape[1], label = tf.oneHot(labels, classes).cast("bool");
  return tf.topk(tf.where(label, -Infinity, logits), Math.min(count, classes - 1)).indices as tf.Tensor2D;
}
