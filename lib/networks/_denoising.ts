import { tf } from "../tensor/mod.ts";
import { convolution } from "./_convolution.ts";
import { type Layer, needsOf } from "./_layer.ts";

/** How alike two places are: the softmax of their product ("embedded Gaussian"), or the product itself. */
export type Similarity = "gaussian" | "dot product";

/**
 * The denoising block (Xie et al., Eq. (1) and (2); 2019): a non-local mean over all places of a feature map, a 1 × 1
 * convolution, and a sum with the input. Places are compared by two 1 × 1 convolutions with half of the channels. The batch
 * norm behind the last convolution begins at zero, so that the block begins as the identity.
 */
export function denoisingBlock(name: string, channels: number, similarity: Similarity): Layer {
  const inner = Math.max(1, Math.floor(channels / 2)), half = { size: 1, from: channels, to: inner } as const;
  const theta = convolution(`${name}.theta`, { ...half, start: "small" });
  const phi = convolution(`${name}.phi`, { ...half, start: "small" });
  const last = convolution(`${name}.conv`, {
    size: 1,
    from: channels,
    to: channels,
    norm: `${name}.bn`,
    normStart: "zeros",
  });
  return {
    ...needsOf([theta, phi, last]),
    apply(parameters, x, pass) {
      const [n, h, w] = x.shape as [number, number, number, number];
      const places = <T extends tf.Tensor>(y: T) => y.reshape([n, h * w, -1]) as tf.Tensor3D;
      const mean = nonLocalMean(
        places(theta.apply(parameters, x, pass)),
        places(phi.apply(parameters, x, pass)),
        places(x),
        similarity,
      );
      return x.add(last.apply(parameters, mean.reshape(x.shape), pass));
    },
  };
}

/**
 * The mean of all places, for each place by how alike they are to it.
 *
 * @param theta Each place as one that asks, `[n, places, d]`.
 * @param phi Each place as one that is asked, `[n, places, d]`.
 * @param x Their values, `[n, places, channels]`.
 */
export function nonLocalMean(
  theta: tf.Tensor3D,
  phi: tf.Tensor3D,
  x: tf.Tensor3D,
  similarity: Similarity,
): tf.Tensor3D {
  const [, places, d] = theta.shape;
  if (similarity === "gaussian") {
    const weights = tf.matMul(theta, phi, false, true).div(Math.sqrt(d)).softmax(); // [n, places, places]
    return tf.matMul(weights, x);
  }
  // (θ φᵀ) x / N, multiplied from the right: the matrix of all pairs of places is never made.
  return tf.matMul(theta, tf.matMul(phi, x, true, false)).div(places);
}
