import { tf } from "../tensor/mod.ts";
import { type Layer, plain } from "./_layer.ts";

/** The largest of each 2 × 2 pixels; an odd last row or column is dropped. */
export function maxPool(): Layer {
  return plain((x: tf.Tensor4D) => {
    const [, h, w] = x.shape;
    // Nothing would be left, and the mean of nothing is NaN.
    if (h < 2 || w < 2) {
      throw new RangeError(
        `Cannot pool activations of ${h} × ${w}: the images are too small for the network`,
      );
    }
    return tf.maxPool(x, 2, 2, "valid");
  });
}

/** The mean over all pixels: `[n, h, w, c]` to `[n, c]`. */
export function globalAveragePool(): Layer {
  return plain((x: tf.Tensor4D) => x.mean([1, 2]));
}

/**
 * The means over a grid of `side` × `side` windows that cover the image (PyTorch's adaptive pooling), flattened with
 * the channel first as PyTorch does: `[n, h, w, c]` to `[n, c * side * side]`.
 */
export function adaptiveAveragePool(side: number): Layer {
  return plain((x: tf.Tensor4D) => {
    const [n, h, w, c] = x.shape;
    const windows = tf.tensor2d(gridMeans(h, w, side), [h * w, side * side]);
    return x.transpose([0, 3, 1, 2]).reshape([n * c, h * w]).matMul(windows).reshape([n, c * side * side]);
  });
}

/** The matrix `[h * w, side * side]` that takes the mean of each window. */
function gridMeans(h: number, w: number, side: number): Float32Array {
  const means = new Float32Array(h * w * side * side);
  const window = (i: number, size: number) =>
    [Math.floor(i * size / side), Math.ceil((i + 1) * size / side)] as const;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const [top, bottom] = window(i, h), [left, right] = window(j, w);
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          means[(y * w + x) * side * side + i * side + j] = 1 / ((bottom - top) * (right - left));
        }
      }
    }
  }
  return means;
}
