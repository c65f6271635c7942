import type { tf } from "./tf.ts";

/** Adam's moving averages of the gradient and of its square, both of the variable's shape. */
export interface AdamMoments {
  /** Of the gradient. */
  readonly mean: tf.Tensor;
  /** Of its square. */
  readonly square: tf.Tensor;
}

/** The numbers of one step of Adam. */
export interface AdamStepOptions {
  /** How much of the mean stays: β₁. */
  readonly beta1: number;
  /** How much of the mean square stays: β₂. */
  readonly beta2: number;
  /** What keeps the step finite: ε. */
  readonly epsilon: number;
  /** The learning rate over 1 − β₁ᵗ. */
  readonly size: number | tf.Scalar;
  /** 1 − β₂ᵗ. */
  readonly correction: number | tf.Scalar;
}

/**
 * One step of Adam (Kingma & Ba 2015) downhill: optimisers take it in training, attacks on an image.
 *
 * @param variable What is changed.
 * @param gradient Its gradient.
 * @param moments The averages so far; zeros at first.
 * @returns The variable and its averages after the step; new tensors in the caller's scope.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { adamStep, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const x = tf.tensor1d([1]), zeros = { mean: tf.zeros([1]), square: tf.zeros([1]) };
 * const first = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, size: 0.1 / (1 - 0.9), correction: 1 - 0.999 };
 * const { variable } = adamStep(x, tf.tensor1d([1e-3]), zeros, first);
 * // The first step is as long as the rate, however small the gradient.
 * assertAlmostEquals((await variable.data())[0]!, 0.9, 1e-5);
 * ```
 */
export function adamStep<T extends tf.Tensor>(
  variable: T,
  gradient: tf.Tensor,
  moments: AdamMoments,
  { beta1, beta2, epsilon, size, correction }: AdamStepOptions,
): AdamMoments & {
  /** The variable after the step. */
  readonly variable: T;
} {
  const mean = moments.mean.mul(beta1).add(gradient.mul(1 - beta1));
  const square = moments.square.mul(beta2).add(gradient.square().mul(1 - beta2));
  const deviation = square.div(correction).sqrt().add(epsilon);
  return { variable: variable.sub(mean.mul(size).div(deviation)) as T, mean, square };
}
