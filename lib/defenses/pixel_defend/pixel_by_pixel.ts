import { numbersAPixel, type PixelCnnSpec, seenBy } from "../../networks/mod.ts";
import { type Numbers, PlainPixels } from "./plain_pixels.ts";
import { compile, type Compiled, type Images, type Parameters, tf } from "../../tensor/mod.ts";

/** Fields of {@linkcode pixelByPixel}. */
export interface PixelByPixelOptions {
  /** What computes pixels: plain numbers or the engine. Default: what is quicker for so many images. */
  readonly pixels?: "by hand" | "by engine";
}

/** Up to so many images times the square of the width the engine's calls cost more than the arithmetic; measured. */
const BY_HAND = 6000;

/** A PixelCNN's weights, cut up for one pixel at a time. */
type Cut = Readonly<Record<string, tf.Tensor>>;

/** Runs a PixelCNN over images that become known pixel by pixel, each pixel once. */
export interface PixelByPixel {
  /**
   * Goes over all pixels in raster order.
   *
   * @param shape Of the images, `[n, h, w, c]`.
   * @param choose Is told what the network says of a pixel of all images, `[n * numbers]`, given those that were chosen before, and
   * writes the chosen grey levels into `levels`, n images one after the other.
   * @param levels The images that come about.
   */
  over(
    shape: readonly [n: number, h: number, w: number, c: number],
    choose: (numbers: Float32Array, row: number, column: number) => void,
    levels: Uint8Array,
  ): void;
  /** Frees the graphs and the cut weights. */
  dispose(): void;
}

/**
 * The same network as `pixelCnn`, made to run along with the pixels: what is above a row is computed when the row begins, row by
 * row, and of the row itself only the pixel that is next, whose left neighbour left behind what it contributes. So a whole image
 * costs as much as one pass of the network, where a pass for each pixel would cost a thousand times as much.
 *
 * @param spec The network's.
 * @param parameters The network's, which stay the caller's.
 * @param options What computes pixels.
 */
export function pixelByPixel(
  spec: PixelCnnSpec,
  parameters: Parameters,
  { pixels: by }: PixelByPixelOptions = {},
): PixelByPixel {
  const weights = cut(spec, parameters),
    rows = new Map<string, Compiled>(),
    pixels = new Map<string, Compiled>();
  const { width, blocks, channels } = spec, size = (1 + 3 * blocks) * width;
  let plain: PlainPixels | undefined;
  const zeros = (shape: number[], count: number) => Array.from({ length: count }, () => tf.zeros(shape));

  function rowOf(n: number, w: number): Compiled {
    return known(rows, `${tf.getBackend()} ${n} ${w}`, () =>
      compile(
        (...given) => rowStep(spec, weights, given),
        [...zeros([n, 1, w, channels + 1], 2), ...zeros([n, 1, w, width], 4 * blocks)],
      ));
  }

  function pixelOf(n: number): Compiled {
    return known(pixels, `${tf.getBackend()} ${n}`, () =>
      compile(
        (...given) => pixelStep(spec, weights, given as tf.Tensor2D[]),
        [tf.zeros([n, size]), tf.zeros([n, channels + 1]), ...zeros([n, width], 2 * blocks)],
      ));
  }

  /** A row by the engine, which is quicker for many images. */
  function rowByEngine(comes: tf.Tensor, [n, w]: readonly [number, number], ask: Ask): tf.Tensor[] {
    const aPixel = pixelOf(n), columns = tf.unstack(comes, 1), made: tf.Tensor[][] = [];
    const border = [tf.zeros([n, channels + 1]), ...zeros([n, width], 2 * blocks)];
    let beside = border;
    for (let column = 0; column < w; column++) {
      const [numbers, ...activations] = aPixel(columns[column]!, ...beside);
      const seen = ask(numbers!.dataSync() as Float32Array, column);
      tf.dispose([numbers!, columns[column]!, beside[0]!]);
      beside = [tf.tensor2d(seen, [n, channels + 1]), ...activations];
      made.push(activations);
    }
    const left = Array.from(
      { length: 2 * blocks },
      (_, at) => tf.tidy(() => tf.stack(made.map((activations) => activations[at]!), 1).expandDims(1)),
    );
    tf.dispose([beside[0]!, ...border.slice(1), ...made.flat()]);
    return left;
  }

  /** The same in plain numbers, which is quicker for a few images. */
  function rowByHand(comes: tf.Tensor, [n, w]: readonly [number, number], ask: Ask): tf.Tensor[] {
    plain ??= new PlainPixels(spec, numbersOf(weights));
    const activations = Array.from({ length: 2 * blocks }, () => new Float64Array(n * w * width));
    const row = { images: n, columns: w, comes: comes.dataSync() as Float32Array, activations };
    const numbers = new Float32Array(n * numbersAPixel(spec));
    let seen: Float32Array | undefined;
    for (let column = 0; column < w; column++) {
      plain.say(row, column, seen, numbers);
      seen = ask(numbers, column);
    }
    return activations.map((values) => tf.tensor4d(Float32Array.from(values), [n, 1, w, width]));
  }

  return {
    over([n, h, w, c], choose, levels) {
      const aRow = rowOf(n, w),
        along = (by ?? (n * width * width <= BY_HAND ? "by hand" : "by engine")) === "by hand"
          ? rowByHand
          : rowByEngine;
      let seen = zeros([n, 1, w, c + 1], 2); // of the two rows above: the nearer one last
      let above = zeros([n, 1, w, width], 2 * blocks), left = zeros([n, 1, w, width], 2 * blocks);
      for (let row = 0; row < h; row++) {
        const [comes, ...kept] = aRow(...seen, ...above, ...left);
        tf.dispose([seen[0]!, ...above, ...left]);
        above = kept;
        left = along(comes!, [n, w], (numbers, column) => {
          choose(numbers, row, column);
          return seenPixel(levels, [n, h, w, c], row, column);
        });
        comes!.dispose();
        seen = [seen[1]!, seenRow(levels, [n, h, w, c], row)];
      }
      tf.dispose([...seen, ...above, ...left]);
    },
    dispose() {
      for (const step of [...rows.values(), ...pixels.values()]) step.dispose();
      rows.clear();
      pixels.clear();
      tf.dispose(Object.values(weights));
    },
  };
}

/** Is told what the network says of a pixel, and gives back what the network then sees of it, `[n, c + 1]`. */
type Ask = (numbers: Float32Array, column: number) => Float32Array;

/** What is known under a key, made where nothing is. */
function known(all: Map<string, Compiled>, key: string, make: () => Compiled): Compiled {
  const found = all.get(key) ?? tidied(make);
  all.set(key, found);
  return found;
}

/** The numbers of the weights that a pixel needs. */
function numbersOf(weights: Cut): Numbers {
  const needed = Object.entries(weights).filter(([name]) =>
    /^(left\.left|pixel(\.bias)?|\d+\.left\.[12])$/.test(name)
  );
  return Object.fromEntries(needed.map(([name, tensor]) => [name, Float64Array.from(tensor.dataSync())]));
}

/** `tf.tidy` for what is no tensor. */
function tidied<T>(make: () => T): T {
  let made: T | undefined;
  tf.tidy(() => {
    made = make();
  });
  return made!;
}

/** What the network sees of a pixel of all images, `[n, c + 1]`. */
function seenPixel(
  levels: Uint8Array,
  [n, h, w, c]: readonly [number, number, number, number],
  row: number,
  column: number,
): Float32Array {
  const values = new Float32Array(n * (c + 1));
  for (let i = 0; i < n; i++) {
    const from = ((i * h + row) * w + column) * c, to = i * (c + 1);
    for (let channel = 0; channel < c; channel++) values[to + channel] = levels[from + channel]! / 127.5 - 1;
    values[to + c] = 1;
  }
  return values;
}

/** What the network sees of a row of all images, `[n, 1, w, c + 1]`. */
function seenRow(
  levels: Uint8Array,
  [n, h, w, c]: readonly [number, number, number, number],
  row: number,
): tf.Tensor {
  const values = new Float32Array(n * w * c);
  for (let i = 0; i < n; i++) {
    const from = (i * h + row) * w * c;
    for (let k = 0; k < w * c; k++) values[i * w * c + k] = levels[from + k]! / 255;
  }
  return tf.tidy(() => seenBy(tf.tensor4d(values, [n, 1, w, c]) as Images));
}

/** The weights by their part in a step; new tensors. */
function cut(spec: PixelCnnSpec, parameters: Parameters): Cut {
  const { width, blocks } = spec, parts: Record<string, tf.Tensor> = {};
  const take = (name: string) => parameters[name]!.clone();
  const row = (name: string, index: number, count = 1) => {
    const [, columns, from, to] = parameters[name]!.shape as number[];
    return parameters[name]!.slice([index, 0, 0, 0], [count, columns!, from!, to!]);
  };
  /** The kernel of the left neighbour, and below it that of the pixel itself. */
  const both = (name: string) => {
    const [, , from, to] = parameters[name]!.shape as number[];
    const at = (column: number) =>
      parameters[name]!.slice([1, column, 0, 0], [1, 1, from!, to!]).reshape([from!, to!]);
    return tf.concat([at(0), at(1)], 0);
  };
  return tf.tidy(() => {
    parts["above"] = take("above.weight");
    parts["above.bias"] = take("above.bias");
    parts["left.above"] = take("left.above.weight");
    parts["left.left above"] = row("left.left.weight", 0);
    parts["left.left"] = row("left.left.weight", 1).reshape([spec.channels + 1, width]);
    parts["left.bias"] = take("left.bias");
    for (let i = 0; i < blocks; i++) {
      for (const half of ["1", "2"]) {
        parts[`${i}.above.${half}`] = take(`blocks.${i}.above.${half}.weight`);
        parts[`${i}.above.${half}.bias`] = take(`blocks.${i}.above.${half}.bias`);
        parts[`${i}.left above.${half}`] = row(`blocks.${i}.left.${half}.weight`, 0);
        parts[`${i}.left.${half}`] = both(`blocks.${i}.left.${half}.weight`);
        parts[`${i}.left.${half}.bias`] = take(`blocks.${i}.left.${half}.bias`);
      }
      parts[`${i}.from`] = take(`blocks.${i}.left.from.weight`);
    }
    parts["pixel"] = parameters["pixel.weight"]!.reshape([width, numbersAPixel(spec)]);
    parts["pixel.bias"] = take("pixel.bias");
    return parts;
  });
}

const filter = (weights: Cut, name: string) => weights[name] as tf.Tensor4D;

/** A convolution along rows, with so many pixels beyond the borders. */
function along(x: tf.Tensor, filter: tf.Tensor4D, before: number, after: number): tf.Tensor4D {
  return tf.conv2d(tf.pad(x as tf.Tensor4D, [[0, 0], [0, 0], [before, after], [0, 0]]), filter, 1, "valid");
}

/**
 * All that can be said when a row begins: what comes to its pixels from above, `[n, w, (1 + 3 blocks) width]`; then the
 * activations of the stream that sees the rows above, for the next row.
 */
function rowStep({ blocks }: PixelCnnSpec, weights: Cut, given: readonly tf.Tensor[]): tf.Tensor[] {
  const [far, near, ...rest] = given, last = rest.slice(0, 2 * blocks);
  const lastLeft = rest.slice(2 * blocks); // the activations of the pixels of the row above, 2 blocks of [n, 1, w, width]
  const before = tf.pad(near as tf.Tensor4D, [[0, 0], [0, 0], [1, 0], [0, 0]]).slice(
    [0, 0, 0, 0],
    near!.shape as never,
  );
  let above: tf.Tensor = along(tf.concat([far!, near!], 1), filter(weights, "above"), 1, 1).add(
    weights["above.bias"]!,
  );
  const kept: tf.Tensor[] = [];
  const comes: tf.Tensor[] = [
    along(near!, filter(weights, "left.above"), 1, 1)
      .add(along(before, filter(weights, "left.left above"), 0, 0))
      .add(weights["left.bias"]!),
  ];
  for (let i = 0; i < blocks; i++) {
    const down = (x: tf.Tensor, half: 1 | 2): tf.Tensor => {
      kept.push(x);
      const rows = tf.concat([last[2 * i + half - 1]!, x], 1);
      return along(rows, filter(weights, `${i}.above.${half}`), 1, 1).add(
        weights[`${i}.above.${half}.bias`]!,
      );
    };
    const second = down(down(above.elu(), 1).elu(), 2), [value, gate] = tf.split(second, 2, 3);
    above = above.add(value!.mul(gate!.sigmoid()));
    const across = (half: 1 | 2): tf.Tensor => {
      return along(lastLeft[2 * i + half - 1]!, filter(weights, `${i}.left above.${half}`), 1, 0).add(
        weights[`${i}.left.${half}.bias`]!,
      );
    };
    comes.push(
      across(1).add(tf.conv2d(above.elu() as tf.Tensor4D, filter(weights, `${i}.from`), 1, "valid")),
    );
    comes.push(across(2));
  }
  return [tf.concat(comes, 3).squeeze([1]), ...kept];
}

/**
 * What is said of one pixel; then its activations, which its row and the pixel right of it want. Few operations: each costs more
 * than its numbers.
 */
function pixelStep(
  { blocks, width }: PixelCnnSpec,
  weights: Cut,
  given: readonly tf.Tensor2D[],
): tf.Tensor[] {
  const [comes, before, ...beside] = given, made: tf.Tensor2D[] = [];
  const [first, ...others] = tf.split(comes!, [width, ...Array(blocks).fill([width, 2 * width]).flat()], 1);
  let left = first!.add<tf.Tensor2D>(before!.matMul(weights["left.left"] as tf.Tensor2D));
  for (let i = 0; i < blocks; i++) {
    const across = (x: tf.Tensor2D, half: 1 | 2): tf.Tensor2D => {
      const at = 2 * i + half - 1, both = tf.concat([beside[at]!, x], 1);
      made.push(x);
      return both.matMul(weights[`${i}.left.${half}`] as tf.Tensor2D).add(others[at]!);
    };
    const second = across(across(left.elu(), 1).elu(), 2), [value, gate] = tf.split(second, 2, 1);
    left = left.add(value!.mul(gate!.sigmoid()));
  }
  const numbers = left.elu().matMul(weights["pixel"] as tf.Tensor2D).add(weights["pixel.bias"]!);
  return [numbers, ...made];
}
