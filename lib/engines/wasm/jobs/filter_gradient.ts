import { FLOAT, LANES } from "../sizes.ts";
import { job } from "./job.ts";
import { outerProducts } from "./outer_products.ts";

/** The positions of the output that see the input through a tap: from the first up to the last, not included. */
function seen(tap: number, stride: number, padding: number, input: number, output: number): [number, number] {
  const first = Math.max(0, Math.ceil((padding - tap) / stride));
  return [first, Math.min(output, Math.floor((input - 1 + padding - tap) / stride) + 1)];
}

/**
 * The gradient of a convolution by its filter, summed over groups of `share` images. A part: one group, one row of taps,
 * and `chunk` channels in. It goes from strip to strip, `stripImages` images by `stripRows` rows, so that what it needs
 * again and again stays in the cache. To `y`, group by group: the filter, and the next `distance` bytes from there.
 */
export const filterGradient = job(
  [
    ...["x", "dy", "y", "images", "inHeight", "inWidth", "channels"] as const,
    ...["outHeight", "outWidth", "outputs", "top", "left", "height", "width", "strideY", "strideX"] as const,
    ...["share", "chunk", "stripImages", "stripRows", "distance"] as const,
  ],
  (kernels, s, part) => {
    // Which group it is and which row of taps, and which channels in.
    const chunks = Math.ceil(s.channels / s.chunk), line = Math.floor(part / chunks);
    const group = Math.floor(line / s.height), r = line % s.height, first = (part % chunks) * s.chunk;
    const image = group * s.share, end = Math.min(s.images, image + s.share);
    const channels = Math.min(s.chunk, s.channels - first), row = s.outputs * FLOAT, tap = s.channels * row;
    const to = s.y + group * s.distance + r * s.width * tap + first * row;
    for (let c = 0; c < s.width; c++) kernels.clear!(to + c * tap, channels * row);

    const xPixel = s.channels * FLOAT, xLine = s.inWidth * xPixel, xImage = s.inHeight * xLine;
    const yLine = s.outWidth * row, yImage = s.outHeight * yLine;
    const xSteps = [s.strideX * xPixel, s.strideY * xLine, xImage] as const,
      ySteps = [row, yLine, yImage] as const;
    const add = outerProducts(kernels, channels, s.outputs);
    const [top, bottom] = seen(r, s.strideY, s.top, s.inHeight, s.outHeight);
    for (let n = image; n < end; n += s.stripImages) {
      const images = Math.min(s.stripImages, end - n);
      for (let line = top; line < bottom; line += s.stripRows) {
        const lines = Math.min(s.stripRows, bottom - line);
        for (let c = 0; c < s.width; c++) {
          const [left, right] = seen(c, s.strideX, s.left, s.inWidth, s.outWidth);
          if (right <= left) continue;
          const y = line * s.strideY + r - s.top, column = left * s.strideX + c - s.left;
          const x = s.x + n * xImage + y * xLine + column * xPixel + first * FLOAT;
          const dy = s.dy + n * yImage + line * yLine + left * row;
          add(x, xSteps, dy, ySteps, [right - left, lines, images], to + c * tap, row);
        }
      }
    }
  },
);

/** y = the sum over groups, each of which begins `distance` bytes behind the one before. A part: `share` vectors. */
export const total = job(["x", "distance", "groups", "y", "vectors", "share"], (kernels, s, part) => {
  const first = part * s.share, offset = first * LANES * FLOAT;
  kernels.total!(s.x + offset, s.distance, s.groups, s.y + offset, Math.min(s.share, s.vectors - first));
});
