import { type Images, type Parameters, tf } from "../tensor/mod.ts";
import type { Declaration, Network } from "./architecture.ts";
import { checkApplied } from "./_applied.ts";
import { convolution, upsampling } from "./_convolution.ts";
import { dense } from "./_dense.ts";
import { type Layer, needsOf } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";
import { width } from "./_sizes.ts";

/** A U-Net that finds the noise in images, as plain JSON. */
export interface DiffusionUnetSpec {
  /** The name of the architecture. */
  readonly architecture: "diffusion-unet";
  /** Channels at half the image's resolution; twice as many below. */
  readonly width: number;
  /** Channels of the images. */
  readonly channels: number;
}

/** Numbers that tell the time: sines and cosines of so many frequencies. */
const FREQUENCIES = 16;
const LEVELS = 3;

/**
 * The U-Net of a diffusion model (Ho et al. 2020): from noisy images, and how far the noise has come, to the noise.
 *
 * `apply` takes images with one channel more, which is the time, 0 to 1, at every pixel. Three levels (a half, a quarter, an eighth of the
 * resolution), each with a residual block on the way down and one on the way up that are told the time.
 *
 * Departure: half the resolution at most, no attention, no group norms; SiLU before each convolution as there.
 *
 * @param spec Width and channels.
 * @returns A network from `[n, h, w, channels + 1]` to `[n, h, w, channels]`; sides must be multiples of 8.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { diffusionUnet } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, apply } = diffusionUnet({ architecture: "diffusion-unet", width: 4, channels: 3 });
 * assertEquals(apply(init(1), tf.zeros([2, 8, 8, 4])).shape, [2, 8, 8, 3]);
 * ```
 */
export const diffusionUnet: Architecture<DiffusionUnetSpec, Images> = defineArchitecture({
  name: "diffusion-unet",
  source: "Ho et al. 2020",
  settings: { width },
  make: build,
});

function build(spec: DiffusionUnetSpec): Network<Images> {
  const { width, channels } = spec, sizes = [width, 2 * width, 2 * width];
  const linear = { start: "linear" } as const;
  const time = dense("time", 2 * FREQUENCIES, 4 * width);
  const levels = sizes.map((size, i) => ({
    enter: convolution(`down${i}.enter`, {
      size: 2,
      stride: 2,
      from: sizes[i - 1] ?? channels,
      to: size,
      ...linear,
    }),
    down: timedBlock(`down${i}.block`, size, 4 * width),
    up: timedBlock(`up${i}.block`, size, 4 * width),
    leave: upsampling(`up${i}.leave`, size, sizes[i - 1] ?? channels, i === 0 ? "zeros" : "linear"),
  }));
  const needs = needsOf([
    time,
    ...levels.flatMap(({ enter, down, up, leave }) => [enter, plainly(down), plainly(up), leave]),
  ]);
  return {
    spec,
    layers: [],
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkApplied(images, channels + 1, pass);
      const [n, h, w] = images.shape;
      if (h % 2 ** LEVELS !== 0 || w % 2 ** LEVELS !== 0) {
        throw new RangeError(
          `Cannot find the noise in images of ${h} × ${w}: the sides must be multiples of ${2 ** LEVELS}`,
        );
      }
      const noisy = images.slice([0, 0, 0, 0], [n, h, w, channels]);
      const told = images.slice([0, 0, 0, channels], [n, 1, 1, 1]).reshape([n, 1]);
      const moment = silu(time.apply(parameters, waves(told), pass));
      const kept: tf.Tensor[] = [];
      let x: tf.Tensor = noisy;
      for (const { enter, down } of levels) {
        x = down.apply(parameters, enter.apply(parameters, x, pass), moment);
        kept.push(x);
      }
      for (const { up, leave } of levels.toReversed()) {
        const beside = kept.pop()!;
        x = leave.apply(parameters, up.apply(parameters, x === beside ? x : x.add(beside), moment), pass);
      }
      return noisy.add(x) as Images; // an untrained network takes all that it sees for noise
    },
  };
}

/** Sines and cosines of a time in [0, 1], `[n, 1]` to `[n, 2 FREQUENCIES]`. */
function waves(time: tf.Tensor): tf.Tensor {
  const rates = Array.from({ length: FREQUENCIES }, (_, i) => Math.PI * 1000 ** (i / (FREQUENCIES - 1)) / 4);
  const angles = time.mul(tf.tensor2d([rates]));
  return tf.concat([angles.sin(), angles.cos()], 1);
}

function silu(x: tf.Tensor): tf.Tensor {
  return x.mul(x.sigmoid());
}

/** The declarations of a layer that is told the time, as those of any layer. */
function plainly({ declarations }: Timed): Layer {
  return { declarations, apply: (_, x) => x };
}

/** A layer that is told the time. */
interface Timed {
  readonly declarations: readonly Declaration[];
  apply(parameters: Parameters, x: tf.Tensor, moment: tf.Tensor): tf.Tensor;
}

/** x plus two convolutions of it, the time added between them. */
function timedBlock(name: string, size: number, moments: number): Timed {
  const first = convolution(`${name}.conv1`, { size: 3, from: size, to: size, start: "linear" });
  const second = convolution(`${name}.conv2`, { size: 3, from: size, to: size, start: "small" });
  const told = dense(`${name}.time`, moments, size);
  return {
    declarations: [first, second, told].flatMap(({ declarations }) => declarations),
    apply: (parameters, x, moment) => {
      const shift = told.apply(parameters, moment, {}).expandDims(1).expandDims(1);
      const middle = first.apply(parameters, silu(x), {}).add(shift);
      return x.add(second.apply(parameters, silu(middle), {}));
    },
  };
}
