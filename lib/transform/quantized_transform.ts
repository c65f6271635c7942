import { checkSettings, count, type Settings, word } from "../kinds/mod.ts";
import { checkImages, type Images, tf } from "../tensor/mod.ts";
import { blockTransform, inverseBlockTransform } from "./block_transform.ts";
import { dctBasis } from "./dct.ts";
import { haarBasis } from "./haar.ts";
import { type Backward, backwardSetting, quantize, stepSetting } from "./quantize.ts";
import { fromYcbcr, toYcbcr } from "./ycbcr.ts";

/** Options of {@linkcode quantizedTransform}. */
export interface QuantizedTransformOptions {
  /** The quantization step, > 0, on the images' scale: the paper's Qs = 10 is `10 / 255`. A scalar tensor where it is learned. */
  readonly q: number | tf.Scalar;
  /**
   * The side M of a block.
   *
   * @default {8}
   */
  readonly block?: number;
  /**
   * The linear transform T.
   *
   * @default {"dct"}
   */
  readonly transform?: "dct" | "haar";
  /**
   * What is split into blocks: each of the image's channels, or JPEG's luma and colour differences.
   *
   * @default {"rgb"}
   */
  readonly colour?: "rgb" | "ycbcr";
  /**
   * The gradient of the rounding.
   *
   * @default {"exact"}
   */
  readonly backward?: Backward;
}

const settings: Settings = {
  q: stepSetting,
  block: count({ least: 1, default: 8 }),
  transform: word(["dct", "haar"], { default: "dct" }),
  colour: word(["rgb", "ycbcr"], { default: "rgb" }),
  backward: backwardSetting,
};

/**
 * The quantized nonlinear transform T⁻¹ Q T of §3.2: block transform (Eq. 1), rounding to multiples of q (Eq. 2), and
 * back.
 *
 * An orthonormal T keeps distances: a block moves by at most M q / 2, a coefficient by at most q / 2. Values may leave
 * [0, 1] a little, and nothing is clipped here; the generator sees them first.
 *
 * The gradient with respect to the images is exactly zero with `backward: "exact"`, and that of the identity with
 * "straight-through": rounding counts as the identity, T and T⁻¹ are differentiated as they are.
 *
 * Departure: the abstract calls the block trainable, §3.2 has a fixed q and does not give M, the units of q or the
 * handling of colour. Here q is fixed, M = 8 (where Eq. (1)'s factor is orthonormal), each channel is transformed by
 * itself, and nothing is subtracted first (JPEG subtracts 128).
 *
 * @param images `[n, h, w, channels]` in [0, 1], sides multiples of the block's.
 * @returns `[n, h, w, channels]`, the caller's to free.
 * @throws {TypeError} Where the images are no float32 tensor of rank 4.
 * @throws {RangeError} Where an option is unknown or not allowed, a side is not a multiple of the block's, or "ycbcr" is
 * asked of images without 3 channels.
 *
 * @example Usage
 * ```ts
 * import { assertLess } from "@std/assert";
 * import { tf, uniform, useBackend } from "@gcln/kit/tensor";
 * import { quantizedTransform } from "@gcln/kit/transform";
 *
 * await useBackend();
 * const images = uniform<tf.Rank.R4>([2, 32, 32, 3], 0, 1, 1);
 * const [error] = await quantizedTransform(images, { q: 10 / 255 }).sub(images).square().mean().sqrt().data();
 * assertLess(error!, 5 / 255); // about q / √12
 * ```
 */
export function quantizedTransform(images: Images, options: QuantizedTransformOptions): Images {
  checkSettings("quantizedTransform", settings, options, ["q"]);
  checkImages("transform", images);
  const { q, block = 8, transform = "dct", colour = "rgb", backward = "exact" } = options;
  const basis = transform === "haar" ? haarBasis(block) : dctBasis(block);
  return tf.tidy(() => {
    const planes = colour === "ycbcr" ? toYcbcr(images) : images;
    const spectrum = blockTransform(planes, basis); //           Eq. (1)
    const quantized = quantize(spectrum, q, backward); //        Eq. (2)
    const restored = inverseBlockTransform(quantized, basis);
    return colour === "ycbcr" ? fromYcbcr(restored) : restored;
  });
}
