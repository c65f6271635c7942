import { checkSetting, count } from "../kinds/mod.ts";
import type { Images } from "../tensor/mod.ts";
import { type Basis, blockTransform, inverseBlockTransform } from "./block_transform.ts";

const SIDE = count({ least: 1 });

/**
 * The cosines of Eq. (1) as rows: `basis[i][n]` = √(2 / M) C_i cos(i π (2n + 1) / 2M), with C_0 = 1 / √2.
 *
 * @param m The block size M, a whole number > 0.
 * @throws {RangeError} Where m is anything else.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { dctBasis } from "@gcln/kit/transform";
 *
 * assertAlmostEquals(dctBasis(8)[0]![0]!, 1 / Math.sqrt(8));
 * ```
 */
export function dctBasis(m: number): Basis {
  checkSetting("block", SIDE, m);
  return Array.from(
    { length: m },
    (_, i) =>
      Array.from(
        { length: m },
        (_, n) => Math.sqrt((i === 0 ? 1 : 2) / m) * Math.cos(i * Math.PI * (2 * n + 1) / (2 * m)),
      ),
  );
}

/**
 * The discrete cosine transform of each block, Eq. (1).
 *
 * Coefficient (i, j) of a block takes the place of its pixel (i, j); (0, 0) is M times the block's mean.
 *
 * Departure: the factor before the sum is C_i C_j 2 / M. For M = 8 this is JPEG's 1/4, which makes the transform
 * orthonormal; 1/4 at another M would scale the coefficients (by 1/2 at M = 4, by 2 at M = 16), and q with them.
 *
 * @param images `[n, h, w, channels]`, sides multiples of the block's.
 * @param block The block size M.
 * @returns Coefficients in the images' units, `[n, h, w, channels]`.
 * @throws {RangeError} Where a side is not a multiple of M.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { dct } from "@gcln/kit/transform";
 *
 * await useBackend();
 * const [first, second] = await dct(tf.fill([1, 8, 8, 1], 0.5)).data();
 * assertAlmostEquals(first!, 4, 1e-5);
 * assertAlmostEquals(second!, 0, 1e-5);
 * ```
 */
export function dct(images: Images, block = 8): Images {
  return blockTransform(images, dctBasis(block));
}

/**
 * The inverse of {@linkcode dct}.
 *
 * @param coefficients `[n, h, w, channels]`.
 * @param block The block size M.
 * @returns Images, `[n, h, w, channels]`.
 */
export function inverseDct(coefficients: Images, block = 8): Images {
  return inverseBlockTransform(coefficients, dctBasis(block));
}
