import { checkStep } from "./_step.ts";
import { type Images, tf } from "../tensor/mod.ts";
import { type Basis, blockTransform, inverseBlockTransform } from "./block_transform.ts";
import { dctBasis } from "./dct.ts";
import { haarBasis } from "./haar.ts";
import { type Backward, quantize } from "./quantize.ts";
import { fromYcbcr, toYcbcr } from "./ycbcr.ts";

/** How {@linkcode quantizedTransform} destroys. */
export interface QuantizedTransformOptions {
  /** The quantization step, > 0, on the images' scale: the paper's Qs = 10 is `10 / 255`. */
  readonly q: number;
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

/**
 * The quantized nonlinear transform T⁻¹ Q T of §3.2: block transform (Eq. 1), rounding to multiples of q (Eq. 2), and
 * back.
 *
 * An orthonormal T keeps distances: a block moves by at most M q / 2, a coefficient by at most q / 2. Values may leave
 * [0, 1] a little, and nothing is clipped here; the generator sees them first.
 *
 * The gradient with respect to the images is exactly zero with `backward: "exact"`, and the identity's with
 * "straight-through": only the rounding is passed, T and T⁻¹ are differentiated as they are.
 *
 * Departure: the abstract calls the block trainable, §3.2 has a fixed q and does not give M, the units of q or the
 * handling of colour. Here q is fixed, M = 8 (where Eq. (1)'s factor is orthonormal), each channel is transformed by
 * itself, and nothing is subtracted first (JPEG subtracts 128).
 *
 * @param images `[n, h, w, channels]` in [0, 1], sides multiples of the block's.
 * @returns `[n, h, w, channels]`, the caller's to free.
 * @throws {RangeError} Where q is not > 0, a side is not a multiple of the block's, or "ycbcr" is asked of images
 * without 3 channels.
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
  const { q, block = 8, transform = "dct", colour = "rgb", backward = "exact" } = options;
  const basis = transform === "haar" ? haarBasis(block) : dctBasis(block);
  checkStep(q);
  return tf.tidy(() => {
    const planes = colour === "ycbcr" ? toYcbcr(images) : images;
    // q is multiplied into the bases: T X Tᵀ / q, rounded, q T⁻¹ … T⁻ᵀ, without a pass of its own for either.
    const spectrum = blockTransform(planes, scaled(basis, 1 / Math.sqrt(q))); // Eq. (1)
    const quantized = quantize(spectrum, 1, backward); //                        Eq. (2)
    const restored = inverseBlockTransform(quantized, scaled(basis, Math.sqrt(q)));
    return colour === "ycbcr" ? fromYcbcr(restored) : restored;
  });
}

function scaled(basis: Basis, factor: number): Basis {
  return basis.map((row) => row.map((value) => value * factor));
}
