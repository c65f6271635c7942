import { tf } from "../../tensor/mod.ts";

/** Below all shares that matter, so that no activation is divided by zero. */
const LEAST = 1e-12;

/** The largest share: 1 has no logarithm of what is left. */
const MOST = 1 - 1e-6;

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
  const others = activations.shape.slice(1).map((_, i) => i + 1);
  // The gradient works the shares out again: kept for it, they would take nine times the memory of the activations.
  const stage = tf.customGrad((...[given, save]: unknown[]) => {
    (save as tf.GradSaveFunc)([given as tf.Tensor, numbers]);
    return {
      value: tf.tidy(() => {
        const a = given as tf.Tensor, { stays } = chances(a, others, samples);
        return a.mul(keptOf(stays, numbers)).div(stays.maximum(LEAST));
      }),
      gradFunc: (dy: tf.Tensor, [a, numbers]: tf.Tensor[]) => slope(dy, a!, numbers!, others, samples),
    };
  });
  return stage(activations) as T;
}

/** How likely each activation stays. */
function chances(a: tf.Tensor, others: number[], samples: number) {
  const sizes = a.abs(), total = sizes.sum(others, true).maximum(LEAST);
  const share = sizes.div(total).minimum(MOST); //           p
  const logMissed = share.neg().log1p(); //                  log(1 − p)
  const stays = logMissed.mul(samples).expm1().neg(); //     s = 1 − (1 − p)ʳ
  return { total, share, logMissed, stays };
}

function keptOf(stays: tf.Tensor, numbers: tf.Tensor): tf.Tensor {
  return numbers.less(stays).cast("float32");
}

/** By y = a k / s with k, what stays, as a constant: dy k / s, and what comes through s, p and the sum of all |a|. */
function slope(
  dy: tf.Tensor,
  a: tf.Tensor,
  numbers: tf.Tensor,
  others: number[],
  samples: number,
): tf.Tensor {
  const { total, share, logMissed, stays } = chances(a, others, samples);
  const direct = dy.mul(keptOf(stays, numbers)).div(stays.maximum(LEAST));
  const byChance = logMissed.mul(samples - 1).exp().mul(samples); // ds/dp = r (1 − p)ʳ⁻¹
  const isFree = share.less(MOST).logicalAnd(stays.greater(LEAST)).cast("float32");
  const byShare = direct.mul(a).div(stays.maximum(LEAST)).mul(byChance).mul(isFree).neg();
  const all = byShare.mul(share).sum(others, true);
  return direct.add(byShare.sub(all).div(total).mul(a.sign()));
}
