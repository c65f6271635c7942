import { FLOAT, INNER, padded } from "../sizes.ts";
import { job, type Kernels, type Settings } from "./job.ts";
import { CONVOLUTION, type Patch, patch } from "./patch.ts";
import { phases } from "./phases.ts";
import { productKernel } from "./products.ts";
import { stretches, tilesOf } from "./winograd.ts";

const STRIDES = ["height", "width", "strideY", "strideX"] as const;
const SETTINGS = [...CONVOLUTION, ...STRIDES, "yPixel", "yLine", "yImage"] as const;

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
    // deno-fmt-ignore
    product(
      from + i * s.strideY * line, s.strideX * pixel, line, s.f, s.height, s.width * s.channels,
      to + i * s.yLine, s.yPixel, across, s.outputs, s.bias, s.relu, s.add, s.mask, 1, 0, 0,
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

/**
 * The gradient by the input of a convolution with strides, with the filter's parts one after the other. A part: all phases
 * of an image, so that its memory is visited once.
 */
export const phased = job([...CONVOLUTION, ...STRIDES], (kernels, s, part, thread) => {
  const unit = s.outputs * FLOAT, line = s.outWidth * unit, tap = s.channels * padded(s.outputs) * FLOAT;
  const steps = { yPixel: s.strideX * unit, yLine: s.strideY * line, yImage: s.outHeight * line };
  let f = s.f;
  for (const down of phases(s.outHeight, s.height, s.strideY, s.top)) {
    for (const across of phases(s.outWidth, s.width, s.strideX, s.left)) {
      const [height, width] = [down.taps.length, across.taps.length];
      const y = s.y + down.start * line + across.start * unit;
      const own = { f, y, height, width, strideY: 1, strideX: 1, top: down.before, left: across.before };
      const whole = { row: 0, rows: down.count, column: 0, columns: across.count };
      rectangle(kernels, { ...s, ...own, ...steps }, thread, part, whole);
      f += height * width * tap;
    }
  }
});
