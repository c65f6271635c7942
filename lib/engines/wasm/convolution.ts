/** Convolutions by the kit's own kernels. */
import type { Machine } from "./engine.ts";
import { address, floats, free, type Info } from "./heap.ts";
import type { Settings } from "./jobs/job.ts";
import { tilesOf } from "./jobs/winograd.ts";
import { FLOAT, GROUP, LANES, padded, panelWidth, POINTS, TAPS } from "./sizes.ts";

/** The taps of a filter `[kh, kw, in, out]` that are taken, in order; with `exchanged`, in and out change places. */
export interface Taps {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly exchanged: boolean;
}

/** How a filter goes over images. */
export interface Convolution {
  readonly taps: Taps;
  /** Of rows and of columns. */
  readonly strides: readonly [number, number];
  /** Zeros before the first row and column; what is cropped where they are negative. */
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly ending?: Ending;
}

/** What is done with the result before it is stored, in this order. */
export interface Ending {
  /** A number for each channel, which is added. */
  readonly bias?: Info | undefined;
  /** A tensor of the result's shape, which is added. */
  readonly add?: Info | undefined;
  /** Whether what is below 0 becomes 0. */
  readonly relu?: boolean;
  /** A tensor of the result's shape; where it is not positive, the result becomes 0. */
  readonly mask?: Info | undefined;
}

type Shape = [number, number, number, number];

/** Floats of transformed pixels that a thread works on at a time: half of what a core's own cache takes. */
const BLOCK_FLOATS = 50_000;

/** From this many channels on Winograd's transforms pay. */
const FEWEST_CHANNELS = 8;

/** The filter's channels after taps were taken: how many come in, and how many go out. */
function channelsOf(filter: Info, { exchanged }: Taps): [number, number] {
  const [, , inputs, outputs] = filter.shape as Shape;
  return exchanged ? [outputs, inputs] : [inputs, outputs];
}

function isDense({ strides: [y, x] }: Convolution): boolean {
  return y === 1 && x === 1;
}

/** Whether each pixel is computed from one pixel alone (a 1 × 1 filter): then an image is one long row. */
function isPointwise({ shape: [, height, width] }: Info, c: Convolution): boolean {
  return c.taps.rows.length * c.taps.columns.length === 1 && isDense(c) && c.top === 0 &&
    c.left === 0 && height === c.outHeight && width === c.outWidth;
}

/**
 * Whether Winograd's algorithm is the faster one. The number of images does not count: the result of an image must not
 * depend on others.
 */
export function suitsWinograd(
  taps: readonly [number, number],
  strides: readonly [number, number],
  { channels, outputs, outHeight, outWidth }: Settings<"channels" | "outputs" | "outHeight" | "outWidth">,
): boolean {
  const { down, across } = tilesOf({ outHeight, outWidth });
  return taps.every((count) => count === TAPS) && strides.every((stride) => stride === 1) &&
    channels % LANES === 0 && outputs % LANES === 0 && Math.min(channels, outputs) >= FEWEST_CHANNELS &&
    // Tiles that reach beyond the image are work for nothing.
    down * across * POINTS <= outHeight * outWidth * TAPS ** 2;
}

/** A filter, panel by panel; several parts of it, one after the other. */
export function packed({ backend, filters }: Machine, filter: Info, parts: readonly Taps[]): number {
  const [inputs, outputs] = channelsOf(filter, parts[0]!), [, width] = filter.shape as Shape;
  const panel = panelWidth(outputs), unit = inputs * padded(outputs);
  const size = parts.reduce((sum, { rows, columns }) => sum + rows.length * columns.length * unit, 0);
  const name = parts.map(({ rows, columns, exchanged }) => `${exchanged} ${rows} ${columns}`).join("; ");
  return filters.address(filter, name, size, (to) => {
    const from = floats(backend, filter);
    let begin = 0;
    for (const { rows, columns, exchanged } of parts) {
      const [inStep, outStep] = exchanged ? [1, inputs] : [outputs, 1];
      const starts = rows.flatMap((row) =>
        columns.map((column) => (row * width + column) * inputs * outputs)
      );
      for (let o = 0; o < outputs; o++) {
        let place = begin + (o - o % panel) * starts.length * inputs + o % panel;
        for (const start of starts) {
          for (let i = 0, at = start + o * outStep; i < inputs; i++, at += inStep, place += panel) {
            to[place] = from[at]!;
          }
        }
      }
      begin += starts.length * unit;
    }
  });
}

/** A filter's Winograd transform, point by point and panel by panel. */
function transformed({ backend, engine, filters }: Machine, filter: Info, taps: Taps): number {
  const [inputs, outputs] = channelsOf(filter, taps), { exchanged } = taps;
  const size = POINTS * inputs * padded(outputs);
  return filters.address(filter, `Winograd ${exchanged}`, size, (to) => {
    const tap = inputs * outputs * FLOAT, start = address(backend, filter);
    // Exchanged, the taps go from the last to the first.
    const way = exchanged
      ? {
        f: start + (TAPS ** 2 - 1) * tap,
        down: -TAPS * tap,
        across: -tap,
        input: FLOAT,
        output: inputs * FLOAT,
      }
      : { f: start, down: TAPS * tap, across: tap, input: outputs * FLOAT, output: FLOAT };
    engine.run("winogradFilters", { ...way, inputs, outputs, y: to.byteOffset }, outputs / LANES);
  });
}

/** How many tiles a thread works on at a time. */
function tilesAtOnce(all: number, inputs: number, outputs: number, threads: number): number {
  const large = POINTS * inputs * outputs > 2 * BLOCK_FLOATS;
  // Small filters stay in the cache together with the pixels. Large ones are read from memory for each block: then larger
  // blocks pay.
  const wanted = large ? Math.min(inputs, outputs) / 4 : BLOCK_FLOATS / (POINTS * (inputs + outputs));
  // If there can be, four blocks for each thread, so that none waits for long.
  const most = all / (large ? threads : 4 * threads), tiles = Math.min(wanted, most);
  return tiles === most ? Math.max(GROUP, Math.ceil(most)) : GROUP * Math.max(2, Math.round(tiles / GROUP));
}

/** Where tensors lie that a convolution reads and writes, and how it ends. */
export function tensorsOf(machine: Machine, x: Info, result: Info, { bias, add, relu, mask }: Ending) {
  const { backend } = machine, y = address(backend, result);
  const distance = (other: Info | undefined) => other ? address(backend, other) - y : 0;
  return {
    ...{ x: address(backend, x), y, bias: biasOf(machine, bias), relu: relu ? 1 : 0 },
    ...{ add: distance(add), mask: distance(mask) },
  };
}

/** Convolves. */
export function convolve(machine: Machine, x: Info, filter: Info, c: Convolution): Info {
  const { backend, engine } = machine, [images, inHeight, inWidth, channels] = x.shape as Shape;
  const [, outputs] = channelsOf(filter, c.taps);
  const { outHeight, outWidth, top, left, strides: [strideY, strideX] } = c;
  const result = backend.makeOutput([images, outHeight, outWidth, outputs], "float32");
  if (images * outHeight * outWidth * outputs === 0) return result;
  const [height, width] = [c.taps.rows.length, c.taps.columns.length];
  const winograd = suitsWinograd([height, width], c.strides, { channels, outputs, outHeight, outWidth });
  const sizes = { inHeight, inWidth, channels, outHeight, outWidth, outputs, top, left };
  const common = { ...tensorsOf(machine, x, result, c.ending ?? {}), ...sizes };
  const unit = outputs * FLOAT;
  const grid = {
    ...{ height, width, strideY, strideX },
    ...{ yPixel: unit, yLine: outWidth * unit, yImage: outHeight * outWidth * unit },
  };
  if (winograd) {
    const { down, across } = tilesOf(c), all = images * down * across;
    const tiles = tilesAtOnce(all, channels, outputs, engine.threads);
    // Nothing compares the numbers of a gradient with each other.
    const flags = c.taps.exchanged ? undefined : backend.makeOutput([all], "int32");
    const settings = { ...common, tied: flags ? address(backend, flags) : 0 };
    const f = transformed(machine, filter, c.taps);
    engine.run("winograd", { ...settings, f, tiles, images }, Math.ceil(all / tiles));
    if (flags === undefined) return result;
    if (floats(backend, flags).includes(1)) {
      engine.run("tied", { ...settings, ...grid, f: packed(machine, filter, [c.taps]) }, images * down);
    }
    free(backend, flags);
    return result;
  }
  const shape = isPointwise(x, c)
    ? { ...common, inHeight: 1, inWidth: inHeight * inWidth, outHeight: 1, outWidth: outHeight * outWidth }
    : common;
  const rows = Math.max(1, Math.ceil(shape.outHeight * Math.min(1, images / (4 * engine.threads))));
  const settings = { ...shape, ...grid, rows, f: packed(machine, filter, [c.taps]) };
  engine.run("direct", settings, images * Math.ceil(shape.outHeight / rows));
  return result;
}

/** A bias is read a panel at a time. */
function biasOf({ backend, filters }: Machine, bias: Info | undefined): number {
  if (bias === undefined) return 0;
  const [outputs] = bias.shape as [number];
  if (outputs === padded(outputs)) return address(backend, bias);
  return filters.address(bias, "padded", padded(outputs), (to) => to.set(floats(backend, bias)));
}
