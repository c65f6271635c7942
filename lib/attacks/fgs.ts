import type { Settings } from "../kinds/mod.ts";
import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { type AttackOptions, attackSettings, checkMaker } from "./steps/attack_options.ts";
import { type Iterated, run } from "./steps/iterated.ts";
import { projectedAscent } from "./steps/projected_ascent.ts";

/** {@linkcode fgs} as data. */
export type FgsSpec = Ascent & SpecOf<"fgs", unknown>;

const settings: Settings = attackSettings;

/**
 * {@linkcode fgs} as a start and a step.
 *
 * @param options As for `fgs`.
 */
export function fgsAttack(options: AttackOptions): Iterated {
  checkMaker("fgs", settings, options);
  return projectedAscent({ ...options, start: "original", steps: 1, stride: { radii: 1 } });
}

function attack(surrogate: Classifier, batch: Batch, options: AttackOptions): Images {
  return run(fgsAttack(options), surrogate, batch);
}

/**
 * The fast gradient sign method (Goodfellow et al. 2015): one step of size ε in the steepest direction.
 *
 * x + ε sign ∇ loss for linf; along the gradient for l2; for l1 on the 1 % steepest pixels, or on as
 * many as it takes to spend the whole radius.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes. (PixelDefend's tables put the predicted classes here.)
 * @param options The ball.
 * @returns The attacked images, in the ball and in [0, 1]; the caller's to free.
 * @throws {RangeError} Where the surrogate does not return logits, or counts do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fgs, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the left pixel is brighter than the right one.
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 2]).reverse(1) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const attacked = fgs(classifier, batch, { ball: linf(0.125) });
 * assertEquals([...await attacked.data()], [0.375, 0.375]);
 * ```
 */
export const fgs: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: AttackOptions) => Images,
  FgsSpec
> = defineAttack(attack, {
  name: "fgs",
  title: "FGS",
  source: "Goodfellow et al. 2015",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
  oneStep: true,
  sameStep: true,
  iterated: fgsAttack,
  examples: () => ({ "FGS": {} }),
});
