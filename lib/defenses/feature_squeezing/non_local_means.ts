import { checkImages, type Images, tf } from "../../tensor/mod.ts";

/** How far a pixel looks for others like it, and how far around each it compares. */
const REACH = 6, AROUND = 1;
/** Weights below this are 0, as in OpenCV. */
const LEAST_WEIGHT = 0.001;

/**
 * Non-local means (Buades et al. 2005) as Xu et al. 2018 set it, "13-3-2": each pixel becomes the mean over the 13 × 13 pixels
 * around it, weighed by how much the 3 × 3 pixels around them look like its own: exp(−d / h²), where d is the mean squared
 * difference and h is 2/255.
 *
 * Departure: OpenCV, which Xu et al. call, takes lightness and colour apart and computes in bytes; here all channels are
 * compared together, and nothing is rounded.
 *
 * @param images `[n, h, w, c]` in [0, 1], sides of 8 at least, since the mirror image lies beyond the border.
 * @param strength h.
 * @returns `[n, h, w, c]`.
 * @throws {RangeError} Where a side is below 8.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { nonLocalMeans } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // A step is no noise, so it stays.
 * const step = tf.concat([tf.zeros([1, 8, 4, 1]), tf.ones([1, 8, 4, 1])], 2) as tf.Tensor4D;
 * const moved = nonLocalMeans(step).sub(step).abs().max();
 * assertEquals(Math.round((await moved.data())[0]! * 1e6), 0);
 * ```
 */
export function nonLocalMeans(images: Images, strength: number = 2 / 255): Images {
  checkImages("denoise", images);
  const [, h, w] = images.shape, margin = REACH + AROUND;
  if (h <= margin || w <= margin) {
    throw new RangeError(
      `Cannot denoise ${h} × ${w} images by non-local means: sides of at least ${margin + 1} are wanted`,
    );
  }
  return tf.tidy(() => {
    const framed = mirrored(mirrored(images, 1, margin), 2, margin);
    const shown = (y: number, x: number, border: number) =>
      framed.slice(
        [0, margin + y - border, margin + x - border, 0],
        [-1, h + 2 * border, w + 2 * border, -1],
      ) as Images;
    const own = shown(0, 0, AROUND);
    let sum: tf.Tensor = tf.zerosLike(images), weights: tf.Tensor = tf.zeros([images.shape[0], h, w, 1]);
    for (let y = -REACH; y <= REACH; y++) {
      for (let x = -REACH; x <= REACH; x++) {
        [sum, weights] = tf.tidy(() => {
          const different = own.sub(shown(y, x, AROUND)).square().mean(3, true) as Images;
          const alike = tf.avgPool(different, 2 * AROUND + 1, 1, "valid").div(-(strength ** 2)).exp();
          const weight = alike.mul(alike.greater(LEAST_WEIGHT).cast("float32"));
          return [sum.add(shown(y, x, 0).mul(weight)), weights.add(weight)] as [tf.Tensor, tf.Tensor];
        });
      }
    }
    return sum.div(weights) as Images; // a pixel is like itself, so no weights are 0
  });
}

/** Images with their mirror image beyond both borders of an axis, without the border itself. */
function mirrored(images: Images, axis: 1 | 2, margin: number): Images {
  const part = (start: number) => {
    const begin = [0, 0, 0, 0], size = [-1, -1, -1, -1];
    begin[axis] = start;
    size[axis] = margin;
    return images.slice(begin, size).reverse(axis);
  };
  return tf.concat([part(1), images, part(images.shape[axis] - margin - 1)], axis) as Images;
}
