/** Classifiers of which it is known how an attack on them fails. Class 0 is dark, class 1 bright. */
import { type Batch, type Classifier, type Images, normal, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

const shape = [3, 4, 1] as const;

/** How bright an image is beyond 1/2, `[n]`. */
const brightness = (images: Images): tf.Tensor1D => images.mean<tf.Tensor1D>([1, 2, 3]).sub(0.5);

/** Logits of which the second is larger where `score` is above 0. */
export const twoClasses = (score: tf.Tensor): tf.Tensor2D => tf.stack([score.neg(), score], 1) as tf.Tensor2D;

/** Nothing to hide: bright, or dark. */
export const plain: Classifier = (images) => twoClasses(brightness(images).mul(20));

/** The same of pixels that are black or white: rounding has no gradient. */
export const quantized: Classifier = (images) => plain(images.round());

let draw = 0;

/** The same with other noise at each call. */
export const noisy: Classifier = (images) => {
  const noise = normal<tf.Rank.R1>([images.shape[0]], 0, 1, draw++);
  return twoClasses(brightness(images).mul(20).add(noise));
};

/** Bright is only what lies in a narrow band, which a step jumps over: from 0.5 up, 0.53 to 0.59. */
export const band: Classifier = (images) =>
  twoClasses(tf.sub(0.03, brightness(images).sub(0.06).abs<tf.Tensor>()).mul(20));

/** The gradient of the plain classifier points the wrong way. */
export const masked: Classifier = (images) => {
  const turned = tf.customGrad((x) => ({
    value: (x as Images).clone(),
    gradFunc: (dy: tf.Tensor) => dy.neg(),
  }));
  return plain(turned(images) as Images);
};

/** Only the left half of the image counts. */
export const leftHalf: Classifier = (images) => plain(images.slice([0, 0, 0, 0], [-1, -1, 2, -1]));

/** Only the right half of the image counts. */
export const rightHalf: Classifier = (images) => plain(images.slice([0, 0, 2, 0], [-1, -1, 2, -1]));

/** Images of one brightness each, all of them of class 0. */
export function dark(...levels: number[]): Batch {
  const images = tf.tensor4d(levels.flatMap((level) => Array<number>(12).fill(level)), [
    levels.length,
    ...shape,
  ]);
  return { images, labels: tf.zeros([levels.length], "int32") };
}
