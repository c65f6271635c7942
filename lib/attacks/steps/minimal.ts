import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { type Settings, size } from "../../kinds/mod.ts";
import { optionalBall, signal, tensor } from "./attack_options.ts";
import { type AnyBall, distance, type Norm, project } from "./ball.ts";
import { leadOf } from "../../judge/mod.ts";

/** What the attacks are told that look for the smallest change. */
export interface MinimalOptions {
  /** Where the result has to lie; what is further away is brought into it. Without a ball any distance will do. */
  readonly ball?: AnyBall;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels;
  /** κ: by how much the wrong class has to win, in logits. Default 0. */
  readonly confidence?: number;
  /** Stops the search between two of its steps. */
  readonly signal?: AbortSignal;
}

/** The settings of {@linkcode MinimalOptions}. */
export const minimalSettings: Settings = {
  ball: optionalBall,
  targets: tensor,
  confidence: size({ default: 0 }),
  signal,
};

/** What they find. All tensors are the caller's to free. */
export type MinimalResult = {
  /** `[n, h, w, c]`; where nothing was found, the image as it was. */
  readonly images: Images;
  /** `[n]`, bool: whether `images` are misclassified by the surrogate, with the confidence that was asked for. */
  readonly success: tf.Tensor1D;
  /** `[n]`: how far `images` are from the originals, in the attack's norm; infinite where nothing was found. */
  readonly distance: tf.Tensor1D;
};

/**
 * Completes what a search has found: into the ball if there is one, and then judged anew. What fails comes back as it was.
 *
 * @param surrogate What was attacked.
 * @param batch The images as they were.
 * @param found The nearest success of each image, or the image itself.
 * @param success Which are successes, `[n]`, bool, as the judge says of these images.
 * @param options The attack's, and the norm of its distances.
 */
export function inBall(
  surrogate: Classifier,
  batch: Batch,
  found: { readonly images: Images; readonly success: tf.Tensor1D },
  { ball, targets, confidence = 0, norm }: MinimalOptions & { readonly norm: Norm },
): MinimalResult {
  const near = ball ? project(ball, batch.images, found.images) : found.images;
  const success = ball ? isFooled(surrogate, batch, near, { targets, confidence }) : found.success.clone();
  const images = tf.where<Images>(success.reshape([-1, 1, 1, 1]), near, batch.images);
  return { images, success, distance: farIfFailed(success, distance(norm, images, batch.images)) };
}

/** Which images fool a surrogate by so much, `[n]`, bool. */
export function isFooled(
  surrogate: Classifier,
  { labels }: Batch,
  images: Images,
  { targets, confidence = 0 }: { readonly targets: Labels | undefined; readonly confidence?: number },
): tf.Tensor1D {
  return leadOf(surrogate, images, labels, targets).greater<tf.Tensor1D>(confidence);
}

/** The distance of a success; of a failure it is infinite. */
export function farIfFailed(success: tf.Tensor1D, distance: tf.Tensor1D): tf.Tensor1D {
  return tf.where(success, distance, Infinity) as tf.Tensor1D;
}

/** What a search finds of a batch without images. */
export function ofNothing({ images }: Batch): MinimalResult {
  return { images: images.clone(), success: tf.zeros([0], "bool"), distance: tf.zeros([0]) };
}

/** The images alone of what an attack finds; the rest is freed. */
export async function imagesOf(found: Promise<MinimalResult>): Promise<Images> {
  const { images, success, distance } = await found;
  tf.dispose([success, distance]);
  return images;
}
