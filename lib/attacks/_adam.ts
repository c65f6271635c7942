import type { tf } from "../tensor/mod.ts";

/** Adam's moving averages of the gradient and of its square, both of the variable's shape. */
export interface AdamState {
  readonly mean: tf.Tensor;
  readonly square: tf.Tensor;
}

/**
 * One step of Adam (Kingma & Ba 2015) downhill, β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
 *
 * @param variable What is changed.
 * @param gradient Its gradient.
 * @param state The averages so far; zeros at first.
 * @param options The step size, and the number of the step from 0.
 */
export function adam<T extends tf.Tensor>(
  variable: T,
  gradient: T,
  state: AdamState,
  { stepSize, index }: { readonly stepSize: number; readonly index: number },
): AdamState & { readonly variable: T } {
  const mean = state.mean.mul(0.9).add(gradient.mul(0.1));
  const square = state.square.mul(0.999).add(gradient.square().mul(0.001));
  const rate = stepSize / (1 - 0.9 ** (index + 1));
  const deviation = square.div(1 - 0.999 ** (index + 1)).sqrt().add(1e-8);
  return { variable: variable.sub(mean.mul(rate).div(deviation)) as T, mean, square };
}
