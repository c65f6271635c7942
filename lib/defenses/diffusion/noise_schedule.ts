import { checkSetting, count } from "../../kinds/mod.ts";

/** How many steps of noise there are from an image to nothing but noise. */
export const NOISE_STEPS = 1000;

const STEP = count({ most: NOISE_STEPS });

/** What is left of an image after some noise: x_t = signal · x_0 + spread · ε, with x_0 in [-1, 1] and ε normal. */
export interface Noised {
  /** What the image is multiplied with, √ᾱ. */
  readonly signal: number;
  /** What the noise is multiplied with, √(1 − ᾱ). */
  readonly spread: number;
}

const levels: number[] = [1]; // ᾱ by step
for (let step = 1; step <= NOISE_STEPS; step++) {
  const beta = 1e-4 + (0.02 - 1e-4) * (step - 1) / (NOISE_STEPS - 1);
  levels.push(levels[step - 1]! * (1 - beta));
}

/**
 * The noise after so many steps: β rises linearly from 0.0001 to 0.02 over 1 000 steps (Ho et al. 2020, §4).
 *
 * @param step From 0, which is the image itself, to 1 000.
 * @throws {RangeError} Where there is no such step.
 */
export function noised(step: number): Noised {
  checkSetting("step", STEP, step);
  const left = levels[step]!;
  return { signal: Math.sqrt(left), spread: Math.sqrt(1 - left) };
}
