import type { Augmentation, Dataset } from "../data/mod.ts";
import { callable, checkSettings, object, type Settings, size } from "../kinds/mod.ts";
import {
  compile,
  type Compiled,
  type CompileOptions,
  fold,
  type Images,
  type Parameters,
  type Progress,
  tf,
  valueAndGradients,
} from "../tensor/mod.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { Fitted } from "./fit_options.ts";
import { resumedFitSettings } from "./fit_settings.ts";
import { trainingLoop } from "./loop.ts";
import { adam, type Optimiser } from "./optimiser.ts";
import { sampler } from "./sampler.ts";
import { cosine, type Schedule } from "./schedule.ts";
import { byNames, group, ungroup } from "./trees.ts";

/** Fields of {@link minimise}. */
export interface MinimiseOptions {
  /** New parameters, which are all learned. */
  readonly init: (seed: number) => Parameters;
  /** The mean loss of a batch. `drawn` is what `draw` made for this step. */
  readonly loss: (parameters: Parameters, images: Images, drawn: Parameters) => tf.Scalar;
  /** Makes the random numbers of a step: new tensors of the same shapes in each step. Default: none. */
  readonly draw?: (count: number, seed: number) => Parameters;
  /** Images seen in all. */
  readonly images: number;
  /** Images a step; default 64. */
  readonly batch?: number;
  /** The learning rate; default half a cosine from 1e-3. */
  readonly schedule?: Schedule;
  /** Default: Adam, with the gradient's joint norm clipped to 1. */
  readonly optimiser?: Optimiser;
  /** Random changes of the images. Default: none. */
  readonly augment?: Augmentation;
  /**
   * The parameters that come out are a moving average over the steps, which keeps this share of itself in each step. Default
   * 0: they are those of the last step.
   */
  readonly average?: number;
  /** What convolutions are computed in; see {@linkcode CompileOptions}. */
  readonly precision?: CompileOptions["precision"];
  /** Fixes the first parameters, the order of the images and all draws. */
  readonly seed: number;
  /** Gets the number of images seen so far, and the loss. */
  readonly progress?: Progress;
  /** Where the run keeps its checkpoint. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps. */
  readonly signal?: AbortSignal;
}

const settings: Settings = {
  ...resumedFitSettings,
  init: callable(),
  loss: callable(),
  draw: callable(),
  optimiser: object("an optimiser"),
  augment: object("random changes such as { shift: 2 }"),
  average: size({ most: 1, default: 0 }),
};

/**
 * Makes a loss of images small: for networks that need no labels, as autoencoders and models of images.
 *
 * @param data The images; their labels are not used.
 * @param options The loss, and how long to train.
 * @returns The parameters, the caller's to free, and the history of the loss.
 * @throws {RangeError} Where an option is not known or does not fit, or there are fewer images than a batch.
 * @throws {DivergedError} When the loss is no number any more.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example The mean colour of the images, as the constant that is nearest to all of them
 * ```ts
 * import { assertLess } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { constant, minimise } from "@gcln/kit/training";
 *
 * await useBackend();
 * const data = await streetDigits("train", { size: 64 });
 * const { parameters } = await minimise(data, {
 *   init: () => ({ colour: tf.zeros([3]) }),
 *   loss: ({ colour }, images) => images.sub(colour!).square().mean() as tf.Scalar,
 *   images: 64 * 100,
 *   schedule: constant(0.02),
 *   seed: 1,
 * });
 * const wrong = parameters.colour!.sub(data.all().images.mean([0, 1, 2])).abs().max();
 * assertLess((await wrong.data())[0]!, 0.05);
 * ```
 */
export async function minimise(data: Dataset, options: MinimiseOptions): Promise<Fitted> {
  checkSettings("minimise", settings, options, ["init", "loss", "images", "seed"]);
  const { images, batch = 64, schedule = cosine(1e-3), augment, seed, draw, average = 0 } = options;
  const { precision = "float32" } = options;
  const optimiser = options.optimiser ?? adam({ clipNorm: 1 });
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, fold(seed, "order"));
  let run: Compiled | undefined;
  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      init() {
        const parameters = options.init(fold(seed, "init"));
        const averaged = average > 0
          ? Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, p.clone()]))
          : {};
        return group({ parameters, averaged, optimiser: tf.tidy(() => optimiser.init(parameters)) });
      },
      step(state, index) {
        const chosen = data.batch(indices(index), { ...augment, seed: fold(seed, "augment", index) });
        const drawn = group({ drawn: draw?.(batch, fold(seed, "draw", index)) ?? {} });
        const rate = tf.scalar(schedule(index, steps)), names = Object.keys(state);
        const inputs = { images: chosen.images, rate, ...drawn, ...state };
        run ??= compile(
          (...tensors) => {
            const { images, rate, ...trees } = byNames(Object.keys(inputs), tensors);
            const { parameters, optimiser: moments, drawn = {}, averaged = {} } = ungroup(trees);
            const { value, gradients } = valueAndGradients(
              (weights) => ({ loss: options.loss(weights, images as Images, drawn), aux: {} }),
              parameters,
            );
            const next = optimiser.update(parameters, gradients, moments, rate as tf.Scalar);
            const followed = Object.entries(averaged).map(([name, mean]) =>
              [name, mean.mul(average).add(next.parameters[name]!.mul(1 - average))] as const
            );
            const made = group({
              parameters: next.parameters,
              averaged: Object.fromEntries(followed),
              optimiser: next.state,
            });
            return [value, ...names.map((name) => made[name]!)];
          },
          Object.values(inputs),
          { precision },
        );
        const [loss, ...next] = run(...Object.values(inputs));
        tf.dispose([chosen.images, chosen.labels, rate, ...Object.values(drawn)]);
        return { facts: { loss: loss as tf.Scalar }, state: byNames(names, next) };
      },
    });
    const { parameters, averaged, optimiser: moments } = ungroup(state);
    tf.dispose(Object.values(moments));
    if (averaged === undefined) return { parameters, history };
    tf.dispose(Object.values(parameters));
    return { parameters: averaged, history };
  } finally {
    run?.dispose();
  }
}
