import { type Images, tf } from "../../tensor/mod.ts";
import { ATOMS, shrunk, SIDE } from "./dictionary.ts";

/** Every so many pixels an atom may lie. */
const STRIDE = 2;

/** Atoms as filters, `[8, 8, 1, 32]`. */
export function filtersOf(atoms: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => atoms.transpose().reshape([SIDE, SIDE, 1, ATOMS]));
}

/** How well each atom fits at each place: `[n, h, w, 1]` to `[n, h / 2, w / 2, 32]`. */
function fits(planes: Images, filters: tf.Tensor4D): tf.Tensor4D {
  return tf.conv2d(planes, filters, STRIDE, "same");
}

/** The sum of all atoms, by their weights: the adjoint of {@linkcode fits}. */
function sumOf(codes: tf.Tensor4D, filters: tf.Tensor4D, shape: Images["shape"]): Images {
  return tf.conv2dTranspose(codes, filters, shape, STRIDE, "same");
}

/**
 * The largest slope of ½ |x − D z|² for planes of a size, with some room: what a step of {@linkcode sparseSum} divides by.
 *
 * @param filters `[8, 8, 1, 32]`.
 * @param side Of the planes.
 */
export function steepestSlope(filters: tf.Tensor4D, side: number): tf.Scalar {
  return tf.tidy(() => {
    const shape = [1, side, side, 1] as Images["shape"];
    let planes = tf.range(0, side * side).mul(0.7).sin().reshape<Images>(shape),
      slope: tf.Tensor = tf.scalar(1);
    for (let i = 0; i < 30; i++) {
      const next = sumOf(fits(planes, filters), filters, shape);
      slope = next.norm().div(planes.norm());
      planes = next.div(next.norm());
    }
    return slope.mul(1.05) as tf.Scalar;
  });
}

/** Options of {@linkcode sparseSum}. */
export interface SparseSumOptions {
  /** `[8, 8, 1, 32]`. */
  readonly filters: tf.Tensor4D;
  /** {@linkcode steepestSlope} of them. */
  readonly slope: tf.Tensor;
  /** The weight of |z|₁. */
  readonly lambda: number;
  /** Default 8. */
  readonly steps?: number;
}

/**
 * Convolutional basis pursuit: the sum D z of atoms at places that makes ½ |x − D z|² + λ |z|₁ small, channel by channel, by
 * accelerated soft thresholding (Beck and Teboulle 2009, FISTA). All of its steps have gradients.
 *
 * @param images `[n, h, w, c]`.
 * @returns `[n, h, w, c]`.
 */
export function sparseSum(images: Images, { filters, slope, lambda, steps = 8 }: SparseSumOptions): Images {
  const [n, h, w, c] = images.shape;
  return tf.tidy(() => {
    const planes = images.transpose([0, 3, 1, 2]).reshape<Images>([n * c, h, w, 1]);
    const threshold = tf.div(lambda, slope);
    let codes = shrunk(fits(planes, filters).div<tf.Tensor4D>(slope), threshold), ahead = codes, momentum = 1;
    for (let step = 1; step < steps; step++) {
      const missing = planes.sub(sumOf(ahead, filters, planes.shape)) as Images;
      const next = shrunk(ahead.add(fits(missing, filters).div(slope)) as tf.Tensor4D, threshold);
      const faster = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
      ahead = next.add(next.sub(codes).mul((momentum - 1) / faster));
      [codes, momentum] = [next, faster];
    }
    return sumOf(codes, filters, planes.shape).reshape([n, c, h, w]).transpose<Images>([0, 2, 3, 1]);
  });
}
