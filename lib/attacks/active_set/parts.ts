import { type Batch, type Images, tf } from "../../tensor/mod.ts";
import { placesFor } from "./sizes.ts";

/** Some images of a batch: row i of `images` is row `rows[i]` of it; rows that follow are padding. */
export interface Part {
  /** Which images of the batch these are. */
  readonly rows: readonly number[];
  /** `[m, h, w, c]`, m at least as many as there are rows. */
  readonly images: Images;
}

/** Some images of a batch, padded. */
export interface Subset extends Batch {
  /** Which images they are. */
  readonly ids: readonly number[];
  /** Which image of the whole batch each one is, padding among them. */
  readonly places: readonly number[];
}

/**
 * A batch of some of a batch's images, padded by the first of them to a size of {@linkcode placesFor} them.
 *
 * @param batch The whole.
 * @param rows Which, at least one.
 * @returns New tensors, the caller's to free.
 */
export function subset(batch: Batch, rows: readonly number[]): Subset {
  const places = padding(rows, placesFor(rows.length, batch.images.shape[0]));
  return tf.tidy(() => {
    const indices = tf.tensor1d(places, "int32");
    return {
      images: batch.images.gather(indices),
      labels: batch.labels.gather(indices),
      ids: places.map((row) => batch.ids?.[row] ?? row),
      places,
    };
  });
}

/** The rows, and the first of them again until there are so many. */
export function padding(rows: readonly number[], places: number): number[] {
  return Array.from({ length: places }, (_, i) => rows[i] ?? rows[0]!);
}

/**
 * The images of a whole batch, put together again from its parts.
 *
 * @param parts Every image is in one of them; where it is in several, the last counts.
 * @param count How many images there are.
 * @returns `[count, h, w, c]`, the caller's to free.
 */
export function inOrder(parts: readonly Part[], count: number): Images {
  const places = new Int32Array(count);
  let from = 0;
  for (const { rows, images } of parts) {
    rows.forEach((row, i) => places[row] = from + i);
    from += images.shape[0];
  }
  return tf.tidy(() => tf.concat(parts.map(({ images }) => images)).gather(tf.tensor1d(places, "int32")));
}
