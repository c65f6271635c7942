import { lossGradient } from "../attacks/mod.ts";
import type { Batch, Classifier, tf } from "../tensor/mod.ts";

/** Where the gradient of the cross-entropy is exactly zero, `[n]`, 1 or 0. */
export function zeroGradients(surrogate: Classifier, { images, labels }: Batch): tf.Tensor {
  const gradient = lossGradient(surrogate, images, { labels });
  return gradient.abs().max([1, 2, 3]).equal(0).cast("float32");
}
