import { type Logits, tf } from "../tensor/mod.ts";
import { crossEntropy } from "./cross_entropy.ts";

/** The detector's class of clean images, 1_clean in Eq. (5); 0 is attacked. */
export const CLEAN = 1;

function everyImage(detected: Logits, label: number): tf.Tensor1D {
  return tf.fill([detected.shape[0]], label, "int32");
}

/**
 * The adversarial loss L_A of Eq. (5), E Φ[D(G(x*)), 1_clean]: the cross-entropy of the detector if cleaned images are
 * labelled clean.
 *
 * @param cleaned The detector's logits of cleaned images, D(G(x*)), `[n, 2]`; class 1 is clean.
 * @returns A scalar ≥ 0; log 2 if the detector gives both classes the same probability.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { adversarial } from "@gcln/kit/losses";
 *
 * await useBackend();
 * assertAlmostEquals((await adversarial(tf.zeros([4, 2])).data())[0]!, Math.LN2, 1e-6);
 * ```
 */
export function adversarial(cleaned: Logits): tf.Scalar {
  return crossEntropy(cleaned, everyImage(cleaned, CLEAN)).mean();
}

/** The weights of Eq. (3). */
export interface GenerativeOptions {
  /**
   * λ, the weight of the perceptual loss, in [0, 1].
   *
   * @default {0.5}
   */
  readonly lambda?: number;
}

/**
 * The generative loss λ L_P + (1 − λ) L_A of Eq. (3), which the cleaning network minimises.
 *
 * @param perceptual L_P, Eq. (4).
 * @param adversarial L_A, Eq. (5).
 * @throws {RangeError} If λ is not in [0, 1].
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { generative } from "@gcln/kit/losses";
 *
 * await useBackend();
 * assertEquals([...await generative(tf.scalar(1), tf.scalar(3)).data()], [2]);
 * ```
 */
export function generative(
  perceptual: tf.Scalar,
  adversarial: tf.Scalar,
  { lambda = 0.5 }: GenerativeOptions = {},
): tf.Scalar {
  if (!(lambda >= 0 && lambda <= 1)) {
    throw new RangeError(`Cannot use λ ${lambda}: a number from 0 to 1 is wanted`);
  }
  return perceptual.mul(lambda).add(adversarial.mul(1 - lambda));
}

/**
 * The value of the game of Eq. (6), E log D(x°) + E log(1 − D(G(x*))).
 *
 * The detector maximises it, by minimising `minimax(clean, cleaned).neg()`. Here D is the second output of the softmax,
 * and 1 − D the first.
 *
 * Departure: in Eq. (6) the cleaning network minimises the second term. Here it minimises Eq. (5) instead, which still has
 * a gradient where the detector is very confident.
 *
 * @param clean The detector's logits of clean images, D(x°), `[n, 2]`; class 1 is clean.
 * @param cleaned The detector's logits of cleaned images, D(G(x*)), `[m, 2]`.
 * @returns A scalar ≤ 0; −2 log 2 if the detector gives both classes the same probability.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { minimax } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const value = minimax(tf.zeros([4, 2]), tf.zeros([4, 2]));
 * assertAlmostEquals((await value.data())[0]!, -2 * Math.LN2, 1e-6);
 * ```
 */
export function minimax(clean: Logits, cleaned: Logits): tf.Scalar {
  const cleanLoss = crossEntropy(clean, everyImage(clean, CLEAN)).mean<tf.Scalar>(); //           −E log D(x°)
  const cleanedLoss = crossEntropy(cleaned, everyImage(cleaned, 1 - CLEAN)).mean<tf.Scalar>(); // −E log(1 − D(G(x*)))
  return cleanLoss.add<tf.Scalar>(cleanedLoss).neg();
}
