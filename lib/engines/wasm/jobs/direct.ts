import { FLOAT, INNER } from "../sizes.ts";
import { job, type Kernels, type Settings } from "./job.ts";
import { CONVOLUTION, type Patch, patch } from "./patch.ts";
import { productKernel } from "./products.ts";
import { stretches, tilesOf } from "./winograd.ts";

const SETTINGS = [
  ...CONVOLUTION,
  ...["height", "width", "strideY", "strideX", "yPixel", "yLine", "yImage"] as const,
] as const;

/** Convolves for a rectangle of the output of image `n`. */
function rectangle(
  kernels: Kernels,
  s: Settings<typeof SETTINGS[number]>,
  thread: number,
  n: number,
  { row: first, rows: down, column: start, columns: across }: Patch,
): void {
  const pixel = s.channels * FLOAT, image = s.x + n * s.inHeight * s.inWidth * pixel;
  const row = first * s.strideY - s.top, rows = (down - 1) * s.strideY + s.height;
  const column = start * s.strideX - s.left, columns = (across - 1) * s.strideX + s.width;
  const inside = row >= 0 && row + rows <= s.inHeight && column >= 0 && column + columns <= s.inWidth;
  const from = inside ? image + (row * s.inWidth + column) * pixel : s.scratch + thread * s.scratchSize;
  if (!inside) patch(kernels, from, image, s, { row, rows, column, columns });
  const line = (inside ? s.inWidth : columns) * pixel, product = productKernel(kernels, across, s.outputs);
  const to = s.y + n * s.yImage + first * s.yLine + start * s.yPixel;
  for (let i = 0; i < down; i++) {
    product(
      ...[from + i * s.strideY * line, s.strideX * pixel, line, s.f, s.height, s.width * s.channels],
      ...[to + i * s.yLine, s.yPixel, across, s.outputs],
      ...[s.bias, s.relu, s.add, s.mask, 1, 0, 0],
    );
  }
}

/**
 * A convolution as a product of stretches of pixels with the packed filter. A part: `rows` rows of the output of one
 * image. The output's pixels may lie `yPixel` bytes apart, its rows `yLine`, its images `yImage`.
 */
export const direct = job([...SETTINGS, "rows"], (kernels, s, part, thread) => {
  const across = Math.ceil(s.outHeight / s.rows), row = (part % across) * s.rows;
  const rows = Math.min(s.rows, s.outHeight - row);
  rectangle(kernels, s, thread, Math.floor(part / across), { row, rows, column: 0, columns: s.outWidth });
});

/** The same for Winograd's tiles that have a number at `tied`. A part: a row of tiles. */
export const tied = job([...SETTINGS, "tied"], (kernels, s, part, thread) => {
  const tiles = tilesOf(s), image = Math.floor(part / tiles.down), row = (part % tiles.down) * INNER;
  const rows = Math.min(INNER, s.outHeight - row);
  stretches(kernels, s.tied + part * tiles.across * FLOAT, tiles.across, 1, (first, count) => {
    const column = first * INNER, columns = Math.min(count * INNER, s.outWidth - column);
    rectangle(kernels, s, thread, image, { row, rows, column, columns });
  });
});
