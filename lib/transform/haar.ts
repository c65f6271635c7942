import { checkSetting, type Setting } from "../kinds/mod.ts";
import type { Images } from "../tensor/mod.ts";
import { type Basis, blockTransform, inverseBlockTransform } from "./block_transform.ts";

const SIDE: Setting = {
  wanted: "a power of two",
  accepts: (value) => typeof value === "number" && value >= 1 && Number.isInteger(Math.log2(value)),
};

/**
 * Haar's wavelets as rows: the constant, then at each level, coarse to fine, the differences of neighbouring halves.
 *
 * @param m The block size M, a power of two.
 * @throws {RangeError} Where m is anything else.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { haarBasis } from "@gcln/kit/transform";
 *
 * assertEquals(haarBasis(4)[1], [0.5, 0.5, -0.5, -0.5]);
 * ```
 */
export function haarBasis(m: number): Basis {
  checkSetting("block", SIDE, m);
  const rows = [Array.from({ length: m }, () => 1 / Math.sqrt(m))];
  for (let support = m; support > 1; support /= 2) {
    for (let start = 0; start < m; start += support) {
      rows.push(Array.from({ length: m }, (_, n) => {
        if (n < start || n >= start + support) return 0;
        return (n < start + support / 2 ? 1 : -1) / Math.sqrt(support);
      }));
    }
  }
  return rows;
}

/**
 * The discrete wavelet transform of each block by Haar's wavelets, all levels, which §3.2 names as an alternative to
 * the cosines.
 *
 * All levels along the rows, then all along the columns (the tensor product of two one-dimensional bases), so that it
 * is a matrix product on each side as Eq. (1) is.
 *
 * Departure: the paper names no wavelet (it cites Daubechies, 1990); this is the shortest of that family.
 *
 * @param images `[n, h, w, channels]`, sides multiples of the block's.
 * @param block The block size M, a power of two.
 * @returns Coefficients in the images' units, `[n, h, w, channels]`.
 * @throws {RangeError} Where M is not a power of two, or a side not a multiple of M.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { haar } from "@gcln/kit/transform";
 *
 * await useBackend();
 * const image = tf.tensor4d([1, 3, 5, 7], [1, 2, 2, 1]);
 * assertEquals([...await haar(image, 2).round().toInt().data()], [8, -2, -4, 0]);
 * ```
 */
export function haar(images: Images, block = 8): Images {
  return blockTransform(images, haarBasis(block));
}

/**
 * The inverse of {@linkcode haar}.
 *
 * @param coefficients `[n, h, w, channels]`.
 * @param block The block size M, a power of two.
 * @returns Images, `[n, h, w, channels]`.
 */
export function inverseHaar(coefficients: Images, block = 8): Images {
  return inverseBlockTransform(coefficients, haarBasis(block));
}
