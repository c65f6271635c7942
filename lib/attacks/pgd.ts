import { count, type Settings, word } from "../kinds/mod.ts";
import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { checkMaker, type IteratedOptions, iteratedSettings } from "./steps/attack_options.ts";
import { runRestarts } from "./steps/restarts.ts";
import type { Iterated } from "./steps/iterated.ts";
import { projectedAscent } from "./steps/projected_ascent.ts";

/** How {@linkcode pgd} goes about it. */
export interface PgdOptions extends IteratedOptions {
  /** Uniformly in the ball, or at the image itself. Default `"random"`. */
  readonly start?: "random" | "original";
  /** How often to begin anew; of all results the strongest stays, image by image. Default 1. */
  readonly restarts?: number;
}

/** {@linkcode pgd} as data. */
export type PgdSpec = Ascent & SpecOf<"pgd", PgdOptions, "stepSize" | "steps">;

const settings: Settings = {
  ...iteratedSettings,
  start: word(["random", "original"], { default: "random" }),
  restarts: count({ least: 1, default: 1 }),
};

/**
 * {@linkcode pgd} as a start and a step.
 *
 * @param options As for `pgd`; `restarts` is for who runs it.
 * @throws {RangeError} Where steps or step size make no sense.
 */
export function pgdAttack(options: PgdOptions): Iterated {
  checkMaker("pgd", settings, options);
  const { steps = 10, stepSize, start = "random" } = options;
  return projectedAscent({ ...options, start, steps, stride: stepSize ?? { radii: 1 / 8 } });
}

function attack(surrogate: Classifier, batch: Batch, options: PgdOptions): Images {
  return runRestarts(pgdAttack(options), surrogate, batch, options);
}

/**
 * Projected gradient descent (Madry et al. 2018): steps in the steepest direction, each brought back into the ball.
 *
 * x ← Π(x + α · steepest ∇ Σ loss). Where the gradient is 0 an image stays where it is. The step's loss is the sum over
 * the batch, so that small gradients do not underflow.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, and how to search it.
 * @returns The attacked images, in the ball and in [0, 1]; the caller's to free. With restarts the strongest of each
 * image by its margin, else the last.
 * @throws {RangeError} Where the surrogate does not return logits, or counts do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, pgd } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright.
 * const classifier = (x: tf.Tensor4D) => {
 *   const bright = x.mean([1, 2, 3]).sub(0.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.25) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const attacked = pgd(classifier, batch, { ball: linf(0.125), stepSize: 0.0625, steps: 10 });
 * assertEquals([...await attacked.data()], [0.375, 0.375, 0.375, 0.375]);
 * ```
 */
export const pgd: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: PgdOptions) => Images,
  PgdSpec
> = defineAttack(attack, {
  name: "pgd",
  title: "PGD",
  source: "Madry et al. 2018",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
  required: ["stepSize", "steps"],
  sameStep: true,
  steady: true,
  goesOnFrom: "its images",
  iterated: pgdAttack,
  examples({ ball, steps }) {
    const plain = { stepSize: ball.epsilon / 4, steps };
    return { "PGD": plain, "PGD, margin": { ...plain, loss: "margin" } };
  },
});
