import { type Batch, type Images, type Labels, tf } from "../tensor/mod.ts";

/** Throws where images and labels can't belong together. */
export function checkShapes(
  { images, labels }: Batch,
  attacked: { readonly images: Images; readonly targets?: Labels | undefined } | undefined,
): void {
  if (images.rank !== 4) {
    throw new TypeError(`Cannot judge images of shape [${images.shape}]: [n, h, w, c] is wanted`);
  }
  const classes = Object.entries({ labels, ...(attacked?.targets ? { targets: attacked.targets } : {}) });
  for (const [name, { rank, dtype, shape }] of classes) {
    if (rank !== 1 || dtype !== "int32" || shape[0] !== images.shape[0]) {
      throw new TypeError(
        `Cannot judge ${images.shape[0]} images with ${name} of shape [${shape}] and type ${dtype}: ` +
          `[${images.shape[0]}], int32 are wanted`,
      );
    }
  }
  if (attacked && !tf.util.arraysEqual(attacked.images.shape, images.shape)) {
    throw new RangeError(
      `Cannot judge attacked images [${attacked.images.shape}] of images [${images.shape}]: as many of the same size are wanted`,
    );
  }
}

/**
 * Throws where no output stands for a label.
 *
 * @param labels Classes, `[n]`.
 * @param classes How many outputs there are.
 * @param name What they are, for the error.
 */
export function checkLabels(labels: ArrayLike<number>, classes: number, name = "labels"): void {
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! >= 0 && labels[i]! < classes) continue;
    throw new RangeError(
      `Cannot judge ${name} of which one is ${
        labels[i]
      }: the classifier's ${classes} outputs stand for 0 to ${classes - 1}`,
    );
  }
}
