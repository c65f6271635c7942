import { count, word } from "../kinds/mod.ts";
import type { Images } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkApplied } from "./_applied.ts";
import { convolution, upsampling } from "./_convolution.ts";
import { type Layer, needsOf, sequence } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import { correctionBlock } from "./_residual_block.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";
import { width } from "./_sizes.ts";

/** A larger generator G for Figure 1: a U-Net of several levels. */
export interface UnetSpec {
  /** The name of the architecture. */
  readonly architecture: "unet";
  /** Channels at half the image's resolution; each level has twice as many as the one above it. */
  readonly width: number;
  /** The number of resolutions, the first of them half the image's. */
  readonly levels: number;
  /** Residual blocks of a level on the way down, and as many on the way up. */
  readonly blocks: number;
  /** Whether batch norms follow the convolutions of the blocks. */
  readonly norm: "none" | "batch";
  /** Channels of the images. */
  readonly channels: number;
}

/**
 * A U-Net (Ronneberger et al. 2015) that repairs images: `apply` gives the images plus a learned correction, not clipped
 * to [0, 1]. Denoisers of this shape clean attacked images (Liao et al. 2018, HGD).
 *
 * A 2 × 2 convolution of stride 2 takes each 2 × 2 pixels apart into `width` channels. Each level has residual blocks; a
 * 2 × 2 convolution of stride 2 leads to the next, with half the sides and twice the channels. On the way up a transposed
 * convolution doubles the sides, what the level had on the way down is added, and residual blocks follow. The last
 * transposed convolution starts at zero, so that an untrained network is the identity. Three levels of width 48 with one
 * block each are 1.3 million weights.
 *
 * Its `layers` are `down0`, `down1` … and back `up1`, `up0`, then `correction`.
 *
 * @param spec Width, levels, blocks, norm and channels.
 * @returns A network from images to images; their sides must be multiples of 2 to the power of `levels`.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { countParameters, unet } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, apply } = unet({ architecture: "unet", width: 48, levels: 3, blocks: 1, norm: "none", channels: 3 });
 * const images = tf.fill([1, 32, 32, 3], 0.25) as tf.Tensor4D, parameters = init(1);
 * assertEquals(await apply(parameters, images).data(), await images.data());
 * assertEquals(Math.round(countParameters(parameters) / 1e5), 13);
 * ```
 */
export const unet: Architecture<UnetSpec, Images> = defineArchitecture({
  name: "unet",
  source: "Ronneberger et al. 2015",
  settings: {
    width,
    levels: count({ least: 1 }),
    blocks: count({ least: 1 }),
    norm: word(["none", "batch"]),
  },
  make: build,
});

/** A resolution of the network. */
interface Level {
  /** From the level above (or the images) to this one, with its blocks. */
  readonly down: Layer;
  /** The blocks on the way back; the last level has none. */
  readonly up: Layer | undefined;
  /** From this level to the one above, or to a correction of the images. */
  readonly raise: Layer;
}

function levelsOf({ width, levels, blocks, norm, channels }: UnetSpec): Level[] {
  const run = (name: string, size: number) =>
    Array.from({ length: blocks }, (_, i) => correctionBlock(`${name}.${i}`, size, norm));
  return Array.from({ length: levels }, (_, i) => {
    const size = width * 2 ** i, above = i === 0 ? channels : size / 2;
    const enter = convolution(`enter${i}`, { size: 2, stride: 2, from: above, to: size, start: "linear" });
    return {
      down: sequence(enter, ...run(`down${i}`, size)),
      up: i < levels - 1 ? sequence(...run(`up${i}`, size)) : undefined,
      raise: upsampling(`raise${i}`, size, above, i === 0 ? "zeros" : "linear"),
    };
  });
}

function build(spec: UnetSpec): Network<Images> {
  const levels = levelsOf(spec), { channels } = spec;
  const needs = needsOf([
    ...levels.map(({ down }) => down),
    ...levels.toReversed().flatMap(({ up, raise }) => up ? [up, raise] : [raise]),
  ]);
  const deepest = levels.length - 1;
  const numbers = levels.map((_, i) => i);
  return {
    spec,
    layers: [
      ...numbers.map((i) => `down${i}`),
      ...numbers.slice(0, deepest).toReversed().map((i) => `up${i}`),
      "correction",
    ],
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkApplied(images, channels, pass);
      checkSides(images, levels.length);
      const run = (layer: Layer, x: Images) => layer.apply(parameters, x, pass) as Images;
      const shown = (name: string, made: Images) => {
        const x = (pass.instead?.[name] ?? made) as Images;
        pass.tap?.(name, x);
        return x;
      };
      const seen: Images[] = []; // at each level on the way down
      for (const [i, { down }] of levels.entries()) {
        seen.push(shown(`down${i}`, run(down, seen[i - 1] ?? images)));
      }
      let x = seen[deepest]!;
      for (let i = deepest - 1; i >= 0; i--) {
        const raised = run(levels[i + 1]!.raise, x);
        x = shown(`up${i}`, run(levels[i]!.up!, seen[i]!.add(raised)));
      }
      return images.add(shown("correction", run(levels[0]!.raise, x)));
    },
  };
}

function checkSides(images: Images, levels: number): void {
  const [, h, w] = images.shape, unit = 2 ** levels;
  if (h % unit !== 0 || w % unit !== 0) {
    throw new RangeError(`Cannot repair images of ${h} × ${w}: the sides must be multiples of ${unit}`);
  }
}
