import { type Parameters, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkNetwork } from "./_check_network.ts";
import { parameter } from "./parameters.ts";

const EPSILON = 1e-5; // PyTorch's

/** γ / √(σ² + ε): what a batch norm multiplies by in inference. */
function slope(parameters: Parameters, norm: string): tf.Tensor1D {
  const variance = parameter<tf.Tensor1D>(parameters, `${norm}.running_var`);
  return variance.add(EPSILON).rsqrt().mul(parameter(parameters, `${norm}.weight`));
}

/** The kernel of a convolution with its batch norm multiplied in, or as it is where that was done before. */
export function foldedKernel(parameters: Parameters, convolution: string, norm: string): tf.Tensor4D {
  const kernel = parameter<tf.Tensor4D>(parameters, `${convolution}.weight`);
  return isFolded(parameters, norm) ? kernel : kernel.mul(slope(parameters, norm));
}

/** The bias that a convolution has once its batch norm is folded in. */
export function foldedBias(parameters: Parameters, convolution: string, norm: string): tf.Tensor1D {
  if (isFolded(parameters, norm)) return parameter(parameters, `${convolution}.bias`);
  const mean = parameter<tf.Tensor1D>(parameters, `${norm}.running_mean`);
  return parameter<tf.Tensor1D>(parameters, `${norm}.bias`).sub(mean.mul(slope(parameters, norm)));
}

function isFolded(parameters: Parameters, norm: string): boolean {
  return parameters[`${norm}.weight`] === undefined;
}

/**
 * Multiplies batch norms into the convolutions before them: the same function in inference with fewer operations, so
 * that an attack spends its time in convolutions.
 *
 * `apply` takes either form in inference; training needs the form with batch norms.
 *
 * @param network The network.
 * @param parameters Its parameters, which are left alone.
 * @returns New tensors, the caller's: `conv1.bias` takes the place of `bn1.weight`, `bn1.bias` and the statistics.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { foldBatchNorms, network } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
 * const folded = foldBatchNorms(vgg, vgg.init(1));
 * assertEquals(Object.keys(folded).slice(0, 2), ["features.0.weight", "features.0.bias"]);
 * ```
 */
export function foldBatchNorms(
  network: Network<tf.Tensor>,
  parameters: Parameters,
): Parameters {
  checkNetwork(network);
  const norms = Object.entries(network.batchNorms);
  return tf.tidy(() => {
    const folded: Record<string, tf.Tensor> = {};
    for (const [name, value] of Object.entries(parameters)) {
      const [norm, convolution] = norms.find(([norm, convolution]) =>
        name === `${convolution}.weight` || name.startsWith(`${norm}.`)
      ) ?? [];
      if (norm === undefined || convolution === undefined || isFolded(parameters, norm)) {
        folded[name] = value.clone();
      } else if (name === `${convolution}.weight`) {
        folded[name] = foldedKernel(parameters, convolution, norm);
        folded[`${convolution}.bias`] = foldedBias(parameters, convolution, norm);
      }
    }
    return folded;
  });
}
