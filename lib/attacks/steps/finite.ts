import { tf } from "../../tensor/mod.ts";
import type { Norm } from "./ball.ts";

/** As large as infinity counts: sums of many, and ratios, are still numbers. */
const LARGE = 1e30;

/**
 * A gradient to go by: NaN counts as 0, infinity as a very large number of its sign. All else stays as it is, bit for bit.
 *
 * @param gradient Of any shape.
 * @param largest What infinity counts as, and no component is larger. Default 1e30; less where squares are taken.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { finite } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * assertEquals([...await finite(tf.tensor1d([NaN, 0.5, -Infinity]), 8).data()], [0, 0.5, -8]);
 * ```
 */
export function finite<T extends tf.Tensor>(gradient: T, largest = LARGE): T {
  return withoutNaN(gradient).clipByValue(-largest, largest) as T;
}

/** What a step in a norm needs of a gradient: {@linkcode finite}, but for linf, where only signs count. */
export function usable<T extends tf.Tensor>(norm: Norm, gradient: T): T {
  return norm === "linf" ? withoutNaN(gradient) : finite(gradient);
}

/** The same values, `instead` in the place of NaN. */
export function withoutNaN<T extends tf.Tensor>(values: T, instead = 0): T {
  return tf.where(values.isNaN(), instead, values) as T;
}
