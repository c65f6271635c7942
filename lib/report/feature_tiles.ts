import { type Images, tf } from "../tensor/mod.ts";

/** Options of {@linkcode featureTiles}. */
export interface FeatureTilesOptions {
  /** The maps to show, by their indices in [0, channels); default: the first 16, or all if there are fewer. */
  readonly channels?: readonly number[] | tf.Tensor1D;
  /** The activations that are black and white; default: 0 and the largest of the shown ones. */
  readonly range?: readonly [black: number | tf.Scalar, white: number | tf.Scalar];
  /** The width and height of an activation in pixels; default 1. */
  readonly scale?: number;
}

/**
 * Feature maps as grey pictures: one picture for each image, its maps in a square with white lines between them.
 *
 * All maps have one scale, so equal grey means equal activation. To compare the pictures of two calls, give both the same
 * `range`.
 *
 * @param maps Activations `[n, h, w, channels]`, such as those that `features` returns.
 * @param options The maps to show, their range and size.
 * @returns `[n, side, side, 1]` in [0, 1]; the caller frees it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { featureTiles } from "@gcln/kit/report";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const maps = tf.tensor4d([0, 1, 2, 4], [1, 1, 1, 4]); // four maps of one pixel
 * const tiles = featureTiles(maps);
 * assertEquals(tiles.squeeze().arraySync(), [[0, 1, 0.25], [1, 1, 1], [0.5, 1, 1]]);
 * ```
 */
export function featureTiles(
  maps: tf.Tensor4D,
  { channels, range, scale = 1 }: FeatureTilesOptions = {},
): Images {
  return tf.tidy(() => {
    const [n, h, w, c] = maps.shape;
    const chosen = maps.gather(channels ?? Array.from({ length: Math.min(16, c) }, (_, k) => k), 3);
    const [black, white] = range ?? [0, chosen.max()];
    const span = tf.sub(white, black),
      grey = chosen.sub(black).div(span.where(span.notEqual(0), 1)).clipByValue(0, 1);
    const k = grey.shape[3]!, across = Math.ceil(Math.sqrt(k)), down = Math.ceil(k / across);
    const large = tf.image.resizeNearestNeighbor(grey as tf.Tensor4D, [h * scale, w * scale]);
    // A white line after each tile, and white tiles to fill the square. The last line is cut off below.
    const [height, width] = [h * scale + 1, w * scale + 1];
    const lined = tf.pad(large, [[0, 0], [0, 1], [0, 1], [0, across * down - k]], 1);
    return lined.reshape([n, height, width, down, across]).transpose([0, 3, 1, 4, 2])
      .reshape<Images>([n, down * height, across * width, 1])
      .slice([0, 0, 0, 0], [n, down * height - 1, across * width - 1, 1]) as Images;
  });
}
