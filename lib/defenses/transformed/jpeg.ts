import { checkSetting, size } from "../../kinds/mod.ts";
import { checkImages, type Images, straightThrough, tf } from "../../tensor/mod.ts";
import { type Backward, dct, fromYcbcr, inverseDct, toYcbcr } from "../../transform/mod.ts";
import { continued, mixing, resampled, stretched } from "./resampled.ts";

/** The quantization table of luma in the JPEG standard (ITU-T T.81, Annex K), frequencies down and across. */
const LUMA = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
];

/** The table of colour differences. */
const CHROMA = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  [99, 99, 99, 99, 99, 99, 99, 99],
  [99, 99, 99, 99, 99, 99, 99, 99],
  [99, 99, 99, 99, 99, 99, 99, 99],
  [99, 99, 99, 99, 99, 99, 99, 99],
];

/** What a JPEG quality may be. */
export const qualitySetting = size({ least: 1, most: 100 });

/** A table at a quality, as the Independent JPEG Group scales it. */
function tableAt(table: readonly (readonly number[])[], quality: number): number[][] {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return table.map((row) =>
    row.map((step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))))
  );
}

/** Options of {@linkcode jpegImages}. */
export interface JpegOptions {
  /** From 1 to 100, as the Independent JPEG Group has it. */
  readonly quality: number;
  /** The gradient of the roundings: of pixels to bytes, of coefficients, and of the bytes that come out. Default `"exact"`. */
  readonly backward?: Backward;
}

/**
 * Images after JPEG: colours as luma and differences, the differences at half the resolution (4:2:0), the cosine transform of
 * blocks of 8 × 8, rounding to multiples of the standard's tables, and back. Nothing is left out but the coding, which
 * loses nothing.
 *
 * libjpeg computes the cosine transform in whole numbers, which now and then rounds a coefficient to another multiple: the two
 * differ by less than a grey level in the mean.
 *
 * @param images `[n, h, w, 1]` or `[n, h, w, 3]` in [0, 1], of any sides.
 * @throws {RangeError} Where the quality is not from 1 to 100, or there are other numbers of channels.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { jpegImages } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const grey = tf.fill([1, 8, 8, 3], 128 / 255) as tf.Tensor4D;
 * const moved = jpegImages(grey, { quality: 75 }).sub(grey).abs().max();
 * assertEquals(Math.round((await moved.data())[0]! * 255), 0);
 * ```
 */
export function jpegImages(images: Images, { quality, backward = "exact" }: JpegOptions): Images {
  checkImages("compress", images);
  checkSetting("quality", qualitySetting, quality);
  const [, h, w, c] = images.shape;
  if (c !== 1 && c !== 3) throw new RangeError(`Cannot compress images of ${c} channels: 1 or 3 are wanted`);
  const round = backward === "straight-through" ? straightThrough<tf.Tensor>(tf.round) : tf.round;
  const quantized = (plane: Images, table: readonly (readonly number[])[]): Images => {
    const [, height, width] = plane.shape, steps = tiled(tableAt(table, quality), height, width);
    return inverseDct(round(dct(plane).div(steps)).mul(steps) as Images);
  };
  return tf.tidy(() => {
    const bytes = round(images.mul(255)) as Images, block = c === 1 ? 8 : 16;
    const whole = continued(bytes, upTo(h, block), upTo(w, block));
    const planes = c === 1 ? whole : round(toYcbcr(whole)) as Images;
    const bright = planes.slice([0, 0, 0, 0], [-1, -1, -1, 1]).sub(128) as Images;
    const luma = round(quantized(bright, LUMA)).add(128) as Images;
    if (c === 1) return ended(luma);
    const colours = round(halved(planes.slice([0, 0, 0, 1]) as Images)) as Images;
    const differences = round(enlarged(round(quantized(colours, CHROMA)) as Images));
    return ended(round(fromYcbcr(tf.concat([luma, differences], 3) as Images)) as Images);
  });

  function ended(bytes: Images): Images {
    return bytes.slice([0, 0, 0, 0], [-1, h, w, -1]).div(255).clipByValue(0, 1) as Images;
  }
}

function upTo(side: number, multiple: number): number {
  return Math.ceil(side / multiple) * multiple;
}

/** A table at every block, `[1, height, width, 1]`. */
function tiled(table: readonly number[][], height: number, width: number): tf.Tensor {
  return tf.tensor2d([...table]).tile([height / 8, width / 8]).reshape([1, height, width, 1]);
}

/** The mean of 2 × 2 pixels. Halves will be rounded down in even columns, up in odd ones, as in libjpeg. */
function halved(images: Images): Images {
  const means = tf.avgPool(images, 2, 2, "valid"),
    columns = tf.range(0, means.shape[2]).reshape([1, 1, -1, 1]);
  return means.add(columns.mod(2).sub(0.5).div(4));
}

/** Twice the size by weights of 3/4 and 1/4, as libjpeg does it. */
function enlarged(images: Images): Images {
  const [, h, w] = images.shape;
  return resampled(images, mixing(stretched(h, 0, h, 2 * h)), mixing(stretched(w, 0, w, 2 * w)));
}
