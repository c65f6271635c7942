import { bpda } from "../../attacks/mod.ts";
import type { tf } from "../../tensor/mod.ts";

/** Below all shares that matter, so that no activation is divided by zero. */
const LEAST = 1e-12;

/**
 * Stochastic activation pruning (Dhillon et al. 2018, Algorithm 1): activations are drawn by their size, with replacement, and
 * those that were never drawn become 0. An activation of share p = |a| / Σ |a| stays with probability 1 − (1 − p)ʳ, and is then
 * divided by that, so that the mean over draws is the activation.
 *
 * @param activations `[n, …]`, each image for itself.
 * @param numbers Uniform in [0, 1), in the shape of one image's activations: an activation stays where its number is below
 * its probability.
 * @param samples r, how many are drawn.
 * @returns In the shape of the activations.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { pruned } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Shares 3/4 and 1/4; two draws leave the first with probability 1 - 1/16.
 * const [large, small] = await pruned(tf.tensor2d([[3, 1]]), tf.tensor2d([[0.9, 0.9]]), 2).data();
 * assertAlmostEquals(large!, 3 / (15 / 16), 1e-5);
 * assertAlmostEquals(small!, 0);
 * ```
 */
export function pruned<T extends tf.Tensor>(activations: T, numbers: tf.Tensor, samples: number): T {
  const sizes = activations.abs(), others = activations.shape.slice(1).map((_, i) => i + 1);
  const share = sizes.div(sizes.sum(others, true).maximum(LEAST)).minimum(1 - 1e-6); // p
  const stays = share.neg().log1p().mul(samples).expm1().neg(); //                      1 − (1 − p)ʳ
  const kept = bpda((stays: tf.Tensor) => numbers.less(stays).cast("float32"), { backward: "skip" })(stays);
  return activations.mul(kept).div(stays.maximum(LEAST)) as T;
}
