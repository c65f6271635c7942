import { type Settings, size } from "../kinds/mod.ts";
import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { checkMaker, type IteratedOptions, iteratedSettings } from "./steps/attack_options.ts";
import { type Iterated, run } from "./steps/iterated.ts";
import { projectedAscent } from "./steps/projected_ascent.ts";

/** How {@linkcode momentum} goes about it. */
export interface MomentumOptions extends Omit<IteratedOptions, "seed"> {
  /** μ: how much of the direction so far is kept; 0 is `bim`. Default 1. */
  readonly decay?: number;
}

/** {@linkcode momentum} as data. */
export type MomentumSpec = Ascent & SpecOf<"momentum", MomentumOptions, "stepSize" | "steps">;

/** The settings of {@linkcode MomentumOptions}. */
export const momentumSettings: Settings = { ...iteratedSettings, decay: size({ default: 1 }) };

/**
 * {@linkcode momentum} as a start and a step. The state carries g as `velocity`, `[n, h, w, c]`.
 *
 * @param options As for `momentum`.
 * @throws {RangeError} Where steps, step size or decay make no sense.
 */
export function momentumAttack(options: MomentumOptions): Iterated {
  checkMaker("momentum", momentumSettings, options);
  const { steps = 10, stepSize, decay = 1 } = options;
  return projectedAscent({
    ...options,
    start: "original",
    steps,
    stride: stepSize ?? { radii: 1 / 8 }, //                                        Dong et al., Eq. (7)
    accumulate: (velocity, gradient) => velocity.mul(decay).add<Images>(perMean(gradient)), // Dong et al., Eq. (6)
  });
}

const PIXELS = [1, 2, 3], SMALLEST = 2 ** -126; // of the normal float32 numbers

/** A gradient over the mean of its absolute values, image by image; 0 where it is 0. */
function perMean(gradient: Images): Images {
  return gradient.div(gradient.abs().mean(PIXELS, true).maximum(SMALLEST));
}

function attack(surrogate: Classifier, batch: Batch, options: MomentumOptions): Images {
  return run(momentumAttack(options), surrogate, batch);
}

/**
 * The momentum iterative method, MI-FGSM (Dong et al. 2018): `bim` along a running sum of the gradients, which carries
 * it over the surrogate's own small hills, so that the result fools other networks more often.
 *
 * Dong et al., Eq. (6): g ← μ g + ∇ / mean |∇|; Dong et al., Eq. (7): x ← Π(x + α sign g); for l2 α g / ‖g‖₂ takes the
 * place of the sign, for l1 the sparse step of `pgd`. The gradient is normalised image by image before it is added, in
 * each norm.
 *
 * Departure: the paper divides by the sum |∇|; its authors' code by the mean, as here. With a sign after it, that is
 * the same. The step size is ε / 8 unless given, as everywhere here; the paper takes ε / `steps`.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, how to search it, and μ.
 * @returns The attacked images, in the ball and in [0, 1]; the caller's to free.
 * @throws {RangeError} Where the surrogate does not return logits, or counts do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, momentum } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the left pixel is brighter than the right one.
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 2]).reverse(1) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const attacked = momentum(classifier, batch, { ball: linf(0.125), stepSize: 0.0625, decay: 1 });
 * assertEquals([...await attacked.data()], [0.375, 0.375]);
 * ```
 */
export const momentum: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: MomentumOptions) => Images,
  MomentumSpec
> = defineAttack(attack, {
  name: "momentum",
  title: "MI-FGSM",
  source: "Dong et al. 2018",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings: momentumSettings,
  required: ["stepSize", "steps"],
  sameStep: true,
  steady: true,
  iterated: momentumAttack,
  examples: ({ ball, steps }) => ({ "MI-FGSM": { stepSize: ball.epsilon / 4, steps } }),
});
