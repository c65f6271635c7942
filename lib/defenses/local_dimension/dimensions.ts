import { features, type Owner } from "../../networks/mod.ts";
import { fold, type Images, permutation, tf } from "../../tensor/mod.ts";
import type { TrainedClassifier } from "../../training/mod.ts";
import { localDimension } from "./local_dimension.ts";

/** How many near images count, and how many images there are to choose from (Ma et al. 2018: a minibatch). */
const NEAR = 20, REFERENCE = 100;

/** Where in the training set the images of each purpose are: no image serves two. */
export interface Parts {
  /** Those whose activations images are compared with. */
  readonly reference: Uint32Array;
  /** Those that the detector learns from. */
  readonly learned: Uint32Array;
  /** Those that the threshold is set by. */
  readonly heldOut: Uint32Array;
}

/**
 * Splits a training set for the detector.
 *
 * @param size How many images it has.
 * @param images How many are wanted to learn from, and as many to set the threshold by: fewer where there are too few.
 * @throws {RangeError} Where there are not enough images for the reference and 100 others.
 */
export function partsOf(size: number, images: number, seed: number): Parts {
  if (size < REFERENCE + 100) {
    throw new RangeError(`Cannot detect by ${size} training images: at least ${REFERENCE + 100} are wanted`);
  }
  const order = permutation(size, fold(seed, "local dimension"));
  const each = Math.min(images, Math.floor((size - REFERENCE) / 2));
  return {
    reference: order.slice(0, REFERENCE),
    learned: order.slice(REFERENCE, REFERENCE + each),
    heldOut: order.slice(REFERENCE + each, REFERENCE + 2 * each),
  };
}

/** From images to their local dimensions, `[n, layers]`. */
export type Dimensions = (images: Images) => tf.Tensor2D;

/**
 * The local dimensions of images among those of a reference batch: of the pixels, of each stage of the classifier, and of its
 * logits. They have a gradient.
 *
 * @param classifier Its activations are compared.
 * @param reference Clean training images; they stay the caller's.
 * @returns A function that owns the reference's activations.
 */
export function dimensionsAmong(classifier: TrainedClassifier, reference: Images): Dimensions & Owner {
  const stages = features(classifier.network, classifier.parameters, classifier.network.layers);
  const levels = (images: Images): tf.Tensor2D[] =>
    [images, ...stages(images), classifier(images)].map((level) => level.reshape([images.shape[0], -1]));
  const others = tf.tidy(() => levels(reference).map((level) => level.clone()));
  for (const level of others) tf.keep(level);
  const dimensions: Dimensions = (images) =>
    tf.stack(levels(images).map((level, i) => localDimension(level, others[i]!, NEAR)), 1) as tf.Tensor2D;
  return Object.assign(dimensions, {
    dispose() {
      stages.dispose();
      tf.dispose(others);
    },
  });
}
