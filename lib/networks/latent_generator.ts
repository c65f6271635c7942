import { count, list } from "../kinds/mod.ts";
import type { Images, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkApplied } from "./_applied.ts";
import { convolution, upsampling } from "./_convolution.ts";
import { dense } from "./_dense.ts";
import { needsOf } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";
import { width } from "./_sizes.ts";

/** A generator of images from latent numbers, as plain JSON. */
export interface LatentGeneratorSpec {
  /** The name of the architecture. */
  readonly architecture: "latent-generator";
  /** How many latent numbers an image has. */
  readonly latent: number;
  /** Channels at half the image's resolution; twice and four times as many below. */
  readonly width: number;
  /** Height and width of the images: multiples of 8. */
  readonly sides: readonly number[];
  /** Channels of the images. */
  readonly channels: number;
}

/**
 * The generator of a GAN, of the kind of Radford et al. (2016): from `[n, 1, 1, latent]` to images in [0, 1]. A dense layer gives an
 * eighth of the resolution; three times the sides are doubled, with a 3 × 3 convolution and a leaky ReLU after each of the first two.
 *
 * Departure: no batch norms, so that an image does not depend on its batch; they could not be attacked or searched one by one.
 *
 * @param spec Sizes.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { latentGenerator } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const sizes = { latent: 5, width: 4, sides: [16, 16], channels: 3 };
 * const { init, apply } = latentGenerator({ architecture: "latent-generator", ...sizes });
 * assertEquals(apply(init(1), tf.zeros([2, 1, 1, 5])).shape, [2, 16, 16, 3]);
 * ```
 */
export const latentGenerator: Architecture<LatentGeneratorSpec, Images> = defineArchitecture({
  name: "latent-generator",
  source: "Radford et al. 2016",
  settings: { latent: count({ least: 1 }), width, sides: list(count({ least: 8 }), { least: 2 }) },
  make: build,
});

function build(spec: LatentGeneratorSpec): Network<Images> {
  const { latent, width, channels } = spec, [h, w] = spec.sides.map((side) => side / 8) as [number, number];
  if (![h, w].every(Number.isInteger)) {
    throw new RangeError(
      `Cannot generate images of ${spec.sides.join(" × ")}: the sides must be multiples of 8`,
    );
  }
  const start = dense("start", latent, h * w * 4 * width);
  const raise = [[4, 2], [2, 1]].map(([from, to], i) => ({
    up: upsampling(`up${i}`, from! * width, to! * width, "linear"),
    smooth: convolution(`smooth${i}`, { size: 3, from: to! * width, to: to! * width, start: "he" }),
  }));
  const last = upsampling("up2", width, channels, "linear");
  const needs = needsOf([start, ...raise.flatMap(({ up, smooth }) => [up, smooth]), last]);
  return {
    spec,
    layers: [],
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, numbers, pass = {}) => {
      checkApplied(numbers, latent, pass);
      const n = numbers.shape[0];
      let x: tf.Tensor = start.apply(parameters, numbers.reshape([n, latent]), pass).leakyRelu(0.2)
        .reshape([n, h, w, 4 * width]);
      for (const { up, smooth } of raise) {
        x = smooth.apply(parameters, up.apply(parameters, x, pass), pass).leakyRelu(0.2);
      }
      return last.apply(parameters, x, pass).sigmoid() as Images;
    },
  };
}
