import { type Images, tf } from "../tensor/mod.ts";

/**
 * The difference of two batches as images: ½ + gain (a − b), clipped to [0, 1]. Grey means "no difference".
 *
 * @param a Images.
 * @param b Images of the same shape.
 * @param gain The factor that the difference is multiplied by.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { difference } from "@gcln/kit/report";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const a = tf.fill<tf.Rank.R4>([1, 2, 2, 1], 0.75), b = tf.fill<tf.Rank.R4>([1, 2, 2, 1], 0.5);
 * assertEquals([...await difference(a, b, 2).data()], [1, 1, 1, 1]);
 * ```
 */
export function difference(a: Images, b: Images, gain = 1): Images {
  return tf.tidy(() => a.sub(b).mul(gain).add(0.5).clipByValue(0, 1) as Images);
}
