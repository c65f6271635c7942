import type { Images } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkApplied } from "./_applied.ts";
import { convolution, upsampling } from "./_convolution.ts";
import { type Layer, needsOf, sequence } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import { correctionBlock } from "./_residual_block.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";
import { width } from "./_sizes.ts";

/** The small generator G of Figure 1: one U-Net level, no batch norms. */
export interface SmallGeneratorSpec {
  /** The name of the architecture. */
  readonly architecture: "generator";
  /** Channels at half the image's resolution; twice as many at a quarter. 16 is the recipe's. */
  readonly width: number;
  /** Channels of the images. */
  readonly channels: number;
}

/**
 * The generator G of Figure 1 that repairs quantized images: `apply` gives the images plus a learned correction, not
 * clipped to [0, 1].
 *
 * A 2 × 2 convolution of stride 2 lays the pixels out in `width` channels; two residual blocks; one U-Net level
 * (Ronneberger et al. 2015) at half that resolution with twice the channels and two blocks, whose result is added to
 * what went in; one block; a transposed 2 × 2 convolution back to pixels. That last one starts at zero, so that an
 * untrained generator is the identity. No batch norms.
 *
 * Its `layers` are `encode`, `middle`, `decode` and `correction`.
 *
 * Departure: the paper does not say what its generator looks like. This one was found to train in minutes.
 *
 * @param spec Width and channels.
 * @returns A network from images to images; their sides must be multiples of 4.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { generator } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, apply } = generator({ architecture: "generator", width: 4, channels: 1 });
 * const images = tf.fill([1, 8, 8, 1], 0.25) as tf.Tensor4D;
 * assertEquals(await apply(init(1), images).data(), await images.data());
 * ```
 */
export const generator: Architecture<SmallGeneratorSpec, Images> = defineArchitecture({
  name: "generator",
  source: "the paper, Figure 1",
  settings: { width },
  make: build,
});

function build(spec: SmallGeneratorSpec): Network<Images> {
  const { width, channels } = spec;
  const down = convolution("down", { size: 2, stride: 2, from: channels, to: width, start: "linear" });
  const encode = sequence(down, correctionBlock("encode.0", width), correctionBlock("encode.1", width));
  const middle = sequence(
    convolution("deeper", { size: 2, stride: 2, from: width, to: 2 * width, start: "linear" }),
    correctionBlock("middle.0", 2 * width),
    correctionBlock("middle.1", 2 * width),
  );
  const raise = upsampling("raise", 2 * width, width, "linear");
  const decode = correctionBlock("decode.0", width);
  const up = upsampling("up", width, channels, "zeros");
  const needs = needsOf([encode, middle, raise, decode, up]);
  return {
    spec,
    layers: ["encode", "middle", "decode", "correction"],
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkApplied(images, channels, pass);
      checkSides(images);
      const run = (layer: Layer, x: Images) => layer.apply(parameters, x, pass) as Images;
      const shown = (name: string, made: Images) => {
        const x = (pass.instead?.[name] ?? made) as Images;
        pass.tap?.(name, x);
        return x;
      };
      const encoded = shown("encode", run(encode, images)); //                [n, h / 2, w / 2, width]
      const deep = shown("middle", run(middle, encoded)); //                  [n, h / 4, w / 4, 2 width]
      const decoded = shown("decode", run(decode, encoded.add(run(raise, deep)))); // as encoded
      return images.add(shown("correction", run(up, decoded)));
    },
  };
}

function checkSides(images: Images): void {
  const [, h, w] = images.shape;
  if (h % 4 !== 0 || w % 4 !== 0) {
    throw new RangeError(`Cannot repair images of ${h} × ${w}: the sides must be multiples of 4`);
  }
}
