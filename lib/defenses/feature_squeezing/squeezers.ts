import { checkSetting, count } from "../../kinds/mod.ts";
import { checkImages, type Images, tf } from "../../tensor/mod.ts";
import { type Backward, quantize } from "../../transform/mod.ts";

/** How many bits of a pixel may be kept. */
export const bitsSetting = count({ least: 1, most: 8 });

/**
 * Keeps so many bits of each pixel: round(x (2^bits − 1)) / (2^bits − 1) (Xu et al. 2018, §III-A).
 *
 * @param images In [0, 1].
 * @param bits From 1, which leaves black and white, to 8, which leaves a byte as it is.
 * @param backward The gradient of the rounding.
 * @throws {RangeError} Where `bits` is no whole number from 1 to 8.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bitDepth } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * assertEquals([...await bitDepth(tf.tensor4d([0.2, 0.4, 0.6, 0.9], [1, 2, 2, 1]), 1).data()], [0, 0, 1, 1]);
 * ```
 */
export function bitDepth(images: Images, bits: number, backward: Backward = "exact"): Images {
  checkSetting("bits", bitsSetting, bits);
  return quantize(images, 1 / (2 ** bits - 1), backward);
}

/**
 * The median of each pixel, the one above it, the one left of it, and the one above that: of the four values the second
 * largest. Beyond the border lies the mirror image, without the border itself.
 *
 * This is PixelDefend's median. SciPy's, which Xu et al. take, differs at the border alone, where it repeats the first row
 * and column.
 *
 * The gradient passes to the pixel that was chosen.
 *
 * @param images `[n, h, w, c]`, both sides at least 2.
 * @returns `[n, h, w, c]`.
 * @throws {RangeError} Where a side is 1.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { median2x2 } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const image = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
 * assertEquals([...await median2x2(image).data()], [3, 3, 3, 3]);
 * ```
 */
export function median2x2(images: Images): Images {
  checkImages("squeeze", images);
  const [, h, w] = images.shape;
  if (h < 2 || w < 2) {
    throw new RangeError(
      `Cannot take medians of 2 × 2 pixels in ${h} × ${w} images: sides of at least 2 are wanted`,
    );
  }
  return tf.tidy(() => {
    const above = before(images, 1), left = before(images, 2), corner = before(above, 2);
    const high = tf.maximum(images, above), low = tf.minimum(images, above);
    const highLeft = tf.maximum(left, corner), lowLeft = tf.minimum(left, corner);
    // The second largest of four: the lesser winner, or the better loser.
    return tf.maximum(tf.minimum(high, highLeft), tf.maximum(low, lowLeft)) as Images;
  });
}

/** Of each pixel the one before it along an axis; of the first one the second, its mirror image. */
function before(images: Images, axis: 1 | 2): Images {
  const at = (start: number, size: number) => {
    const begin = [0, 0, 0, 0], length = [...images.shape];
    begin[axis] = start;
    length[axis] = size;
    return images.slice(begin, length);
  };
  return tf.concat([at(1, 1), at(0, images.shape[axis] - 1)], axis) as Images;
}
