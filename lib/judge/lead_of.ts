import { evaluated, type Images, type Labels, tf } from "../tensor/mod.ts";
import type { Victim } from "./judge.ts";
import { refusalsOf } from "./refusals.ts";
import { lead, logitsOf } from "./verdict.ts";

/**
 * The {@linkcode lead} of each image by a victim's logits, in logits; at most 0 where the victim refuses the image. Attacks
 * call it after each step, since it reads nothing back from the device.
 *
 * @param victim The classifier to fool; compiled if it is frozen.
 * @param images Attacked images, `[n, h, w, c]`.
 * @param labels The true classes, `[n]`.
 * @param targets The target classes of the attack, `[n]`; without them any wrong class is a success.
 * @returns `[n]`; the caller frees it. Above 0 where the image has fallen, never NaN.
 * @throws {RangeError} If the victim returns no logits.
 */
export function leadOf(victim: Victim, images: Images, labels: Labels, targets?: Labels): tf.Tensor1D {
  const inputs = targets ? [images, labels, targets] : [images, labels];
  return tf.tidy(() => {
    const [over] = evaluated(victim, targets ? "lead, targets" : "lead", inputs, (x, y, t) => [
      lead(logitsOf(victim, x as Images), y as Labels, t as Labels | undefined),
    ]) as [tf.Tensor1D];
    return withRefusals(victim, images, over, "stopped");
  });
}

/** The smallest normal float32 number. */
const LEAST = 2 ** -126;

/**
 * Leads with the rule of {@linkcode judge} for refused images: a refused attacked image is stopped, a refused clean one is
 * wrong.
 *
 * @param victim The classifier that may refuse images.
 * @param images `[n, h, w, c]`.
 * @param leads {@linkcode lead} by the victim's logits, `[n]`.
 * @param refused What a refused image counts as: `wrong` gives a lead above 0, `stopped` one of at most 0.
 * @returns `[n]`; `leads` itself if the victim has no `rejects`.
 */
export function withRefusals(
  victim: Victim,
  images: Images,
  leads: tf.Tensor1D,
  refused: "stopped" | "wrong",
): tf.Tensor1D {
  if (victim.rejects === undefined) return leads;
  const settled = refused === "stopped" ? leads.minimum(0) : leads.maximum(LEAST);
  return tf.where(refusalsOf(victim.rejects, images).cast("bool"), settled, leads) as tf.Tensor1D;
}
