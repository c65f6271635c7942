import { type AnyBall, checkBatchShapes } from "../attacks/mod.ts";
import type { Network } from "../networks/mod.ts";
import { type Batch, type Classifier, type Images, type Parameters, tf } from "../tensor/mod.ts";
import { checkLinf, perturb } from "./_perturbed.ts";

/** Options of {@link advGan}. */
export interface AdvGanOptions {
  /** The linf ball of the allowed images. If it is not the one of the training, perturbations are scaled to it. */
  readonly ball: AnyBall;
}

/** A trained attack: one pass of its generator perturbs the images. It uses neither the surrogate nor the labels. */
export type GeneratorAttack = (surrogate: Classifier | undefined, batch: Batch) => Images;

/**
 * AdvGAN (Xiao et al. 2018) as an attack: one pass of a generator that {@linkcode fitAdvGan} has trained.
 *
 * AdvGAN needs a surrogate in training only. The surrogate that is given to this attack is ignored.
 *
 * @param generator The generator's architecture.
 * @param parameters Its parameters; the caller frees them.
 * @param options The ball.
 * @returns A function from a batch to attacked images in the ball and in [0, 1].
 * @throws {RangeError} If the ball is not of linf; and, when called, if images do not have the generator's shape.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { contains, linf } from "@gcln/kit/attacks";
 * import { generator } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { advGan } from "@gcln/kit/training";
 *
 * await useBackend();
 * const ball = linf(8 / 255), network = generator({ architecture: "generator", width: 4, channels: 1 });
 * const attack = advGan(network, network.init(1), { ball }); // not trained yet
 * const batch = { images: tf.fill([2, 8, 8, 1], 0.5) as tf.Tensor4D, labels: tf.tensor1d([0, 1], "int32") };
 * assert((await contains(ball, batch.images, attack(undefined, batch))).every(Boolean));
 * ```
 */
export function advGan(
  generator: Network<Images>,
  parameters: Parameters,
  { ball }: AdvGanOptions,
): GeneratorAttack {
  checkLinf(ball);
  return (_surrogate, batch) => {
    checkBatchShapes(batch);
    return tf.tidy(() => perturb(generator, parameters, ball, batch.images).attacked);
  };
}
