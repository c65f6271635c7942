import { checkSetting, type Setting, size, word } from "../kinds/mod.ts";
import { straightThrough, tf } from "../tensor/mod.ts";

/**
 * The gradient of rounding: the true one, which is zero ("exact"), or that of the identity ("straight-through", the choice
 * of a BPDA attacker).
 */
export type Backward = "exact" | "straight-through";

/** What a quantization step may be: a number above 0, or a scalar that is learned. */
export const stepSetting: Setting = {
  ...size({ above: 0 }),
  accepts: (value) =>
    typeof value === "number"
      ? value > 0 && value < Infinity
      : value instanceof tf.Tensor && value.rank === 0,
};

/** What {@linkcode Backward} may be. */
export const backwardSetting = word(["exact", "straight-through"], { default: "exact" });

/**
 * Rounds to whole multiples of q, Eq. (2); halves go to the even multiple.
 *
 * The paper does not say which gradient its attacks had. "exact" is the gradient of TensorFlow.js, zero everywhere: an
 * attack that follows it can't move. "straight-through" passes the gradient as if nothing was rounded.
 *
 * A step that is a tensor has a gradient of its own where rounding is passed straight through: round(x / q) − x / q, which
 * is that of learned step sizes (Esser et al. 2020, LSQ, Eq. (3), without their limits).
 *
 * @param x Any shape.
 * @param q The step, > 0, in x's units; a scalar tensor where it is learned.
 * @param backward The gradient of the rounding.
 * @returns x's shape, at most q / 2 from x.
 * @throws {RangeError} Where q is not a finite number above 0, or `backward` another word.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { quantize } from "@gcln/kit/transform";
 *
 * await useBackend();
 * assertEquals([...await quantize(tf.tensor1d([4, 5, 14, 15]), 10).data()], [0, 0, 10, 20]);
 * ```
 */
export function quantize<T extends tf.Tensor>(x: T, q: number | tf.Scalar, backward: Backward = "exact"): T {
  checkSetting("q", stepSetting, q);
  checkSetting("backward", backwardSetting, backward);
  const round = backward === "straight-through" ? straightThrough<tf.Tensor>(tf.round) : tf.round;
  return round(x.div(q)).mul(q) as T; // Eq. (2)
}
