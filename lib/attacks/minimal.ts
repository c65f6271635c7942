import { type Batch, type Classifier, type Images, type Labels, tf } from "../tensor/mod.ts";
import { type Settings, size } from "../kinds/mod.ts";
import { optionalBall, tensor } from "./attack_options.ts";
import { type AnyBall, distance, type Norm, project } from "./ball.ts";
import { strength } from "./strength.ts";

/** What the attacks are told that look for the smallest change. */
export interface MinimalOptions {
  /** Where the result has to lie; what is further away is brought into it. Without a ball any distance will do. */
  readonly ball?: AnyBall;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels;
  /** κ: by how much the wrong class has to win, in logits. Default 0. */
  readonly confidence?: number;
}

/** The settings of {@linkcode MinimalOptions}. */
export const minimalSettings: Settings = {
  ball: optionalBall,
  targets: tensor,
  confidence: size({ default: 0 }),
};

/** What they find. All tensors are the caller's to free. */
export type MinimalResult = {
  /** `[n, h, w, c]`; where nothing was found, the image as it was. */
  readonly images: Images;
  /** `[n]`, bool: whether `images` are misclassified by the surrogate, with the confidence that was asked for. */
  readonly success: tf.Tensor1D;
  /** `[n]`: how far `images` are from the originals, in the attack's norm. */
  readonly distance: tf.Tensor1D;
};

/**
 * Completes what a search has found: into the ball if there is one, and then judged anew. What fails comes back as it was.
 *
 * @param surrogate What was attacked.
 * @param batch The images as they were.
 * @param found The nearest success of each image, or the image itself.
 * @param success Which are successes, `[n]`, bool.
 * @param options The attack's, and the norm of its distances.
 */
export function inBall(
  surrogate: Classifier,
  batch: Batch,
  found: { readonly images: Images; readonly success: tf.Tensor1D },
  { ball, targets, confidence = 0, norm }: MinimalOptions & { readonly norm: Norm },
): MinimalResult {
  if (!ball) {
    const images = found.images.clone();
    return { images, success: found.success.clone(), distance: distance(norm, images, batch.images) };
  }
  const near = project(ball, batch.images, found.images);
  const success = strength(surrogate, near, batch.labels, targets).greater<tf.Tensor1D>(confidence);
  const images = tf.where(success.reshape([-1, 1, 1, 1]), near, batch.images);
  return { images, success, distance: distance(norm, images, batch.images) };
}

/** The images alone of what an attack finds; the rest is freed. */
export async function imagesOf(found: Promise<MinimalResult>): Promise<Images> {
  const { images, success, distance } = await found;
  tf.dispose([success, distance]);
  return images;
}
