/** The gradient of a convolution by its filter, which the package lacks. */
import type { Machine } from "./engine.ts";
import { type Attributes, geometry } from "./geometry.ts";
import { address, floats, free, type Info } from "./heap.ts";
import { functions } from "./jobs/each.ts";
import { type Blocks, blocksOf } from "./jobs/filter_gradient.ts";
import { FLOAT, LANES } from "./sizes.ts";

/** Floats of a strip, which a part reads again and again: as many as fit into a core's first cache. */
const STRIP_FLOATS = 8_000;

/** How many blocks of input channels a part takes, and how many parts there are at least, where there are enough images. */
const BLOCKS = 8, PARTS = 24;

/** Vectors of a part when groups are added up. */
const VECTORS = 2048;

/**
 * ∂/∂filter: for each tap the sum of the outer products of pixels of x and of dy. Neither is copied or padded: for each
 * tap only the pixels that it meets are read. How the sum is cut depends on shapes alone, so that the result is the
 * same for any number of threads.
 */
export function filterGradient(
  machine: Machine,
  x: Info,
  dy: Info,
  shape: readonly number[],
  attributes: Attributes,
): Info {
  const { backend, engine } = machine, g = geometry(x.shape, shape, attributes);
  const { filterHeight: height, filterWidth: width, batchSize: images, inChannels: channels } = g;
  const { outChannels: outputs, outHeight, outWidth } = g;
  const blocks = blocksOf(channels, outputs), taps = height * width;
  const side = Math.min(BLOCKS, blocks.inputs.length);
  const parts = Math.ceil(blocks.inputs.length / side) * height;
  const share = Math.ceil(images / Math.min(images, Math.ceil(PARTS / parts)));
  const groups = Math.ceil(images / share);
  const floatsOfGroup = taps * blocks.inputs.length * blocks.outputs.length * blocks.size;
  const line = outWidth * (outputs + g.strideHeight * g.strideWidth * side * blocks.rows);
  const result = backend.makeOutput(shape, "float32");
  const sums = backend.makeOutput([groups, floatsOfGroup], "float32");
  const settings = {
    x: address(backend, x),
    dy: address(backend, dy),
    y: address(backend, sums),
    ...{ images, channels, outputs, outHeight, outWidth, height, width, share, side },
    inHeight: g.inHeight,
    inWidth: g.inWidth,
    top: g.padInfo.top,
    left: g.padInfo.left,
    strideY: g.strideHeight,
    strideX: g.strideWidth,
    stripRows: Math.ceil(outHeight / Math.ceil(outHeight * line / STRIP_FLOATS)),
    stripImages: Math.max(1, Math.floor(STRIP_FLOATS / (line * outHeight))),
  };
  engine.run("filterGradient", settings, groups * parts);
  for (let group = 1; group < groups; group++) add(machine, sums, group * floatsOfGroup, floatsOfGroup);
  unpack(floats(backend, sums), floats(backend, result), blocks, { height, width, channels, outputs, side });
  free(backend, sums);
  return result;
}

/** Adds to the first `count` floats those that lie `offset` floats behind. */
function add({ backend, engine }: Machine, sums: Info, offset: number, count: number): void {
  const a = address(backend, sums), vectors = count / LANES;
  const settings = { a, b: a + offset * FLOAT, y: a, kernel: functions.indexOf("add"), vectors, period: 0 };
  engine.run("each", { ...settings, share: VECTORS }, Math.ceil(vectors / VECTORS));
}

/** Puts the blocks of all parts in their places. */
function unpack(
  from: Float32Array,
  to: Float32Array,
  { rows, columns, inputs, outputs: outs, size, width: line }: Blocks,
  { height, width, channels, outputs, side }: Record<
    "height" | "width" | "channels" | "outputs" | "side",
    number
  >,
): void {
  let f = 0;
  for (let r = 0; r < height; r++) {
    for (let first = 0; first < inputs.length; first += side) {
      for (let c = 0; c < width; c++) {
        for (const input of inputs.slice(first, first + side)) {
          for (const output of outs) {
            for (let i = 0; i < rows; i++) {
              const t = ((r * width + c) * channels + input + i) * outputs + output;
              for (let o = 0; o < columns; o++) to[t + o] = from[f + i * line + o]!;
            }
            f += size;
          }
        }
      }
    }
  }
}
