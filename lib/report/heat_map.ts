import { type Images, tf } from "../tensor/mod.ts";

/** Options of {@linkcode heatMap}. */
export interface HeatMapOptions {
  /**
   * Images `[n, h, w, 1 or 3]` to draw the heat over; default none. They are drawn in grey, so every colour is heat. In each
   * image the darkest pixel becomes black and the brightest white, so dark images can be seen too.
   */
  readonly over?: Images;
  /** The weight of the heat's colour over images, in [0, 1]; default 0.5. */
  readonly opacity?: number;
}

// Viridis by N. Smith, S. van der Walt and E. Firing (2015, CC0): every eighth of its colours. Linear interpolation gives
// the others with an error below 2/255. Its lightness grows evenly, for colour-blind readers too.
const VIRIDIS =
  "440154 470d60 48186a 482374 472d7b 453681 424086 3f4989 3b528b 375a8d 33638d 2f6a8e 2c728e 297a8e 26818e " +
  "23898e 21908c 1f988b 1f9f88 21a685 28ae80 31b57b 3ebc74 4cc26c 5dc963 6ece58 82d34c 96d83f abdc32 c0df24 " +
  "d5e21a eae51a fde725";
const SHADES = 256;

function viridis(): tf.Tensor2D {
  const anchors = VIRIDIS.split(" ").map((hex) => Array.from({ length: 3 }, (_, c) => channel(hex, c)));
  const colours = Array.from({ length: SHADES }, (_, i) => {
    const position = i / (SHADES - 1) * (anchors.length - 1),
      below = Math.min(Math.floor(position), anchors.length - 2);
    return anchors[below]!.map((low, c) => low + (anchors[below + 1]![c]! - low) * (position - below));
  });
  return tf.tensor2d(colours);
}

function channel(hex: string, c: number): number {
  return parseInt(hex.slice(2 * c, 2 * c + 2), 16) / 255;
}

/**
 * Heat as colours, alone or over images. The colours are viridis, from dark violet (0) through green to yellow (1):
 * colour-blind readers can read them, and they keep their order in black and white.
 *
 * @param heat Values `[n, h, w]` in [0, 1], such as Grad-CAM's; values outside are clipped.
 * @param options Images to draw the heat over.
 * @returns `[n, h, w, 3]` in [0, 1]; the caller frees it.
 * @throws {RangeError} If the images have another size than the heat.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gallery, heatMap } from "@gcln/kit/report";
 * import { tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const images = uniform<tf.Rank.R4>([2, 8, 8, 3], 0, 1, 1), heat = uniform<tf.Rank.R3>([2, 8, 8], 0, 1, 2);
 * const picture = await gallery({ images, "heat": heatMap(heat), "both": heatMap(heat, { over: images }) });
 * assertEquals(picture.width > 3 * 96, true);
 * ```
 */
export function heatMap(heat: tf.Tensor3D, { over, opacity = 0.5 }: HeatMapOptions = {}): Images {
  if (over !== undefined && `${over.shape.slice(0, 3)}` !== `${heat.shape}`) {
    throw new RangeError(`Cannot lay heat of shape [${heat.shape}] over images of shape [${over.shape}]`);
  }
  return tf.tidy(() => {
    const shade = heat.clipByValue(0, 1).mul(SHADES - 1).round().cast("int32");
    const colours = viridis().gather(shade.flatten()).reshape<Images>([...heat.shape, 3]);
    return over === undefined ? colours : colours.mul(opacity).add<Images>(grey(over).mul(1 - opacity));
  });
}

/** The images' luma (ITU-R BT.601) from black to white, `[n, h, w, 1]`. */
function grey(images: Images): Images {
  const luma = images.shape[3] === 1 ? images : images.mul(tf.tensor1d([0.299, 0.587, 0.114])).sum(3, true);
  const dark = luma.min([1, 2], true), bright = luma.max([1, 2], true);
  return luma.sub(dark).div<Images>(bright.sub(dark).maximum(1 / 255));
}
