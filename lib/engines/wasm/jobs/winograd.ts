import { FLOAT, INNER, LANES, padded, POINTS } from "../sizes.ts";
import { job, type Kernels, type Settings } from "./job.ts";
import { CONVOLUTION } from "./patch.ts";
import { productKernel } from "./products.ts";

/** Tiles of 4 × 4 pixels that cover images, as many as there are `down` and `across`. */
export interface Tiles {
  readonly down: number;
  readonly across: number;
}

/** The tiles of the outputs of a convolution. */
export function tilesOf({ outHeight, outWidth }: Settings<"outHeight" | "outWidth">): Tiles {
  return { down: Math.ceil(outHeight / INNER), across: Math.ceil(outWidth / INNER) };
}

/** Visits tiles by runs of neighbours: how many were before, which image they are in, their first row and column, and how many there are. */
export function runs(
  { down, across }: Tiles,
  first: number,
  count: number,
  visit: (before: number, image: number, row: number, column: number, tiles: number) => void,
): void {
  for (let before = 0; before < count;) {
    const tile = first + before, line = Math.floor(tile / across), left = tile % across;
    const tiles = Math.min(count - before, across - left);
    visit(before, Math.floor(line / down), (line % down) * INNER, left * INNER, tiles);
    before += tiles;
  }
}

/** Visits the stretches of tiles that are tied, or of those that are not: the first, and how many there are. */
export function stretches(
  kernels: Kernels,
  flags: number,
  tiles: number,
  tied: 0 | 1,
  visit: (first: number, count: number) => void,
): void {
  for (let first = 0, end = 0; end < tiles; first = ++end) {
    while (end < tiles && kernels.read!(flags + end * FLOAT) === tied) end++;
    if (end > first) visit(first, end - first);
  }
}

/**
 * A 3 × 3 convolution of stride 1 by Winograd's F(4 × 4, 3 × 3): 36 products of numbers instead of 144. A part: `tiles`
 * tiles of 4 × 4 output pixels. With `tied` a tile where patches that are neighbours may be equal is left out, and gets a 1
 * there: rounding depends on where in its tile a pixel lies.
 */
export const winograd = job([...CONVOLUTION, "images", "tiles", "tied"], (kernels, s, part, thread) => {
  const tiles = tilesOf(s), first = part * s.tiles;
  const wide = padded(s.outputs), mPixel = wide * FLOAT;
  const xPixel = s.channels * FLOAT, xLine = s.inWidth * xPixel;
  const yPixel = s.outputs * FLOAT, yLine = s.outWidth * yPixel;
  const count = Math.min(s.tiles, s.images * tiles.down * tiles.across - first);
  // The transformed pixels, their products, and a row of zeros.
  const v = s.scratch + thread * s.scratchSize, m = v + s.tiles * POINTS * xPixel;
  const zeros = m + s.tiles * POINTS * mPixel;
  kernels.clear!(zeros, xLine);
  const done: { image: number; row: number; column: number; tiles: number }[] = [];
  let before = 0;
  runs(tiles, first, count, (at, image, row, column, tiles) => {
    const start = s.x + image * s.inHeight * xLine, top = row - s.top, left = column - s.left;
    const flags = s.tied + (first + at) * FLOAT, vectors = s.channels / LANES;
    // deno-fmt-ignore
    const take = (first: number, tiles: number): void => {
      kernels.pixelsOfTiles!(
        start, xLine, s.inHeight, top, zeros, left + first * INNER, s.inWidth, xPixel,
        v + before * POINTS * xPixel, vectors, tiles,
      );
      done.push({ image, row, column: column + first * INNER, tiles });
      before += tiles;
    };
    // deno-fmt-ignore
    const found = s.tied === 0 ? 0 : kernels.ties!(
      start, xLine, s.inHeight, top + 1, zeros, left + 1, s.inWidth, xPixel, flags, vectors, tiles,
    );
    if (found === 0) take(0, tiles);
    else if (found < tiles) stretches(kernels, flags, tiles, 0, take);
  });
  if (before === 0) return;
  productKernel(kernels, before, s.outputs)(
    ...[v, POINTS * xPixel, 0, s.f, 1, s.channels, m, POINTS * mPixel, before, wide, 0, 0, 0, 0],
    ...[POINTS, xPixel, mPixel],
  );
  let from = m;
  for (const { image, row, column, tiles } of done) {
    // deno-fmt-ignore
    kernels.tilesOut!(
      from, mPixel, s.y + (image * s.outHeight + row) * yLine + column * yPixel, yLine, yPixel,
      s.outputs / LANES, tiles, Math.min(INNER, s.outHeight - row), s.outWidth - column,
      s.bias, s.relu, s.add, s.mask,
    );
    from += tiles * POINTS * mPixel;
  }
});
