import type { Fitted } from "./fit_options.ts";
import { minimise, type MinimiseOptions } from "./minimise.ts";
import type { Needed, TrainingRun } from "./network_kind.ts";
import { cosine } from "./schedule.ts";

/** How a network that needs no labels is trained: what the specs of all its kinds have. */
export interface UnlabelledTraining {
  /** The number of training images to use, from the first. */
  readonly examples: number;
  /** Images seen in all. */
  readonly images: number;
  /** Images a step. */
  readonly batch: number;
  /** The peak of the learning rate, which then falls as half a cosine. */
  readonly rate: number;
}

/** What one network of this kind differs in: its first weights, its loss, its draws, its changes of images. */
export type UnlabelledLearner = Pick<MinimiseOptions, "init" | "loss" | "draw" | "augment" | "average">;

/**
 * The training of a kind of networks that need no labels, as autoencoders and models of images: {@linkcode minimise} with the
 * sizes of its spec, and with the data, seed, checkpoints and signal of its run.
 *
 * @param training The sizes, from the spec.
 * @param run The run, as the kind gets it.
 * @param learner The first weights and the loss.
 * @returns The parameters, the caller's to free, and the history of the loss.
 * @throws {RangeError} Where an option is not known or does not fit, or there are fewer images than a batch.
 * @throws {DivergedError} When the loss is no number any more.
 * @throws {DOMException} `AbortError`, when the run's signal fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { fitUnlabelled } from "@gcln/kit/training";
 *
 * await useBackend();
 * const training = { examples: 64, images: 64, batch: 16, rate: 0.1 };
 * const run = { data: await streetDigits("train", { size: 64 }), seed: 1 };
 * const { parameters } = await fitUnlabelled(training, run, {
 *   init: () => ({ mean: tf.zeros([32, 32, 3]) }),
 *   loss: ({ mean }, images) => images.sub(mean!).square().mean() as tf.Scalar,
 * });
 * assertEquals(parameters.mean!.shape, [32, 32, 3]);
 * ```
 */
export async function fitUnlabelled(
  { examples, images, batch, rate }: UnlabelledTraining,
  { data, seed, checkpoints, progress, signal }:
    & Pick<TrainingRun<Needed>, "data" | "seed">
    & Partial<TrainingRun<Needed>>,
  learner: UnlabelledLearner,
): Promise<Fitted> {
  return await minimise(data.take(examples), {
    ...learner,
    images,
    batch,
    schedule: cosine(rate),
    seed,
    ...(checkpoints ? { checkpoints } : {}),
    ...(progress ? { progress } : {}),
    ...(signal ? { signal } : {}),
  });
}
