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

/** Bytes from one pixel to the next, from one line and from one image. */
type Steps = readonly [pixel: number, line: number, image: number];

/**
 * What adds to [channels, outputs] at `to` the outer products of pixels of x and of dy, with rows `row` bytes apart; several
 * times over, with so many bytes from one time to the next: of x, of dy and of the result.
 */
export function outerProducts(kernels: Kernels, channels: number, outputs: number) {
  const blocks = stretches(channels, ROWS).flatMap((rows) =>
    stretches(outputs, COLUMNS).map((columns) => {
      const kernel = kernels[`outer${rows.side}x${columns.side}`]!;
      return { rows, columns, kernel };
    })
  );
  return (
    x: number,
    [xPixel, xLine, xImage]: Steps,
    dy: number,
    [yPixel, yLine, yImage]: Steps,
    [pixels, lines, images]: readonly [pixels: number, lines: number, images: number],
    to: number,
    row: number,
    [count, xPoint, yPoint, point]: readonly [count: number, x: number, dy: number, to: number] = [
      1,
      0,
      0,
      0,
    ],
  ): void => {
    for (const { rows, columns, kernel } of blocks) {
      // deno-fmt-ignore
      kernel(
        x + rows.first * FLOAT, xPixel, xLine, xImage, rows.count,
        dy + columns.first * FLOAT, yPixel, yLine, yImage, columns.count,
        pixels, lines, images, to + rows.first * row + columns.first * FLOAT, row,
        count, xPoint, yPoint, point,
      );
    }
  };
}
