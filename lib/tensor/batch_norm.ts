import { tf } from "./tf.ts";

/** A normalised batch and the batch statistics it was normalised with. */
export interface Normalised {
  readonly output: tf.Tensor4D;
  /** `[channels]`. */
  readonly mean: tf.Tensor1D;
  /** `[channels]`, with Bessel's correction, as running statistics want it. */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation by the statistics of the batch itself (Ioffe & Szegedy 2015), for training.
 *
 * One fused op on the native backend, composed of small ones elsewhere; the same values and gradients.
 *
 * @param x `[n, h, w, channels]`.
 * @param scale γ, `[channels]`.
 * @param offset β, `[channels]`.
 * @param epsilon Added to the variance.
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon = 1e-5,
): Normalised {
  if (tf.getKernel("FusedBatchNormTraining", tf.getBackend())) {
    const [output, mean, variance] = tf.engine().runKernel("FusedBatchNormTraining", { x, scale, offset }, {
      epsilon,
    }) as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    return { output, mean, variance };
  }
  const mean = x.mean([0, 1, 2]) as tf.Tensor1D;
  const centred = x.sub(mean);
  const biased = centred.square().mean([0, 1, 2]);
  const output = centred.mul(biased.add(epsilon).rsqrt().mul(scale)).add(offset) as tf.Tensor4D;
  const count = x.size / x.shape[3];
  return { output, mean, variance: biased.mul(count / Math.max(1, count - 1)) as tf.Tensor1D };
}
