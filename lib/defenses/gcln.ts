import type { Network } from "../networks/mod.ts";
import { type Cleaner, type Images, type Parameters, tf } from "../tensor/mod.ts";
import { quantizedTransform, type QuantizedTransformOptions } from "../transform/mod.ts";

/**
 * The generative cleaning network as a function: the quantized nonlinear transform, then the generator (Figure 1).
 *
 * What comes out is clipped to [0, 1], since it is an image. The clip has its true gradient, zero outside the range.
 *
 * @param generator A network from images to images.
 * @param parameters The generator's.
 * @param options Of the quantized transform: `q`, and which `backward` an attacker (or the training) sees.
 * @returns Images in, cleaned images of the same shape out.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { cleanerOf } from "@gcln/kit/defenses";
 * import { generator } from "@gcln/kit/networks";
 * import { tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const network = generator({ architecture: "generator", width: 4, channels: 3 });
 * const clean = cleanerOf(network, network.init(1), { q: 10 / 255 });
 * const images = uniform<tf.Rank.R4>([1, 32, 32, 3], 0, 1, 2);
 * // An untrained generator adds nothing, so only the quantizer's error is left.
 * const error = clean(images).sub(images).abs().max();
 * assert((await error.data())[0]! < 0.2);
 * ```
 */
export function cleanerOf(
  generator: Network<Images>,
  parameters: Parameters,
  options: QuantizedTransformOptions,
): Cleaner {
  return (images) => tf.clipByValue(generator.apply(parameters, quantizedTransform(images, options)), 0, 1);
}
