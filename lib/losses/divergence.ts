import type { Logits, tf } from "../tensor/mod.ts";

/**
 * The Kullback-Leibler divergence KL(softmax(a) ‖ softmax(b)) = Σ_k p_k (log p_k − log q_k), for each image: how far the
 * answers b are from the answers a (TRADES, Zhang et al. 2019, Eq. 5).
 *
 * It has gradients by both.
 *
 * @param logits a, `[n, classes]`, finite: of clean images in TRADES.
 * @param others b, `[n, classes]`, finite: of the attacked ones.
 * @returns `[n]`, ≥ 0.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { divergence } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const even = tf.tensor2d([[0, 0]]), sure = tf.tensor2d([[0, Math.log(3)]]); // 1/2, 1/2 and 1/4, 3/4
 * const [loss] = await divergence(even, sure).data();
 * assertAlmostEquals(loss!, 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 1e-6);
 * ```
 */
export function divergence(logits: Logits, others: Logits): tf.Tensor1D {
  const logShares = logits.logSoftmax();
  return logShares.exp().mul(logShares.sub(others.logSoftmax())).sum(1);
}
