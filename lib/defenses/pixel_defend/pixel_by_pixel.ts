import { numbersAPixel, type PixelCnnSpec, seenBy } from "../../networks/mod.ts";
import { compile, type Compiled, type Images, type Parameters, tf } from "../../tensor/mod.ts";

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
 */
export function pixelByPixel(spec: PixelCnnSpec, parameters: Parameters): PixelByPixel {
  const weights = cut(spec, parameters), steps = new Map<string, { row: Compiled; pixel: Compiled }>();
  const { width, blocks, channels } = spec;

  function stepsFor(n: number, w: number) {
    const key = `${tf.getBackend()} ${n} ${w}`, known = steps.get(key);
    if (known !== undefined) return known;
    const zeros = (shape: number[], count: number) => Array.from({ length: count }, () => tf.zeros(shape));
    const made = tidied(() => ({
      row: compile(
        (...given) => rowStep(spec, weights, given),
        [
          ...zeros([n, 1, w, channels + 1], 2),
          ...zeros([n, 1, w, width], 2 * blocks),
          ...zeros([n, width], 2 * blocks * w),
        ],
      ),
      pixel: compile(
        (...given) => pixelStep(spec, weights, given as tf.Tensor2D[]),
        [
          tf.zeros([n, (1 + 3 * blocks) * width]),
          tf.zeros([n, channels + 1]),
          ...zeros([n, width], 2 * blocks),
        ],
      ),
    }));
    steps.set(key, made);
    return made;
  }

  return {
    over([n, h, w, c], choose, levels) {
      const { row: aRow, pixel: aPixel } = stepsFor(n, w);
      const nothing = (shape: number[], count: number) =>
        Array.from({ length: count }, () => tf.zeros(shape));
      let seen = nothing([n, 1, w, c + 1], 2); //                      of the two rows above: the nearer one last
      let above = nothing([n, 1, w, width], 2 * blocks), left = nothing([n, width], 2 * blocks * w);
      const border = [tf.zeros([n, c + 1]), ...nothing([n, width], 2 * blocks)];
      for (let row = 0; row < h; row++) {
        const made = aRow(...seen, ...above, ...left), columns = made.slice(0, w);
        tf.dispose([seen[0]!, ...above, ...left]);
        above = made.slice(w);
        left = [];
        let beside = border;
        for (let column = 0; column < w; column++) {
          const [numbers, ...activations] = aPixel(columns[column]!, ...beside);
          choose(numbers!.dataSync() as Float32Array, row, column);
          tf.dispose([numbers!, columns[column]!]);
          if (column > 0) beside[0]!.dispose();
          beside = [seenPixel(levels, [n, h, w, c], row, column), ...activations];
          left.push(...activations);
        }
        beside[0]!.dispose();
        seen = [seen[1]!, seenRow(levels, [n, h, w, c], row)];
      }
      tf.dispose([...seen, ...above, ...left, ...border]);
    },
    dispose() {
      for (const { row, pixel } of steps.values()) {
        row.dispose();
        pixel.dispose();
      }
      steps.clear();
      tf.dispose(Object.values(weights));
    },
  };
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
): tf.Tensor2D {
  const values = new Float32Array(n * (c + 1));
  for (let i = 0; i < n; i++) {
    const from = ((i * h + row) * w + column) * c, to = i * (c + 1);
    for (let channel = 0; channel < c; channel++) values[to + channel] = levels[from + channel]! / 127.5 - 1;
    values[to + c] = 1;
  }
  return tf.tensor2d(values, [n, c + 1]);
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
 * All that can be said when a row begins: for each of its pixels what comes to it from above, `[n, (1 + 3 blocks) width]` each; then
 * the activations of the stream that sees the rows above, for the next row.
 */
function rowStep({ blocks }: PixelCnnSpec, weights: Cut, given: readonly tf.Tensor[]): tf.Tensor[] {
  const [far, near, ...rest] = given, last = rest.slice(0, 2 * blocks);
  const columns = rest.slice(2 * blocks); // for each pixel its activations, 2 blocks of [n, width]
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
      const x = tf.stack(columns.filter((_, at) => at % (2 * blocks) === 2 * i + half - 1), 1).expandDims(1); // [n, 1, w, width]
      return along(x, filter(weights, `${i}.left above.${half}`), 1, 0).add(
        weights[`${i}.left.${half}.bias`]!,
      );
    };
    comes.push(
      across(1).add(tf.conv2d(above.elu() as tf.Tensor4D, filter(weights, `${i}.from`), 1, "valid")),
    );
    comes.push(across(2));
  }
  return [...tf.unstack(tf.concat(comes, 3).squeeze([1]), 1), ...kept];
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
