import type { Settings } from "../kinds/mod.ts";
import { type Batch, type Classifier, fold, type Images } from "../tensor/mod.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { checkMaker } from "./steps/attack_options.ts";
import { diverseInput, type DiverseInputOptions, diverseInputSettings } from "./diverse_input.ts";
import { type Iterated, run } from "./steps/iterated.ts";
import { momentumAttack, type MomentumOptions, momentumSettings } from "./momentum.ts";
import { redrawn } from "./steps/redrawn.ts";

/** How {@linkcode diFgsm} goes about it: as `momentum`, through images changed as by `diverseInput`. */
export interface DiFgsmOptions extends Omit<MomentumOptions, "decay">, DiverseInputOptions {
  /** μ: how much of the direction so far is kept; 1 is M-DI²-FGSM. Default 0. */
  readonly decay?: number;
}

/** {@linkcode diFgsm} as data. */
export type DiFgsmSpec = Ascent & SpecOf<"diverseInput", DiFgsmOptions, "stepSize" | "steps">;

const settings: Settings = { ...momentumSettings, ...diverseInputSettings };

/**
 * {@linkcode diFgsm} as a start and a step.
 *
 * @param options As for `diFgsm`.
 */
export function diFgsmAttack(options: DiFgsmOptions): Iterated {
  checkMaker("diFgsm", settings, options);
  const { probability, rate, method, seed = 0, ...told } = options;
  const change = Object.fromEntries(
    Object.entries({ probability, rate, method }).filter(([, value]) => value !== undefined),
  );
  const changed = (surrogate: Classifier, seed: number) => diverseInput(surrogate, { ...change, seed });
  return redrawn(momentumAttack({ decay: 0, ...told }), changed, { seed: fold(seed, "diverse") });
}

function attack(surrogate: Classifier, batch: Batch, options: DiFgsmOptions): Images {
  return run(diFgsmAttack(options), surrogate, batch);
}

/**
 * DI²-FGSM (Xie et al. 2019): `bim`, or `momentum`, that sees its images resized and padded at random, anew in each step
 * ({@linkcode diverseInput}), so that what it finds fools other networks more often. In specs it is `"diverseInput"`.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, how to search it, and how images are changed.
 * @returns The attacked images, in the ball and in [0, 1]; the caller's to free.
 * @throws {RangeError} Where the surrogate does not return logits, or an option makes no sense.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { diFgsm, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright, wherever that is.
 * const classifier = (x: tf.Tensor4D) => {
 *   const bright = x.mean([1, 2, 3]).sub(0.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 8, 8, 1], 0.25) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const attacked = diFgsm(classifier, batch, { ball: linf(0.125), stepSize: 0.0625, steps: 4, seed: 1 });
 * assertEquals([...await attacked.slice([0, 4, 4, 0], [1, 1, 2, 1]).data()], [0.375, 0.375]);
 * ```
 */
export const diFgsm: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: DiFgsmOptions) => Images,
  DiFgsmSpec
> = defineAttack(attack, {
  name: "diverseInput",
  title: "DI²-FGSM",
  source: "Xie et al. 2019",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
  required: ["stepSize", "steps"],
  iterated: diFgsmAttack,
  examples: ({ ball, steps }) => ({ "DI²-FGSM": { stepSize: ball.epsilon / 4, steps } }),
});
