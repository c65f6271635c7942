import { FLOAT, LANES } from "../sizes.ts";
import { job } from "./job.ts";

/** Channels of the input and of the output that there is a kernel of outer products for; the fastest first. */
const ROWS = [4, 3, 1] as const, COLUMNS = [8, 4, 1] as const;
export const OUTER_PRODUCTS: readonly (readonly [number, number])[] = ROWS.flatMap((rows) =>
  COLUMNS.map((columns) => [rows, columns] as const)
);

/** A filter's gradient in blocks of `rows` input channels by `columns` output channels. */
export interface Blocks {
  readonly rows: number;
  readonly columns: number;
  /** Where the blocks begin; the last may overlap the one before. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Floats from one block to the next, and from one of its rows. */
  readonly size: number;
  readonly width: number;
}

/** The blocks for a number of input and output channels. */
export function blocksOf(channels: number, outputs: number): Blocks {
  const rows = ROWS.find((count) => count <= channels)!, columns = COLUMNS.find((count) => count <= outputs)!;
  const starts = (all: number, side: number) =>
    Array.from({ length: Math.ceil(all / side) }, (_, i) => Math.min(i * side, all - side));
  const width = Math.max(columns, LANES), size = rows * width;
  return { rows, columns, inputs: starts(channels, rows), outputs: starts(outputs, columns), size, width };
}

/** The positions of the output that see the input through a tap: from the first up to the last, not included. */
function seen(tap: number, stride: number, padding: number, input: number, output: number): [number, number] {
  const first = Math.max(0, Math.ceil((padding - tap) / stride));
  return [first, Math.min(output, Math.floor((input - 1 + padding - tap) / stride) + 1)];
}

/**
 * The gradient of a convolution by its filter, summed over groups of `share` images. A part: one group, one row of taps,
 * and `side` blocks of channels in with all blocks of channels out. It goes from strip to strip, `stripImages` images by
 * `stripRows` rows, so that what several blocks need stays in the cache. To `y`, part by part: [taps, blocks in, blocks out].
 */
export const filterGradient = job(
  [
    ...["x", "dy", "y", "images", "inHeight", "inWidth", "channels"] as const,
    ...["outHeight", "outWidth", "outputs", "top", "left", "height", "width", "strideY", "strideX"] as const,
    ...["share", "side", "stripImages", "stripRows"] as const,
  ],
  (kernels, s, part) => {
    const blocks = blocksOf(s.channels, s.outputs), { rows, columns } = blocks;
    const product = kernels[`outer${rows}x${columns}`]!;
    // Which group it is and which row of taps, and which blocks of channels in.
    const chunks = Math.ceil(blocks.inputs.length / s.side), line = Math.floor(part / chunks);
    const group = Math.floor(line / s.height), r = line % s.height, first = (part % chunks) * s.side;
    const image = group * s.share, end = Math.min(s.images, image + s.share);
    const inputs = blocks.inputs.slice(first, first + s.side), from = inputs[0]!;
    const count = inputs.at(-1)! + rows - from;

    // The sums of one block of channels in, and of all that the part has for a tap.
    const unit = blocks.outputs.length * blocks.size * FLOAT, tap = inputs.length * unit;
    const to = s.y + s.width * (line * blocks.inputs.length + first) * unit;
    kernels.clear!(to, s.width * tap);

    const xPixel = s.channels * FLOAT, yPixel = s.outputs * FLOAT;
    const xLine = s.inWidth * xPixel, yLine = s.outWidth * yPixel;
    const [top, bottom] = seen(r, s.strideY, s.top, s.inHeight, s.outHeight);
    for (let n = image; n < end; n += s.stripImages) {
      const images = Math.min(s.stripImages, end - n);
      for (let row = top; row < bottom; row += s.stripRows) {
        const lines = Math.min(s.stripRows, bottom - row);
        for (let c = 0; c < s.width; c++) {
          const [left, right] = seen(c, s.strideX, s.left, s.inWidth, s.outWidth);
          if (right <= left) continue;
          const y = row * s.strideY + r - s.top, column = left * s.strideX + c - s.left;
          const x = s.x + ((n * s.inHeight + y) * s.inWidth + column) * xPixel + from * FLOAT;
          const dy = s.dy + ((n * s.outHeight + row) * s.outWidth + left) * yPixel;
          product(
            ...[x, s.strideX * xPixel, s.strideY * xLine, s.inHeight * xLine, count],
            ...[dy, yPixel, yLine, s.outHeight * yLine, s.outputs],
            ...[right - left, lines, images, to + c * tap],
          );
        }
      }
    }
  },
);
