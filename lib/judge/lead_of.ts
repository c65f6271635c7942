import { evaluated, type Images, type Labels, tf } from "../tensor/mod.ts";
import type { Victim } from "./judge.ts";
import { lead, logitsOf } from "./verdict.ts";

/**
 * How far each image is over a victim's boundary, in logits: {@linkcode lead}, and not above 0 where the victim refuses
 * the image. Attacks ask this after each step, where nothing should be read back.
 *
 * @param victim What has to be fooled; compiled where it is frozen.
 * @param images Attacked images, `[n, h, w, c]`.
 * @param labels The true classes, `[n]`.
 * @param targets The classes that the attacker wants, `[n]`; without them any wrong class will do.
 * @returns `[n]`, the caller's to free: above 0 where the image has fallen, never NaN.
 * @throws {RangeError} Where the victim returns no logits.
 */
export function leadOf(victim: Victim, images: Images, labels: Labels, targets?: Labels): tf.Tensor1D {
  const inputs = targets ? [images, labels, targets] : [images, labels];
  return tf.tidy(() => {
    const [over] = evaluated(victim, targets ? "lead, targets" : "lead", inputs, (x, y, t) => [
      lead(logitsOf(victim, x as Images), y as Labels, t as Labels | undefined),
    ]) as [tf.Tensor1D];
    if (victim.rejects === undefined) return over;
    return tf.where(victim.rejects(images).cast("bool"), over.minimum(0), over) as tf.Tensor1D;
  });
}
