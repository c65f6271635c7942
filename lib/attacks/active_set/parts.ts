import { type Batch, type Images, tf } from "../../tensor/mod.ts";
import { batchSizeFor } from "./sizes.ts";

/** Some images of a batch: row i of `images` is row `rows[i]` of it; rows that follow are padding. */
export interface Part {
  /** The rows of these images in the batch. */
  readonly rows: readonly number[];
  /** The images and padding, `[m, h, w, c]`; m is at least the number of rows. */
  readonly images: Images;
}

/** Some images of a batch, padded. */
export interface Subset extends Batch {
  /** The ids of the images, padding included. */
  readonly ids: readonly number[];
  /** The row of each image in the whole batch, padding included. */
  readonly paddedRows: readonly number[];
}

/**
 * Some images of a batch as a new batch, padded with the first of them to the size {@linkcode batchSizeFor}.
 *
 * @param batch The whole batch.
 * @param rows The rows of the images, at least one.
 * @returns New tensors; the caller frees them.
 */
export function subset(batch: Batch, rows: readonly number[]): Subset {
  const paddedRows = padding(rows, batchSizeFor(rows.length, batch.images.shape[0]));
  return tf.tidy(() => {
    const indices = tf.tensor1d(paddedRows, "int32");
    return {
      images: batch.images.gather(indices),
      labels: batch.labels.gather(indices),
      ids: paddedRows.map((row) => batch.ids?.[row] ?? row),
      paddedRows,
    };
  });
}

/** The rows, padded with the first of them to this size. */
export function padding(rows: readonly number[], size: number): number[] {
  return Array.from({ length: size }, (_, i) => rows[i] ?? rows[0]!);
}

/**
 * Joins the parts of a batch in the order of the batch.
 *
 * @param parts The parts, which contain every image. If an image is in several parts, the last one is used.
 * @param count The number of images in the batch.
 * @returns The images, `[count, h, w, c]`; the caller frees them.
 */
export function inOrder(parts: readonly Part[], count: number): Images {
  const indices = new Int32Array(count);
  let from = 0;
  for (const { rows, images } of parts) {
    rows.forEach((row, i) => indices[row] = from + i);
    from += images.shape[0];
  }
  return tf.tidy(() => tf.concat(parts.map(({ images }) => images)).gather(tf.tensor1d(indices, "int32")));
}
