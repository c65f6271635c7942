import { checkImages, type Images, tf } from "../tensor/mod.ts";

// Luma of ITU-R BT.601, and colour differences scaled to [-0.5, 0.5], as in JPEG (JFIF).
const RED = 0.299, GREEN = 0.587, BLUE = 0.114;
const FROM_RGB = [
  [RED, GREEN, BLUE],
  [-RED / (2 * (1 - BLUE)), -GREEN / (2 * (1 - BLUE)), 0.5],
  [0.5, -GREEN / (2 * (1 - RED)), -BLUE / (2 * (1 - RED))],
];
const TO_RGB = [
  [1, 0, 2 * (1 - RED)],
  [1, -2 * BLUE * (1 - BLUE) / GREEN, -2 * RED * (1 - RED) / GREEN],
  [1, 2 * (1 - BLUE), 0],
];

function mixChannels(images: Images, matrix: readonly (readonly number[])[]): Images {
  checkImages("transform the colours of", images);
  const channels = images.shape[3];
  if (channels !== 3) throw new RangeError(`YCbCr needs images of 3 channels: got ${channels}`);
  return tf.tidy(() => {
    const columns = tf.tensor2d([0, 1, 2].map((from) => matrix.map((row) => row[from]!)));
    return images.reshape<tf.Tensor2D>([-1, 3]).matMul<tf.Tensor2D>(columns).reshape<Images>(images.shape);
  });
}

/**
 * JPEG's colour transform: luma Y in [0, 1], colour differences Cb and Cr in [−0.5, 0.5].
 *
 * @param images Red, green and blue in [0, 1], `[n, h, w, 3]`.
 * @returns Y, Cb, Cr, `[n, h, w, 3]`.
 * @throws {RangeError} Where there are not 3 channels.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { toYcbcr } from "@gcln/kit/transform";
 *
 * await useBackend();
 * const [luma, cb, cr] = await toYcbcr(tf.tensor4d([1, 0, 0], [1, 1, 1, 3])).data();
 * assertAlmostEquals(luma!, 0.299, 1e-6);
 * assertAlmostEquals(cb!, -0.168736, 1e-6);
 * assertAlmostEquals(cr!, 0.5, 1e-6);
 * ```
 */
export function toYcbcr(images: Images): Images {
  return mixChannels(images, FROM_RGB);
}

/**
 * The inverse of {@linkcode toYcbcr}.
 *
 * @param images Y, Cb, Cr, `[n, h, w, 3]`.
 * @returns Red, green and blue, `[n, h, w, 3]`.
 * @throws {RangeError} Where there are not 3 channels.
 */
export function fromYcbcr(images: Images): Images {
  return mixChannels(images, TO_RGB);
}
