import { checkSetting, size, valueText } from "../kinds/mod.ts";
import { tf } from "./tf.ts";

/** A normalised batch and the batch statistics it was normalised with. */
export interface Normalised {
  /** `[n, h, w, channels]`. */
  readonly output: tf.Tensor4D;
  /** `[channels]`; carries no gradient. */
  readonly mean: tf.Tensor1D;
  /** `[channels]`, with Bessel's correction, as running statistics want it; carries no gradient. */
  readonly variance: tf.Tensor1D;
}

/** The batch, height and width axes. */
const AXES = [0, 1, 2];

/**
 * Batch normalisation by the statistics of the batch itself (Ioffe & Szegedy 2015), for training.
 *
 * One fused kernel on the native and wasm backends, composed of small ones elsewhere; the same values and gradients.
 *
 * @param x `[n, h, w, channels]`.
 * @param scale γ, `[channels]`.
 * @param offset β, `[channels]`.
 * @param epsilon Added to the variance, 0 or more.
 * @throws {TypeError} Where the shapes do not belong together.
 * @throws {RangeError} Where epsilon is not a number of at least 0.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { batchNormTraining, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const x = tf.tensor4d([1, 2, 3], [3, 1, 1, 1]);
 * const { output, variance } = batchNormTraining(x, tf.tensor1d([1]), tf.tensor1d([5]));
 * assertAlmostEquals((await output.data())[1]!, 5, 1e-5);
 * assertAlmostEquals((await variance.data())[0]!, 1, 1e-5);
 * ```
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon = 1e-5,
): Normalised {
  checkSetting("epsilon", size(), epsilon);
  const channels = x.shape.at(-1)!;
  for (const [name, vector] of Object.entries({ scale, offset })) {
    if (x.rank === 4 && tf.util.arraysEqual(vector.shape, [channels])) continue;
    throw new TypeError(
      `Cannot normalise ${valueText(x)} with ${
        valueText(vector)
      } as ${name}: [n, h, w, channels] and [channels] are wanted`,
    );
  }
  if (!tf.getKernel("FusedBatchNormTraining", tf.getBackend())) {
    return composedBatchNorm(x, scale, offset, epsilon);
  }
  const [output, mean, variance] = tf.engine().runKernel("FusedBatchNormTraining", { x, scale, offset }, {
    epsilon,
  }) as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
  return { output, mean, variance };
}

/** {@link batchNormTraining} without a kernel of its own: the closed form of the gradient, of few ops. */
export function composedBatchNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): Normalised {
  const count = x.size / x.shape[3];
  const mean = x.mean(AXES) as tf.Tensor1D;
  const biased = x.sub(mean).square().mean(AXES) as tf.Tensor1D;
  const normalise = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [x, scale, offset, save] = inputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    save([x, scale, mean, biased]);
    return {
      value: tf.batchNorm(x, mean, biased, offset, scale, epsilon),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, scale, mean, biased] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        const inverse = biased.add(epsilon).rsqrt(); // 1/σ
        const dOffset = dy.sum(AXES); // Σ ∂y
        const dScale = dy.mul(x.sub(mean)).sum(AXES).mul(inverse); // Σ ∂y x̂, with x̂ = (x − μ)/σ
        // ∂x = γ/σ (∂y − Σ∂y/count − x̂ Σ(∂y x̂)/count), gathered by ∂y, x and what is constant
        const a = scale.mul(inverse);
        const b = a.mul(inverse).mul(dScale).div(-count);
        const c = a.mul(dOffset).div(-count).sub(b.mul(mean));
        return [dy.mul(a).add(x.mul(b)).add(c), dScale, dOffset];
      },
    };
  });
  const output = normalise(x, scale, offset) as tf.Tensor4D;
  const variance = biased.mul<tf.Tensor1D>(count / Math.max(1, count - 1));
  return { output, mean: withoutGradient(mean), variance: withoutGradient(variance) };
}

function withoutGradient(statistic: tf.Tensor1D): tf.Tensor1D {
  return tf.customGrad((statistic) => ({
    value: (statistic as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))(statistic) as tf.Tensor1D;
}
