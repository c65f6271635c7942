import { checkSettings, type Settings, size } from "../kinds/mod.ts";

/** A learning rate as a function of the step, which goes from 0 to `steps`. */
export type Schedule = (step: number, steps: number) => number;

/** The same learning rate throughout. */
export function constant(rate: number): Schedule {
  return () => rate;
}

const cosineSettings: Settings = { warmUp: size({ most: 1, default: 0.03 }) };

/** Fields of {@link cosine}. */
export interface CosineOptions {
  /** The share of all steps in which the rate rises linearly from 0; default 0.03. */
  readonly warmUp?: number;
}

/**
 * A linear warm-up, then half a cosine down to zero (Loshchilov & Hutter 2017).
 *
 * @param peak The highest rate.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { cosine } from "@gcln/kit/training";
 *
 * const rate = cosine(0.1, { warmUp: 0.1 });
 * assertAlmostEquals(rate(10, 100), 0.1);
 * assertAlmostEquals(rate(100, 100), 0, 1e-9);
 * ```
 */
export function cosine(peak: number, options: CosineOptions = {}): Schedule {
  checkSettings("cosine", cosineSettings, options);
  const { warmUp = 0.03 } = options;
  return (step, steps) => {
    const rise = Math.max(1, Math.round(warmUp * steps));
    if (step < rise) return peak * (step + 1) / (rise + 1);
    return peak * 0.5 * (1 + Math.cos(Math.PI * (step - rise) / Math.max(1, steps - rise)));
  };
}

/**
 * A learning rate that is divided by a factor at given points of the run, as in He et al. 2016.
 *
 * @param rate The first rate.
 * @param at These points, as shares of all steps in [0, 1].
 * @param by The factor.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { stepwise } from "@gcln/kit/training";
 *
 * const rate = stepwise(0.1, [0.5, 0.75]);
 * assertAlmostEquals(rate(50, 100), 0.01);
 * assertAlmostEquals(rate(99, 100), 0.001);
 * ```
 */
export function stepwise(rate: number, at: readonly number[], by = 10): Schedule {
  return (step, steps) => rate / by ** at.filter((share) => step >= share * steps).length;
}
