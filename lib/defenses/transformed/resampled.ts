import { type Images, tf } from "../../tensor/mod.ts";

/** How an image's rows, or its columns, are mixed to new ones: a list of weights for each new one. */
export type Mixing = readonly (readonly number[])[];

/**
 * Images whose rows and columns are weighted sums of the given ones: any resizing, cropping, padding and mirroring is that.
 *
 * @param images `[n, h, w, c]`.
 * @param rows `[H, h]`.
 * @param columns `[W, w]`.
 * @returns `[n, H, W, c]`.
 */
export function resampled(images: Images, rows: tf.Tensor2D, columns: tf.Tensor2D): Images {
  const [n, h, w, c] = images.shape, [to] = columns.shape;
  return tf.tidy(() => {
    // Kronecker's product of the columns' weights and a unit matrix: all channels in one product of two matrices.
    const channels = columns.transpose().reshape([w, 1, to, 1]).mul(tf.eye(c).reshape([1, c, 1, c]));
    const across = images.reshape<tf.Tensor2D>([n * h, w * c]).matMul(channels.reshape([w * c, to * c]));
    const down = tf.matMul(rows.expandDims<tf.Tensor3D>(0), across.reshape([n, h, to * c]));
    return down.reshape<Images>([n, rows.shape[0], to, c]);
  });
}

/** A mixing as a tensor, `[to, from]`. */
export function mixing(weights: Mixing): tf.Tensor2D {
  return tf.tensor2d(weights.map((row) => [...row]));
}

/** Of each new pixel the one that it is, `undefined` outside the image, where all is 0. */
export function chosen(from: number, places: readonly (number | undefined)[]): Mixing {
  return places.map((place) => Array.from({ length: from }, (_, x) => x === place ? 1 : 0));
}

/**
 * Bilinear resizing of a stretch of the image: `size` pixels from `start` on become `to`. Pixels are squares, so that the
 * first one's middle is at 0.5; beyond the outermost middles the pixel goes on.
 */
export function stretched(from: number, start: number, size: number, to: number): Mixing {
  return Array.from({ length: to }, (_, i) => {
    const at = start + Math.min(Math.max((i + 0.5) * size / to - 0.5, 0), size - 1);
    return Array.from({ length: from }, (_, x) => Math.max(0, 1 - Math.abs(x - at)));
  });
}

/** Images with their last rows and columns repeated up to a size. */
export function continued(images: Images, height: number, width: number): Images {
  const [, h, w] = images.shape;
  if (h === height && w === width) return images;
  const repeated = (from: number, to: number) =>
    mixing(chosen(from, Array.from({ length: to }, (_, i) => Math.min(i, from - 1))));
  return resampled(images, repeated(h, height), repeated(w, width));
}
