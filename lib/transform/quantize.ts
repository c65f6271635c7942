import { checkSetting, size, word } from "../kinds/mod.ts";
import { straightThrough, tf } from "../tensor/mod.ts";

/**
 * The gradient of rounding: the true one, which is zero ("exact"), or that of the identity ("straight-through", the choice
 * of a BPDA attacker).
 */
export type Backward = "exact" | "straight-through";

/** What a quantization step may be. */
export const stepSetting = size({ above: 0 });

/** What {@linkcode Backward} may be. */
export const backwardSetting = word(["exact", "straight-through"], { default: "exact" });

/**
 * Rounds to whole multiples of q, Eq. (2); halves go to the even multiple.
 *
 * The paper does not say which gradient its attacks had. "exact" is the gradient of TensorFlow.js, zero everywhere: an
 * attack that follows it can't move. "straight-through" passes the gradient as if nothing was rounded.
 *
 * @param x Any shape.
 * @param q The step, > 0, in x's units.
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
export function quantize<T extends tf.Tensor>(x: T, q: number, backward: Backward = "exact"): T {
  checkSetting("q", stepSetting, q);
  checkSetting("backward", backwardSetting, backward);
  const round = backward === "straight-through" ? straightThrough<tf.Tensor>(tf.round) : tf.round;
  return round(x.div(q)).mul(q) as T; // Eq. (2)
}
