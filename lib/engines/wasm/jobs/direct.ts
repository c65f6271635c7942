import { FLOAT } from "../sizes.ts";
import { job } from "./job.ts";
import { CONVOLUTION, patch } from "./patch.ts";
import { productKernel } from "./products.ts";

/**
 * A convolution as a product of stretches of pixels with the packed filter. A part: `rows` rows of the output of one
 * image. The output's pixels may lie `yPixel` bytes apart, its rows `yLine`, its images `yImage`.
 */
export const direct = job(
  [...CONVOLUTION, "height", "width", "strideY", "strideX", "rows", "yPixel", "yLine", "yImage"],
  (kernels, s, part, thread) => {
    const across = Math.ceil(s.outHeight / s.rows), n = Math.floor(part / across);
    const first = (part % across) * s.rows, end = Math.min(s.outHeight, first + s.rows);
    const pixel = s.channels * FLOAT, image = s.x + n * s.inHeight * s.inWidth * pixel;
    const row = first * s.strideY - s.top, rows = (end - first - 1) * s.strideY + s.height;
    const column = -s.left, columns = (s.outWidth - 1) * s.strideX + s.width;
    const inside = row >= 0 && row + rows <= s.inHeight && column >= 0 && column + columns <= s.inWidth;
    const from = inside ? image + (row * s.inWidth + column) * pixel : s.scratch + thread * s.scratchSize;
    if (!inside) patch(kernels, from, image, s, { row, rows, column, columns });
    const line = (inside ? s.inWidth : columns) * pixel,
      product = productKernel(kernels, s.outWidth, s.outputs);
    for (let i = 0; i < end - first; i++) {
      product(
        ...[from + i * s.strideY * line, s.strideX * pixel, line, s.f, s.height, s.width * s.channels],
        ...[s.y + n * s.yImage + (first + i) * s.yLine, s.yPixel, s.outWidth, s.outputs],
        ...[s.bias, s.relu, s.add, s.mask],
      );
    }
  },
);
