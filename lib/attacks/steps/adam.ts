import { type AdamMoments, adamStep, type tf } from "../../tensor/mod.ts";

/** The decay of the averages and ε of Kingma & Ba. */
const USUAL = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * One step of Adam (Kingma & Ba 2015) downhill, β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
 *
 * @param variable What is changed.
 * @param gradient Its gradient.
 * @param moments The averages so far; zeros at first.
 * @param options The step size, and the number of the step from 0.
 */
export function usualAdamStep<T extends tf.Tensor>(
  variable: T,
  gradient: T,
  moments: AdamMoments,
  { stepSize, index }: { readonly stepSize: number; readonly index: number },
): AdamMoments & { readonly variable: T } {
  const size = stepSize / (1 - USUAL.beta1 ** (index + 1)), correction = 1 - USUAL.beta2 ** (index + 1);
  return adamStep(variable, gradient, moments, { ...USUAL, size, correction });
}
