import { type Batch, type Classifier, tf, uncounted } from "../../tensor/mod.ts";
import { type AttackLossName, lossGradient } from "./attack_loss.ts";

/** At how many images an attacker's gradient is of no use, as shares in [0, 1]. */
export interface GradientShares {
  /** It is exactly zero everywhere. */
  readonly zero: number;
  /** It holds NaN or infinity. */
  readonly notFinite: number;
}

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

/**
 * At which share of the images of a batch that stand no loss had a gradient of use: neither the cross-entropy nor the
 * margin. Absent where each had one. Its passes are not counted: nothing is attacked by them.
 *
 * @param surrogate What was differentiated.
 * @param batch All images.
 * @param fallen Which of them have fallen.
 */
export async function survivorsWithoutGradient(
  surrogate: Classifier,
  { images, labels }: Batch,
  fallen: readonly boolean[],
): Promise<{ readonly gradients?: GradientShares }> {
  const rows = fallen.flatMap((isFallen, row) => isFallen ? [] : [row]), plain = uncounted(surrogate);
  if (rows.length === 0) return {};
  const told = tf.tidy(() => {
    const places = tf.tensor1d(rows, "int32"),
      left = { images: images.gather(places), labels: labels.gather(places) };
    const [ce, margin] = (["crossEntropy", "margin"] as const)
      .map((loss) => gradientFaults((x) => plain(x), left as Batch, loss)) as [tf.Tensor2D, tf.Tensor2D];
    const both = ce.sum(0).mul(margin.sum(0)), zero = ce.mul(margin).slice([0, 0], [1, -1]).sum();
    return tf.stack([zero, both.greater(0).cast("float32").sum().sub(zero)]);
  });
  try {
    const [zero, notFinite] = await told.data() as unknown as [number, number], n = fallen.length;
    return zero + notFinite > 0 ? { gradients: { zero: zero / n, notFinite: notFinite / n } } : {};
  } finally {
    told.dispose();
  }
}
