import { checkSettings, object, type Settings } from "../kinds/mod.ts";
import { generator, type Network, type Owner } from "../networks/mod.ts";
import {
  type Cleaner,
  compile,
  type Compiled,
  fold,
  type Images,
  type Parameters,
  type Progress,
  tf,
  uniform,
  valueAndGradients,
} from "../tensor/mod.ts";
import type { Dataset } from "../data/mod.ts";
import type { HistoryEntry } from "./history.ts";
import { fitSettings } from "./fit_settings.ts";
import { trainingLoop } from "./loop.ts";
import { adam } from "./optimiser.ts";
import { sampler } from "./sampler.ts";
import { cosine, type Schedule } from "./schedule.ts";
import { byNames, group, ungroup } from "./trees.ts";

/** Fields of {@link backwardThrough}. */
export interface BackwardThroughOptions {
  /** The network that imitates the stage, from images to images; default: the kit's `generator` of width 16. */
  readonly network?: Network<Images>;
  /** The number of images to train on, with repeats. */
  readonly images: number;
  /** Images in a step; default 64. */
  readonly batch?: number;
  /**
   * The largest random change of each training pixel, on the [0, 1] scale; default 16 / 255. The substitute is
   * differentiated at attacked images, so it has to be accurate near the clean ones.
   */
  readonly reach?: number;
  /** The learning rate; default: {@link cosine} with peak 3e-3. */
  readonly schedule?: Schedule;
  /** The seed of the first weights, the order of the images and their random changes. */
  readonly seed: number;
  /** Receives the number of images so far, and the share of the change that is not explained. */
  readonly progress?: Progress;
  /** Stops the training between two steps; nothing is kept. */
  readonly signal?: AbortSignal;
}

/** A network that imitates a stage: its output is close to the stage's, and it has a useful gradient. */
export interface LearnedSubstitute extends Owner {
  /** From `[n, h, w, c]` in [0, 1] to images of the same shape, not clipped. */
  (images: Images): Images;
  /** Its weights; `dispose` frees them. */
  readonly parameters: Parameters;
  /**
   * The history of the training. `unexplained` is the mean squared error, divided by the mean square of the stage's change of
   * the images: 0 means equal to the stage, 1 means no better than the identity.
   */
  readonly history: readonly HistoryEntry[];
}

/**
 * A learned substitute for BPDA: a small network that is fitted to imitate a stage without a useful gradient, such as
 * the exact quantized transform or a whole cleaner. {@linkcode bpda} takes it as `backward`:
 *
 *     defend(classifier, bpda(cleaner, { backward: await backwardThrough(cleaner, data, options) }))
 *
 * Athalye et al. 2018 do not say how to find a differentiable g(x) ≈ f(x). Use this function where neither the identity nor
 * a formula is good enough. A small network can't imitate the steps of rounding, so it learns a smooth form of the stage.
 * The kit's generator starts as the identity, so without training this is the simplest form of BPDA.
 *
 * @param stage A function from images to images of the same shape. It is not differentiated, and may draw random numbers.
 * @param data Images like those that will be attacked; their labels are not used.
 * @returns The substitute, with `dispose`.
 * @throws {RangeError} If the stage changes the shape of its images, or `reach` is negative.
 * @throws {DivergedError} If the loss becomes NaN or infinite.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertLess } from "@std/assert";
 * import { bpda } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { generator } from "@gcln/kit/networks";
 * import { type Images, useBackend } from "@gcln/kit/tensor";
 * import { backwardThrough } from "@gcln/kit/training";
 *
 * await useBackend();
 * const negative = (images: Images) => images.mul(-8).round().div(8).add(1) as Images; // the identity misleads
 * const substitute = await backwardThrough(negative, await streetDigits("train", { size: 32 }), {
 *   network: generator({ architecture: "generator", width: 4, channels: 3 }),
 *   images: 512,
 *   batch: 16,
 *   seed: 1,
 * });
 * assertLess(substitute.history.at(-1)!.unexplained!, 0.9);
 * const stage = bpda(negative, { backward: substitute }); // its values are those of `negative`
 * ```
 */
export async function backwardThrough(
  stage: Cleaner,
  data: Dataset,
  options: BackwardThroughOptions,
): Promise<LearnedSubstitute> {
  checkSettings("backwardThrough", backwardThroughSettings, options, ["images", "seed"]);
  const { images, batch = 64, reach = 16 / 255, schedule = cosine(3e-3), seed, progress, signal } = options;
  const { network = generator({ architecture: "generator", width: 16, channels: channelsOf(data) }) } =
    options;
  if (!(reach >= 0 && reach <= 1)) {
    throw new RangeError(`Cannot move pixels by ${reach}: a number from 0 to 1 is wanted`);
  }
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, fold(seed, "order"));
  let run: Compiled | undefined, names: readonly string[] = [];
  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
      init() {
        const parameters = network.init(fold(seed, "init"));
        return group({ parameters, optimiser: tf.tidy(() => optimiser.init(parameters)) });
      },
      step(state, index) {
        const chosen = data.batch(indices(index));
        const [seen, shown] = example(stage, chosen.images, reach, fold(seed, "reach", index));
        const rate = tf.scalar(schedule(index, steps));
        const inputs = [seen, shown, rate, ...Object.values(state)];
        if (run === undefined) {
          names = Object.keys(state);
          run = compile((x, y, rate, ...tensors) => {
            const trees = ungroup(byNames(names, tensors));
            const { value, gradients } = valueAndGradients((weights) => {
              const wrong = network.apply(weights, x as Images).squaredDifference(y!).mean();
              const changed = y!.squaredDifference(x!).mean();
              return { loss: wrong.div(changed.add(1e-12)) as tf.Scalar, aux: {} };
            }, trees.parameters);
            const next = optimiser.update(trees.parameters, gradients, trees.optimiser, rate as tf.Scalar);
            const state = group({ parameters: next.parameters, optimiser: next.state });
            return [value, ...names.map((name) => state[name]!)];
          }, inputs);
        }
        const [unexplained, ...next] = run(...inputs);
        tf.dispose([chosen.images, chosen.labels, seen, shown, rate]);
        return { facts: { unexplained: unexplained as tf.Scalar }, state: byNames(names, next) };
      },
    });
    const { parameters, optimiser: moments } = ungroup(state);
    tf.dispose(Object.values(moments));
    return Object.assign((images: Images) => tf.tidy(() => network.apply(parameters, images)), {
      parameters,
      history,
      dispose: () => tf.dispose(Object.values(parameters)),
    });
  } finally {
    run?.dispose();
  }
}

const backwardThroughSettings: Settings = {
  ...fitSettings,
  network: object("a network"),
  reach: { wanted: "a number", accepts: (value) => typeof value === "number", default: 16 / 255 },
};

const optimiser = adam({ beta2: 0.99, clipNorm: 1 });

function channelsOf({ name, shape: [, , channels] }: Dataset): 1 | 3 {
  if (channels === 1 || channels === 3) return channels;
  throw new RangeError(`Cannot make a substitute for the ${channels} channels of ${name}: give a network`);
}

/** Images with a random change within `reach` and [0, 1], and the stage's output for them. */
function example(stage: Cleaner, images: Images, reach: number, seed: number): [seen: Images, shown: Images] {
  return tf.tidy(() => {
    const seen = images.add(uniform(images.shape, -reach, reach, seed)).clipByValue(0, 1) as Images;
    const shown = stage(seen).clone();
    if (!tf.util.arraysEqual(shown.shape, seen.shape)) {
      throw new RangeError(`Cannot imitate a stage that maps images [${seen.shape}] to [${shown.shape}]`);
    }
    return [seen, shown];
  });
}
