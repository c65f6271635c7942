import { count, type Settings } from "../kinds/mod.ts";
import { type Batch, type Classifier, type Images, type Labels, tf } from "../tensor/mod.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { type AttackOptions, attackSettings, checkBatchShapes, checkMaker } from "./steps/attack_options.ts";
import { radii, randomStart } from "./steps/ball.ts";
import { imageSeeds } from "./steps/image_seeds.ts";
import { type AttackState, type Iterated, run } from "./steps/iterated.ts";
import { keepStronger } from "./steps/strongest_of.ts";
import { leadOf } from "../judge/mod.ts";

/** How {@linkcode noise} draws. */
export interface NoiseOptions extends Omit<AttackOptions, "loss"> {
  /** How many draws each image gets. Default 10. */
  readonly draws?: number;
}

/** {@linkcode noise} as data. */
export type NoiseSpec = Ascent & SpecOf<"noise", NoiseOptions>;

const { loss: _, ...plain } = attackSettings;
const settings: Settings = { ...plain, draws: count({ default: 10 }) };

/**
 * {@linkcode noise} as a start and a step; each step is a draw. More draws are more steps, a restart draws the same.
 *
 * @param options As for `noise`.
 */
export function noiseAttack(options: NoiseOptions): Iterated {
  checkMaker("noise", settings, options);
  const { ball: { norm, epsilon }, targets, seed = 0, draws = 10 } = options;
  return {
    steps: draws,
    start(batch: Batch): AttackState {
      checkBatchShapes(batch, targets);
      const { images, labels } = batch, count = images.shape[0];
      return {
        images: images.clone(),
        original: images,
        labels,
        lead: tf.fill([count], -Infinity),
        ...(targets ? { targets } : {}),
        ...(typeof epsilon === "number" ? {} : { radius: radii({ norm, epsilon }, count) }),
      };
    },
    step(
      surrogate: Classifier,
      state: AttackState,
      index: number,
      ids?: readonly number[],
    ): AttackState {
      const { original, labels, targets, radius = epsilon } = state;
      const seeds = imageSeeds({ images: original, ids }, seed, "noise", index);
      const images = randomStart({ norm, epsilon: radius }, original, seeds);
      const drawn = { images, lead: leadOf(surrogate, images, labels, targets as Labels | undefined) };
      return {
        ...state,
        ...keepStronger({ images: state.images, lead: state.lead as tf.Tensor1D }, drawn),
      };
    },
  };
}

function attack(surrogate: Classifier, batch: Batch, options: NoiseOptions): Images {
  return run(noiseAttack(options), surrogate, batch);
}

/**
 * Uniform noise in the ball, the best of so many draws: the floor that every attack should be above (Carlini et al.
 * 2019). It needs no gradient.
 *
 * @param surrogate What judges the draws, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, and how many draws.
 * @returns For each image the draw of the largest margin; without draws the image. The caller's to free.
 * @throws {RangeError} Where the surrogate does not return logits.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { contains, linf, noise } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 4]) as tf.Tensor2D;
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.5) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const attacked = noise(classifier, batch, { ball: linf(8 / 255), draws: 3 });
 * assert((await contains(linf(8 / 255), batch.images, attacked))[0]);
 * ```
 */
export const noise: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: NoiseOptions) => Images,
  NoiseSpec
> = defineAttack(attack, {
  name: "noise",
  title: "Noise",
  source: "Carlini et al. 2019",
  asks: "nothing",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
  required: ["draws"],
  steady: true,
  iterated: noiseAttack,
  examples: ({ steps }) => ({ "Noise": { draws: steps } }),
});
