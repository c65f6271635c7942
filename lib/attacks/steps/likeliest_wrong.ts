import { type Labels, type Logits, tf } from "../../tensor/mod.ts";

/** Below every logit but −∞, so that a label is never taken for one of several classes without a chance. */
const LEAST = -3e38;

/** The `count` likeliest wrong classes of each image, `[n, count]`, int32; fewer where there are not so many. */
export function likeliestWrong(logits: Logits, labels: Labels, count: number): tf.Tensor2D {
  const classes = logits.shape[1], label = tf.oneHot(labels, classes).cast("bool");
  const others = tf.where(label, -Infinity, logits.maximum(LEAST));
  return tf.topk(others, Math.min(count, classes - 1)).indices as tf.Tensor2D;
}
