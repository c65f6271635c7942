import { FLOAT } from "../sizes.ts";
import type { Kernels } from "./job.ts";

/** Channels of the input and of the output that there is a kernel of outer products for; the fastest first. */
const ROWS = [4, 3, 1] as const, COLUMNS = [8, 4, 1] as const;
export const OUTER_PRODUCTS: readonly (readonly [number, number])[] = ROWS.flatMap((rows) =>
  COLUMNS.map((columns) => [rows, columns] as const)
);

/** Channels in stretches that can be taken whole: where each begins, how long it is, and how many are taken at a time. */
function stretches(channels: number, sides: readonly number[]) {
  let first = 0;
  return sides.map((side) => {
    const stretch = { first, count: Math.floor((channels - first) / side) * side, side };
    first += stretch.count;
    return stretch;
  }).filter(({ count }) => count > 0);
}

/** Pixels: where they begin, how many channels are taken, and the bytes between pixels, lines and images. */
export interface Pixels {
  readonly start: number;
  readonly channels: number;
  readonly pixel: number;
  readonly line?: number;
  readonly image?: number;
}

/** Adds to [channels of x, channels of dy] at `to` the outer products of all pixels, with rows `row` bytes apart. */
export function addOuterProducts(
  kernels: Kernels,
  x: Pixels,
  dy: Pixels,
  [pixels, lines, images]: readonly [pixels: number, lines: number, images: number],
  to: number,
  row: number,
): void {
  for (const inputs of stretches(x.channels, ROWS)) {
    for (const outputs of stretches(dy.channels, COLUMNS)) {
      kernels[`outer${inputs.side}x${outputs.side}`]!(
        ...[x.start + inputs.first * FLOAT, x.pixel, x.line ?? 0, x.image ?? 0, inputs.count],
        ...[dy.start + outputs.first * FLOAT, dy.pixel, dy.line ?? 0, dy.image ?? 0, outputs.count],
        ...[pixels, lines, images, to + inputs.first * row + outputs.first * FLOAT, row],
      );
    }
  }
}
