import type { Network } from "../../networks/mod.ts";
import { type Parameters, tf } from "../../tensor/mod.ts";
import { unitNoise } from "./_unit_noise.ts";

/**
 * The weights that Parametric Noise Injection adds noise to: those of convolutions and dense layers.
 *
 * @param network Any.
 * @returns Their shapes by name.
 */
export function noisyWeights({ declarations }: Network<tf.Tensor>): Record<string, readonly number[]> {
  const weights = declarations.filter(({ name, shape }) => name.endsWith(".weight") && shape.length > 1);
  return Object.fromEntries(weights.map(({ name, shape }) => [name, shape]));
}

/**
 * Adds given noise to weights: w̃ = w + α std(w) η (He et al. 2019, §3).
 *
 * As in the authors' code no gradient passes through std(w): ∂w̃/∂w = 1, and ∂w̃/∂α = std(w) η.
 *
 * @param parameters A network's.
 * @param alphas α by the weight's name: one number, or any shape that broadcasts to the weight's (one for each of its
 *   output channels, say). Weights without one are left as they are.
 * @param noise η, normal numbers in the shapes of those weights.
 * @returns All parameters: new tensors under the names in `alphas`, the same ones elsewhere.
 */
export function injectNoise(parameters: Parameters, alphas: Parameters, noise: Parameters): Parameters {
  const noisy = Object.entries(alphas).map(([name, alpha]) => {
    const weight = parameters[name];
    if (weight === undefined) throw new RangeError(`Cannot add noise to ${name}: there is no such parameter`);
    return [name, weight.add(alpha.mul(spread(weight)).mul(noise[name]!))] as const;
  });
  return { ...parameters, ...Object.fromEntries(noisy) };
}

/** The standard deviation of all values, as PyTorch has it (n − 1), and without a gradient. */
function spread(weight: tf.Tensor): tf.Scalar {
  return tf.customGrad((w) => {
    const values = w as tf.Tensor, freedom = Math.max(1, values.size - 1);
    return {
      value: values.sub(values.mean()).square().sum().div(freedom).sqrt(),
      gradFunc: () => tf.zeros(values.shape),
    };
  })(weight) as tf.Scalar;
}

/**
 * Parameters with fresh noise on the weights: w̃ = w + α std(w) η with η normal, every weight's from a stream of its own
 * ({@linkcode injectNoise}).
 *
 * @param parameters A network's.
 * @param alphas α by the weight's name.
 * @param seed Of the draw.
 * @returns All parameters; new tensors, in the caller's scope, under the names in `alphas`.
 * @throws {RangeError} Where an α has no weight.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { noisyParameters } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const parameters = { "fc.weight": tf.tensor2d([[-1, 1], [1, -1]]), "fc.bias": tf.zeros([2]) };
 * const noisy = noisyParameters(parameters, { "fc.weight": tf.scalar(0.25) }, 1);
 * assertEquals(noisy["fc.bias"], parameters["fc.bias"]);
 * const louder = noisyParameters(parameters, { "fc.weight": tf.scalar(0.5) }, 1);
 * const change = (noisy: tf.Tensor) => noisy.sub(parameters["fc.weight"]).abs().max().data();
 * const [[one], [two]] = [await change(noisy["fc.weight"]!), await change(louder["fc.weight"]!)];
 * assertAlmostEquals(two!, 2 * one!, 1e-6);
 * ```
 */
export function noisyParameters(parameters: Parameters, alphas: Parameters, seed: number): Parameters {
  const shapes = Object.keys(alphas).map((name) => [name, parameters[name]?.shape ?? []]);
  return injectNoise(parameters, alphas, unitNoise(Object.fromEntries(shapes), seed));
}

/** The noise of one forward pass of a network, for those that want to pass it as an argument; new tensors. */
export function weightNoise(network: Network<tf.Tensor>, seed: number): Parameters {
  return unitNoise(noisyWeights(network), seed);
}
