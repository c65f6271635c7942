import { count } from "../kinds/mod.ts";
import { type Images, type Parameters, tf } from "../tensor/mod.ts";
import { checkApplied } from "./_applied.ts";
import type { Declaration, Network, Start } from "./architecture.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";
import { initialise, parameter } from "./parameters.ts";
import { width } from "./_sizes.ts";

/** A PixelCNN++ as plain JSON. */
export interface PixelCnnSpec {
  /** The name of the architecture. */
  readonly architecture: "pixelcnn";
  /** Channels of each of its two streams. */
  readonly width: number;
  /** How many pairs of gated residual blocks there are. */
  readonly blocks: number;
  /** How many logistic distributions the answer for a pixel is a mixture of. */
  readonly mixtures: number;
  /** Channels of the images. */
  readonly channels: number;
}

/** How many numbers describe the distribution of one pixel. */
export function numbersAPixel({ mixtures, channels }: Pick<PixelCnnSpec, "mixtures" | "channels">): number {
  return mixtures * (1 + 2 * channels + channels * (channels - 1) / 2);
}

/**
 * A PixelCNN++ (van den Oord et al. 2016; Salimans et al. 2017): for each pixel the parameters of the distribution of its
 * value, given the pixels above it and those left of it in its row.
 *
 * Two streams: one sees the rows above (its convolutions look up, 2 × 3), the other the row's pixels to the left as well (2 ×
 * 2) and is given the first one in each block. Each block is residual and gated: x + a · sigmoid(b) of two convolutions.
 *
 * Departure: one resolution, without the shortcuts over halves and quarters; ELU instead of the concatenated ELU, no
 * dropout, no weight normalisation. That is a fiftieth of the published network, which took days.
 *
 * @param spec Width, blocks, mixtures and channels.
 * @returns A network from images to `[n, h, w, numbers]`; {@linkcode numbersAPixel} says how many.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { numbersAPixel, pixelCnn } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const spec = { architecture: "pixelcnn", width: 4, blocks: 1, mixtures: 2, channels: 3 } as const;
 * const { init, apply } = pixelCnn(spec), parameters = init(1);
 * assertEquals(apply(parameters, tf.zeros([1, 8, 8, 3])).shape, [1, 8, 8, numbersAPixel(spec)]);
 * // Nothing depends on the last pixel, not even its own distribution.
 * const dark = tf.zeros([1, 2, 2, 3]) as tf.Tensor4D, last = tf.pad(tf.ones([1, 1, 1, 3]), [[0, 0], [1, 0], [1, 0], [0, 0]]);
 * const bright = dark.add(last) as tf.Tensor4D;
 * assertEquals(await apply(parameters, dark).data(), await apply(parameters, bright).data());
 * ```
 */
export const pixelCnn: Architecture<PixelCnnSpec, Images> = defineArchitecture({
  name: "pixelcnn",
  source: "Salimans et al. 2017",
  settings: { width, blocks: count({ least: 1 }), mixtures: count({ least: 1 }) },
  make: build,
});

function build(spec: PixelCnnSpec): Network<Images> {
  const { channels, blocks } = spec, declarations = declarationsOf(spec);
  return {
    spec,
    layers: [],
    declarations,
    batchNorms: {},
    init: (seed) => initialise(declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkApplied(images, channels, pass);
      const weight = (name: string) => parameter<tf.Tensor4D>(parameters, `${name}.weight`);
      const seen = seenBy(images);
      let above = biased(parameters, "above", lowered(convolved(seen, weight("above"), [1, 0], [1, 1])));
      let left = biased(
        parameters,
        "left",
        lowered(convolved(seen, weight("left.above"), [0, 0], [1, 1])).add(
          shifted(convolved(seen, weight("left.left"), [1, 0], [0, 0])),
        ),
      );
      for (let i = 0; i < blocks; i++) {
        above = gated(parameters, `blocks.${i}.above`, above, [1, 1]);
        left = gated(parameters, `blocks.${i}.left`, left, [1, 0], above);
      }
      return biased(parameters, "pixel", tf.conv2d(left.elu(), weight("pixel"), 1, "valid"));
    },
  };
}

/** What the network sees of images: values in [-1, 1], and a channel of ones, which tells pixels from what is beyond the border. */
export function seenBy(images: Images): Images {
  const [n, h, w] = images.shape;
  return tf.concat([images.mul(2).sub(1), tf.ones([n, h, w, 1])], 3) as Images;
}

function declarationsOf(spec: PixelCnnSpec): Declaration[] {
  const { width, blocks } = spec, seen = spec.channels + 1;
  const kernel = (name: string, size: readonly [number, number], from: number, to: number, start: Start) => {
    const [height, width] = size, fanIn = height * width * from;
    return [
      { name: `${name}.weight`, shape: [height, width, from, to], start, fanIn },
      { name: `${name}.bias`, shape: [to], start: "zeros", fanIn },
    ] satisfies Declaration[];
  };
  const alone = (...made: Declaration[]) => made.slice(0, 1); // where another kernel's bias is added
  const block = (name: string, size: readonly [number, number]) => [
    ...kernel(`${name}.1`, size, width, width, "linear"),
    ...kernel(`${name}.2`, size, width, 2 * width, "small"),
  ];
  return [
    ...kernel("above", [2, 3], seen, width, "linear"),
    ...alone(...kernel("left.above", [1, 3], seen, width, "linear")),
    ...alone(...kernel("left.left", [2, 1], seen, width, "linear")),
    ...kernel("left", [1, 1], seen, width, "linear").slice(1),
    ...Array.from({ length: blocks }, (_, i) => [
      ...block(`blocks.${i}.above`, [2, 3]),
      ...block(`blocks.${i}.left`, [2, 2]),
      ...alone(...kernel(`blocks.${i}.left.from`, [1, 1], width, width, "linear")),
    ]).flat(),
    ...kernel("pixel", [1, 1], width, numbersAPixel(spec), "small"),
  ];
}

type Sides = readonly [before: number, after: number];

/** A convolution that looks beyond the border by so many pixels before and after. */
function convolved(x: tf.Tensor4D, filter: tf.Tensor4D, rows: Sides, columns: Sides): tf.Tensor4D {
  return tf.conv2d(tf.pad(x, [[0, 0], [...rows], [...columns], [0, 0]]), filter, 1, "valid");
}

/** Each row where the next one was. */
function lowered(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  return tf.pad(x, [[0, 0], [1, 0], [0, 0], [0, 0]]).slice([0, 0, 0, 0], [n, h, w, c]);
}

/** Each column where the next one was. */
function shifted(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  return tf.pad(x, [[0, 0], [0, 0], [1, 0], [0, 0]]).slice([0, 0, 0, 0], [n, h, w, c]);
}

function biased(parameters: Parameters, name: string, x: tf.Tensor): tf.Tensor4D {
  return x.add(parameter(parameters, `${name}.bias`));
}

/** A gated residual block; `columns` is how far its convolutions look to the left and to the right. */
function gated(
  parameters: Parameters,
  name: string,
  x: tf.Tensor4D,
  columns: Sides,
  given?: tf.Tensor4D,
): tf.Tensor4D {
  const convolve = (x: tf.Tensor4D, name: string) =>
    convolved(x, parameter(parameters, `${name}.weight`), [1, 0], columns);
  const first = convolve(x.elu(), `${name}.1`);
  const both = given === undefined
    ? first
    : first.add(tf.conv2d(given.elu(), parameter(parameters, `${name}.from.weight`), 1, "valid"));
  const second = biased(
    parameters,
    `${name}.2`,
    convolve(biased(parameters, `${name}.1`, both).elu(), `${name}.2`),
  );
  const [value, gate] = tf.split(second, 2, 3);
  return x.add(value!.mul(gate!.sigmoid()));
}
