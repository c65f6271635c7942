import type { tf } from "./tf.ts";

/** A batch of images, `[n, height, width, channels]`, float32 in [0, 1]. */
export type Images = tf.Tensor4D;

/** The classes of a batch, `[n]`, int32 in [0, classes). */
export type Labels = tf.Tensor1D;

/** A classifier's outputs before the softmax, `[n, classes]`, float32. */
export type Logits = tf.Tensor2D;

/** Images and their labels. */
export interface Batch {
  /** The images. */
  readonly images: Images;
  /** Their classes, in the same order. */
  readonly labels: Labels;
  /**
   * The ids of the images, `[n]`, in the same order. Random numbers for an image depend on its id, so they are the same
   * in any batch. Default: their places in the batch.
   */
  readonly ids?: readonly number[];
}

/** Maps images in [0, 1] to logits; it normalises its own input. */
export type Classifier = (images: Images) => Logits;

/** Maps images in [0, 1] to images in [0, 1]: T⁻¹ Q T, then the generator (Figure 1). */
export type Cleaner = (images: Images) => Images;
