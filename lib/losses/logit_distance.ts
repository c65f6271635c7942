import { type Logits, tf } from "../tensor/mod.ts";

/**
 * The distance of logit pairing (Kannan et al. 2018): the mean squared difference of the logits of clean and attacked images, over images and
 * classes.
 *
 * With `moves: "attacked"` the clean logits count as constants and only the attacked ones are pulled: the pivot loss of Na et
 * al. (2018), who sum over images and classes.
 *
 * @param clean Logits of the clean images, `[n, classes]`.
 * @param attacked Logits of the same images attacked.
 * @param moves Which of them have a gradient. Default `"both"`.
 * @returns A scalar, ≥ 0.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { logitDistance } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const loss = logitDistance(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, 4], [3, 4]]));
 * assertEquals((await loss.data())[0], 1); // 2² / 4
 * ```
 */
export function logitDistance(
  clean: Logits,
  attacked: Logits,
  moves: "both" | "attacked" = "both",
): tf.Scalar {
  const still = moves === "attacked" ? constant(clean) : clean;
  return still.sub(attacked).square().mean();
}

/** The same values, without a gradient. */
function constant(logits: Logits): Logits {
  return tf.customGrad((z) => ({
    value: (z as Logits).clone(),
    gradFunc: () => tf.zeros(logits.shape),
  }))(logits) as Logits;
}
