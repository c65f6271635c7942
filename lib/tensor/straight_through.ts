import { callable, checkSetting } from "../kinds/mod.ts";
import { tf } from "./tf.ts";

/**
 * Gives a function that keeps its input's shape the gradient of the identity (BPDA's simplest form, Athalye et al. 2018).
 *
 * @param f A function whose output has its input's shape.
 * @returns The same values, with ∂f/∂x taken to be 1.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gradientAt, straightThrough, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const round = straightThrough((x: tf.Tensor1D) => tf.round(x));
 * const slope = gradientAt((x: tf.Tensor1D) => round(x).sum(), tf.tensor1d([0.2, 0.7]));
 * assertEquals([...await slope.data()], [1, 1]);
 * ```
 */
export function straightThrough<T extends tf.Tensor>(f: (x: T) => T): (x: T) => T {
  checkSetting("f", callable(), f);
  return (x: T) => {
    const identity = tf.customGrad((input: tf.Tensor | tf.GradSaveFunc) => {
      const value = f(input as T);
      if (!tf.util.arraysEqual(value.shape, x.shape)) {
        throw new RangeError(
          `Cannot pass gradients straight through: the input is [${x.shape}], the output [${value.shape}]`,
        );
      }
      return { value, gradFunc: (dy: tf.Tensor) => dy };
    });
    return identity(x) as T;
  };
}
