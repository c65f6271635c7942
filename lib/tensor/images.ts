import type { tf } from "./tf.ts";

/** A batch of images, `[n, height, width, channels]`, float32 in [0, 1]. */
export type Images = tf.Tensor4D;

/** The classes of a batch, `[n]`, int32 in [0, classes). */
export type Labels = tf.Tensor1D;

/** What a classifier says before the softmax, `[n, classes]`, float32. */
export type Logits = tf.Tensor2D;

/** Images and their labels. */
export interface Batch {
  /** The images. */
  readonly images: Images;
  /** Their classes, in the same order. */
  readonly labels: Labels;
  /**
   * Which images these are, `[n]`, in the same order: what is drawn at random for an image depends on its id, not on the
   * batch it stands in. Default: their places in the batch.
   */
  readonly ids?: readonly number[];
}

/** Maps images in [0, 1] to logits; whatever normalisation it needs is its own. */
export type Classifier = (images: Images) => Logits;

/** Maps images in [0, 1] to images in [0, 1]: T⁻¹ Q T, then the generator (Figure 1). */
export type Cleaner = (images: Images) => Images;
