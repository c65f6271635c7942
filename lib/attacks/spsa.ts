import { count, type Settings, size } from "../kinds/mod.ts";
import {
  type Batch,
  type Classifier,
  evaluated,
  type Images,
  iterate,
  type Labels,
  random,
  tf,
} from "../tensor/mod.ts";
import { usualAdamStep } from "./steps/adam.ts";
import { attackLoss } from "./steps/attack_loss.ts";
import { logitsOf } from "../judge/mod.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { checkMaker, type IteratedOptions, iteratedSettings } from "./steps/attack_options.ts";
import { project } from "./steps/ball.ts";
import { finite } from "./steps/finite.ts";
import { imageSeeds } from "./steps/image_seeds.ts";
import { type AttackState, type Iterated, run } from "./steps/iterated.ts";
import { projectedAscent } from "./steps/projected_ascent.ts";

/** How {@linkcode spsa} estimates and climbs. */
export interface SpsaOptions extends Omit<IteratedOptions, "stepSize" | "steps"> {
  /** How many steps of Adam there are. Default 100. */
  readonly steps?: number;
  /** Adam's step size, on the [0, 1] scale. Default 0.01. */
  readonly stepSize?: number;
  /** How many random directions a gradient is estimated from; each takes two queries. Default 128. */
  readonly samples?: number;
  /** δ: how far each pixel is moved to see what the loss does, on the [0, 1] scale. Default 0.01. */
  readonly probe?: number;
}

/** {@linkcode spsa} as data. */
export type SpsaSpec = Ascent & SpecOf<"spsa", SpsaOptions>;

const settings: Settings = {
  ...iteratedSettings,
  steps: count({ default: 100 }),
  stepSize: size({ default: 0.01 }),
  samples: count({ least: 1, default: 128 }),
  probe: size({ above: 0, default: 0.01 }),
};

/** As far as two losses may be apart: Adam takes squares. */
const FAR = 1e12;

/**
 * {@linkcode spsa} as a start and a step. The state carries Adam's averages.
 *
 * @param options As for `spsa`.
 * @throws {RangeError} Where counts or sizes make no sense.
 */
export function spsaAttack(options: SpsaOptions): Iterated {
  checkMaker("spsa", settings, options);
  const { stop: _, ...told } = options, { ball: { norm, epsilon }, loss = "margin", seed = 0 } = told;
  const { steps = 100, stepSize = 0.01, samples = 128, probe = 0.01 } = told;
  const plain = projectedAscent({ ...told, start: "original", steps, stride: 0 });

  /** v · (loss(x + δv) − loss(x − δv)) / 2δ, where each pixel of v is −1 or 1. */
  function slope(surrogate: Classifier, state: AttackState, seeds: readonly number[]): Images {
    const { images, labels, targets } = state;
    const inputs: tf.Tensor[] = [images, signs(images.shape, seeds), tf.scalar(probe), labels];
    const difference = (x: tf.Tensor, v: tf.Tensor, delta: tf.Tensor, y: tf.Tensor, t?: tf.Tensor) => {
      const [above, below] = [x.add(v.mul(delta)), x.sub(v.mul(delta))].map((probed) =>
        attackLoss(loss, logitsOf(surrogate, probed as Images), y as Labels, t as Labels | undefined)
      );
      const rise = finite(above!.sub(below!), FAR); // infinity less infinity is NaN
      return [v.mul(rise.div(delta.mul(2)).reshape([-1, 1, 1, 1]))];
    };
    if (targets !== undefined) inputs.push(targets);
    // A loss that is a function has no name by which its graph could be found again.
    const [x, v, delta, y, t] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    const [estimate] = typeof loss === "function" ? difference(x, v, delta, y, t) : evaluated(
      surrogate,
      `spsa ${loss}`,
      inputs,
      (x, v, delta, y, t) => difference(x!, v!, delta!, y!, t),
    );
    return estimate as Images;
  }

  return {
    steps,
    start(batch: Batch): AttackState {
      const { images } = batch;
      return { ...plain.start(batch), mean: tf.zerosLike(images), square: tf.zerosLike(images) };
    },
    step(
      surrogate: Classifier,
      state: AttackState,
      index: number,
      ids?: readonly number[],
    ): AttackState {
      const { images, original, radius = epsilon } = state;
      const sum = iterate(
        tf.zerosLike(images),
        samples,
        (sum, sample) =>
          sum.add(slope(surrogate, state, imageSeeds({ images, ids }, seed, "spsa", index, sample))),
      );
      const averages = { mean: state.mean!, square: state.square! };
      const { variable, mean, square } = usualAdamStep(images, sum.div(-samples), averages, {
        stepSize,
        index,
      });
      return { ...state, images: project({ norm, epsilon: radius }, original, variable), mean, square };
    },
  };
}

/** −1 or 1, each as likely; a random number gives 32 of them. */
function signs(shape: Images["shape"], seeds: readonly number[]): Images {
  const values = new Float32Array(tf.util.sizeFromShape(shape)), each = values.length / seeds.length;
  seeds.forEach((seed, image) => {
    const next = random(seed);
    for (let i = 0, bits = 0; i < each; i++) {
      bits = i % 32 === 0 ? next() * 2 ** 32 | 0 : bits >>> 1;
      values[image * each + i] = (bits & 1) * 2 - 1;
    }
  });
  return tf.tensor(values, shape);
}

function attack(victim: Classifier, batch: Batch, options: SpsaOptions): Images {
  return run(spsaAttack(options), victim, batch);
}

/**
 * SPSA (Uesato et al. 2018): gradient ascent by Adam with a gradient that is estimated from the loss alone, so that
 * what hides gradients does not stop it. See also `square`.
 *
 * Along random directions v of −1 and 1, (loss(x + δv) − loss(x − δv)) / 2δ · v is the gradient plus noise, which the
 * mean of many has less of. The probed images x ± δv may leave the ball and [0, 1]; the result does not.
 *
 * Departure: there is no early end, so that it can be compared with the same number of queries:
 * 2 · `samples` · `steps` for each image.
 *
 * @param victim What is asked, images `[n, h, w, c]` to logits `[n, classes]`. It is never differentiated.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, and how long to search it. The loss is the margin unless given.
 * @returns The images after the last step, in the ball and in [0, 1]; the caller's to free.
 * @throws {RangeError} Where the victim does not return logits, or numbers do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, spsa } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the left pixel is brighter than the right one; bytes have no gradient.
 * const classifier = (x: tf.Tensor4D) => x.mul(255).round().reshape([1, 2]).reverse(1) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const attacked = spsa(classifier, batch, { ball: linf(0.125), samples: 16, steps: 20, stepSize: 0.05 });
 * assertEquals([...await attacked.data()], [0.375, 0.375]);
 * ```
 */
export const spsa: IteratedAttack<
  (victim: Classifier, batch: Batch, options: SpsaOptions) => Images,
  SpsaSpec
> = defineAttack(attack, {
  name: "spsa",
  title: "SPSA",
  source: "Uesato et al. 2018",
  asks: "scores",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
  iterated: spsaAttack,
  examples: ({ queries }) => ({ "SPSA": { steps: Math.max(1, Math.round(queries / 64)), samples: 32 } }),
});
