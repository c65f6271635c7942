import { type AttackLossName, lossGradient } from "../attacks/mod.ts";
import { type Batch, type Classifier, tf } from "../tensor/mod.ts";

/**
 * Where the gradient of a loss is of no use to an attacker, `[2, n]`, 1 or 0: where it is exactly zero everywhere, and
 * where it holds NaN or infinity.
 */
export function gradientFaults(
  surrogate: Classifier,
  { images, labels }: Batch,
  loss: AttackLossName = "crossEntropy",
): tf.Tensor2D {
  const gradient = lossGradient(surrogate, images, { labels, loss }), pixels = [1, 2, 3];
  const zero = gradient.equal(0).all(pixels);
  const notFinite = gradient.sub(gradient).notEqual(0).any(pixels); // infinity less infinity is NaN
  return tf.stack([zero.cast("float32"), notFinite.cast("float32")]) as tf.Tensor2D;
}
