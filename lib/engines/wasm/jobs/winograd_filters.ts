import { FLOAT, LANES, padded, panelWidth, POINTS } from "../sizes.ts";
import { job } from "./job.ts";
import { outerProducts } from "./outer_products.ts";
import { runs, tilesOf } from "./winograd.ts";

/**
 * Filters' transforms, point by point and panel by panel. `across`, `down`, `input` and `output` are the bytes between taps
 * and between channels of the filter. A part: four channels out.
 */
export const winogradFilters = job(
  ["f", "down", "across", "input", "output", "inputs", "outputs", "y"],
  (kernels, s, part) => {
    const first = part * LANES, panel = panelWidth(s.outputs), wide = padded(s.outputs);
    const to = s.y + (first - first % panel) * s.inputs * FLOAT + first % panel * FLOAT;
    kernels.filtersIn!(
      ...[s.f + first * s.output, s.down, s.across, s.output, s.input, s.inputs],
      ...[to, panel * FLOAT, s.inputs * wide * FLOAT],
    );
  },
);

/**
 * The gradient by the filter of a 3 × 3 convolution of stride 1, at Winograd's 36 points, summed over groups of `share`
 * tiles. A part: one group, and `chunk` channels in; it takes `tiles` tiles at a time. To `y`: [groups, points, channels
 * in, channels out].
 */
export const winogradSums = job(
  [
    ...[
      "x",
      "dy",
      "y",
      "images",
      "inHeight",
      "inWidth",
      "channels",
      "outHeight",
      "outWidth",
      "outputs",
    ] as const,
    ...["top", "left", "share", "chunk", "tiles", "scratch", "scratchSize"] as const,
  ],
  (kernels, s, part, thread) => {
    const chunks = Math.ceil(s.channels / s.chunk), group = Math.floor(part / chunks);
    const tiles = tilesOf(s), all = s.images * tiles.down * tiles.across;
    const begin = group * s.share, end = Math.min(all, begin + s.share);
    const first = (part % chunks) * s.chunk, channels = Math.min(s.chunk, s.channels - first);
    const row = s.outputs * FLOAT, point = s.channels * row, to = s.y + group * POINTS * point + first * row;
    for (let i = 0; i < POINTS; i++) kernels.clear!(to + i * point, channels * row);

    const xPixel = s.channels * FLOAT, xLine = s.inWidth * xPixel, yLine = s.outWidth * row;
    // The transformed pixels and gradients, and a row of zeros.
    const own = channels * FLOAT, v = s.scratch + thread * s.scratchSize, m = v + s.tiles * POINTS * own;
    const zeros = m + s.tiles * POINTS * row;
    const add = outerProducts(kernels, channels, s.outputs);
    kernels.clear!(zeros, Math.max(xLine, yLine));
    for (let tile = begin; tile < end; tile += s.tiles) {
      const count = Math.min(s.tiles, end - tile);
      runs(tiles, tile, count, (before, image, line, column, run) => {
        const x = s.x + image * s.inHeight * xLine + first * FLOAT, dy = s.dy + image * s.outHeight * yLine;
        // deno-fmt-ignore
        kernels.pixelsOfTiles!(
          x, xLine, s.inHeight, line - s.top, zeros, column - s.left, s.inWidth, xPixel,
          v + before * POINTS * own, channels / LANES, run,
        );
        // deno-fmt-ignore
        kernels.slopesOfTiles!(
          dy, yLine, s.outHeight, line, zeros, column, s.outWidth, row,
          m + before * POINTS * row, s.outputs / LANES, run,
        );
      });
      const [xSteps, ySteps] = [[POINTS * own, 0, 0], [POINTS * row, 0, 0]] as const;
      add(v, xSteps, m, ySteps, [count, 1, 1], to, row, [POINTS, own, row, point]);
    }
  },
);

/** From sums at 36 points, in groups, to the gradients of nine taps; `vectors` of each. A part: `share` vectors. */
export const winogradTaps = job(["x", "groups", "y", "vectors", "share"], (kernels, s, part) => {
  const first = part * s.share, count = Math.min(s.share, s.vectors - first);
  const point = s.vectors * LANES * FLOAT, x = s.x + first * LANES * FLOAT;
  if (s.groups > 1) {
    for (let i = 0; i < POINTS; i++) {
      kernels.total!(x + i * point, POINTS * point, s.groups, x + i * point, count);
    }
  }
  kernels.filtersOut!(x, s.y + first * LANES * FLOAT, point, count);
});
