import { valueText } from "../kinds/mod.ts";
import { checkImages, type Images, tf } from "../tensor/mod.ts";

/** An orthonormal basis of M numbers, one basis vector a row. */
export type Basis = readonly (readonly number[])[];

/** The matrix that multiplies M · c numbers from the right, so that each channel is transformed by `basisᵀ`. */
function acrossChannels(basis: Basis, channels: number): tf.Tensor2D {
  const m = basis.length, side = m * channels, matrix = new Float32Array(side * side);
  basis.forEach((row, i) =>
    row.forEach((value, n) => {
      for (let channel = 0; channel < channels; channel++) {
        matrix[(n * channels + channel) * side + i * channels + channel] = value;
      }
    })
  );
  return tf.tensor2d(matrix, [side, side]);
}

/**
 * Transforms each M × M block B of each channel to T B Tᵀ, where T is the basis.
 *
 * Coefficient (i, j) of a block takes the place of the block's pixel (i, j), so that the shape stays. Two matrix
 * products, one for each side.
 *
 * @param images `[n, h, w, channels]`.
 * @param basis T, M rows of M numbers.
 * @returns `[n, h, w, channels]`.
 * @throws {TypeError} Where the images are no float32 tensor of rank 4, or the basis no square of numbers.
 * @throws {RangeError} Where a side of the images is not a multiple of M.
 */
export function blockTransform(images: Images, basis: Basis): Images {
  checkImages("transform", images);
  checkBasis(basis);
  const [, h, w, channels] = images.shape, m = basis.length;
  if (h % m !== 0 || w % m !== 0) {
    throw new RangeError(
      `Cannot split ${h} × ${w} images into blocks of ${m}: sides must be multiples of ${m}`,
    );
  }
  return tf.tidy(() => {
    const lines = images.reshape<tf.Tensor2D>([-1, m * channels]); //                        [n h w/M, M c]
    const columns = lines.matMul<tf.Tensor2D>(acrossChannels(basis, channels)); //          B Tᵀ
    const stripes = columns.reshape<tf.Tensor3D>([-1, m, w * channels]); //                  [n h/M, M, w c]
    return tf.matMul(acrossChannels(transposed(basis), 1).expandDims<tf.Tensor3D>(0), stripes) // T (B Tᵀ)
      .reshape<Images>(images.shape);
  });
}

/**
 * Undoes {@linkcode blockTransform}: Tᵀ X T of each block, since T is orthonormal.
 *
 * @param coefficients `[n, h, w, channels]`.
 * @param basis T, M rows of M numbers.
 * @returns `[n, h, w, channels]`.
 * @throws {TypeError} Where the coefficients are no float32 tensor of rank 4, or the basis no square of numbers.
 * @throws {RangeError} Where a side is not a multiple of M.
 */
export function inverseBlockTransform(coefficients: Images, basis: Basis): Images {
  return blockTransform(coefficients, transposed(basis));
}

function checkBasis(basis: Basis): void {
  const isSquare = Array.isArray(basis) && basis.length > 0 &&
    basis.every((row) => Array.isArray(row) && row.length === basis.length && row.every(Number.isFinite));
  if (!isSquare) {
    throw new TypeError(`Cannot transform by ${valueText(basis)}: M rows of M numbers are wanted`);
  }
}

function transposed(basis: Basis): Basis {
  return basis.map((_, column) => basis.map((row) => row[column]!));
}
