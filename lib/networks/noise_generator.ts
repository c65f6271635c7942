import type { Images } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkApplied } from "./_applied.ts";
import { convolution, upsampling } from "./_convolution.ts";
import { type Layer, needsOf, plain, sequence } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import { residualBlock } from "./_residual_block.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";
import { width } from "./_sizes.ts";

/** The generator of Wang & Yu's adversarial network. */
export interface NoiseGeneratorSpec {
  /** The name of the architecture. */
  readonly architecture: "noise-generator";
  /** Channels at the image's resolution; 2 and 4 times as many at a half and a quarter. 64 in the authors' code. */
  readonly width: number;
  /** Channels of the images. */
  readonly channels: number;
}

/**
 * The generator of bounded noise of Wang & Yu (2019), which was made after Johnson et al. (2016): `apply` gives noise of
 * −1 to 1 for each pixel of the images, not the images themselves.
 *
 * A 3 × 3 convolution, two of stride 2, six residual blocks at a quarter of the resolution, two transposed convolutions back,
 * a 3 × 3 convolution and tanh; batch norms and ReLU between them. Its `layers` are `encode`, `middle`, `decode` and `noise`.
 *
 * Departure: the transposed convolutions are 2 × 2 without overlap and without batch norms, where the authors' are 3 × 3.
 *
 * @param spec Width and channels.
 * @returns A network from images to noise; the images' sides must be multiples of 4.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { noiseGenerator } from "@gcln/kit/networks";
 * import { type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, apply } = noiseGenerator({ architecture: "noise-generator", width: 2, channels: 3 });
 * const noise = apply(init(1), uniform<tf.Rank.R4>([2, 8, 8, 3], 0, 1, 1) as Images, { mode: "training" });
 * assertEquals(noise.shape, [2, 8, 8, 3]);
 * assert((await noise.abs().max().data())[0]! <= 1);
 * ```
 */
export const noiseGenerator: Architecture<NoiseGeneratorSpec, Images> = defineArchitecture({
  name: "noise-generator",
  source: "Wang & Yu 2019",
  settings: { width },
  make: build,
});

const BLOCKS = 6;

function build(spec: NoiseGeneratorSpec): Network<Images> {
  const { width, channels } = spec;
  const shrunk = (name: string, from: number, to: number, stride: 1 | 2) =>
    convolution(name, { size: 3, stride, from, to, norm: `${name}.norm`, activation: "relu" });
  const raised = (name: string, from: number, to: number) =>
    sequence(upsampling(name, from, to, "he"), plain((x) => x.relu()));
  const blocks = Array.from(
    { length: BLOCKS },
    (_, i) => residualBlock(`middle.${i}`, { from: 4 * width, to: 4 * width, stride: 1 }),
  );
  const stages: readonly (readonly [name: string, layer: Layer])[] = [
    [
      "encode",
      sequence(
        shrunk("encode", channels, width, 1),
        shrunk("halve", width, 2 * width, 2),
        shrunk("quarter", 2 * width, 4 * width, 2),
      ),
    ],
    ["middle", sequence(...blocks)],
    ["decode", sequence(raised("double", 4 * width, 2 * width), raised("restore", 2 * width, width))],
    [
      "noise",
      sequence(
        convolution("noise", { size: 3, from: width, to: channels, start: "small" }),
        plain((x) => x.tanh()),
      ),
    ],
  ];
  const needs = needsOf(stages.map(([, layer]) => layer));
  return {
    spec,
    layers: stages.map(([name]) => name),
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkApplied(images, channels, pass);
      checkSides(images);
      let x: Images = images;
      for (const [name, layer] of stages) {
        x = (pass.instead?.[name] ?? layer.apply(parameters, x, pass)) as Images;
        pass.tap?.(name, x);
      }
      return x;
    },
  };
}

function checkSides(images: Images): void {
  const [, h, w] = images.shape;
  if (h % 4 !== 0 || w % 4 !== 0) {
    throw new RangeError(`Cannot make noise for images of ${h} × ${w}: the sides must be multiples of 4`);
  }
}
