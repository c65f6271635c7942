import { evaluated, type Images, type Labels, tf } from "../tensor/mod.ts";
import type { Victim } from "./judge.ts";
import { refusalsOf } from "./refusals.ts";
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
    return withRefusals(victim, images, over, "stopped");
  });
}

/** The smallest normal float32 number. */
const LEAST = 2 ** -126;

/**
 * Leads that say of refused images what the judge says: an attacked image that is refused is stopped, a clean one is wrong.
 *
 * @param victim Who may refuse images.
 * @param images `[n, h, w, c]`.
 * @param leads {@linkcode lead} by the victim's logits, `[n]`.
 * @param refused What a refused image is: above 0 where it is wrong, at most 0 where it is stopped.
 * @returns `[n]`; `leads` itself where the victim refuses none.
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
