import type { Network } from "../../networks/mod.ts";
import { type Cleaner, type Images, type Parameters, straightThrough, tf } from "../../tensor/mod.ts";
import { type Backward, quantizedTransform, type QuantizedTransformOptions } from "../../transform/mod.ts";

/** How {@linkcode cleanerOf} destroys and recovers. */
export interface CleanerOptions extends QuantizedTransformOptions {
  /**
   * The gradient of the clip to [0, 1] at the end: zero outside the range as it is, or the identity's.
   *
   * @default {"exact"}
   */
  readonly clip?: Backward;
}

/**
 * The generative cleaning network as a function: the quantized nonlinear transform, then the generator (Figure 1).
 *
 * What comes out is clipped to [0, 1], since it is an image. The clip's true gradient is zero outside the range: where the
 * generator writes beyond black or white, an attacker sees nothing, unless the clip is passed straight through as well.
 *
 * @param generator A network from images to images.
 * @param parameters The generator's.
 * @param options Of the quantized transform, `q` above all; and which gradients an attacker (or the training) sees.
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
  options: CleanerOptions,
): Cleaner {
  const exactly = (images: Images): Images => tf.clipByValue(images, 0, 1);
  const { clip: backward, ...transform } = options;
  const clip = backward === "straight-through" ? straightThrough(exactly) : exactly;
  return (images) => clip(generator.apply(parameters, quantizedTransform(images, transform)));
}
