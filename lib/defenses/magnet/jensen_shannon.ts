import type { Logits, tf } from "../../tensor/mod.ts";

/**
 * The Jensen-Shannon divergence of two answers at a temperature T, in nats: half of KL(p ‖ m) + KL(q ‖ m) with m their mean, p and q the
 * softmax of the logits over T (Meng & Chen 2017, §5.3).
 *
 * @param one Logits, `[n, classes]`.
 * @param other As many.
 * @param temperature T.
 * @returns `[n]`, from 0 to ln 2.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { jensenShannon } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const [sure] = await jensenShannon(tf.tensor2d([[99, 0]]), tf.tensor2d([[0, 99]]), 1).data();
 * assertAlmostEquals(sure!, Math.LN2, 1e-6); // nothing in common
 * ```
 */
export function jensenShannon(one: Logits, other: Logits, temperature: number): tf.Tensor1D {
  const p = one.div<Logits>(temperature).logSoftmax(), q = other.div<Logits>(temperature).logSoftmax();
  const mean = p.sub(q).softplus().add(q).sub(Math.LN2); // ln of (e^p + e^q) / 2
  const from = (x: tf.Tensor) => x.exp().mul(x.sub(mean)).sum(1);
  return from(p).add(from(q)).div(2) as tf.Tensor1D;
}
