import { FLOAT, GROUP, INNER, LANES, padded, POINTS, TILE } from "../sizes.ts";
import { job, type Settings } from "./job.ts";
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

/** The addresses of `side` rows of an image from `row` on; where there is no image, that of a row of zeros. */
export function rowsOf(
  image: number,
  line: number,
  height: number,
  row: number,
  side: number,
  zeros: number,
): number[] {
  return Array.from({ length: side }, (_, i) => {
    const at = row + i;
    return at >= 0 && at < height ? image + at * line : zeros;
  });
}

/**
 * A 3 × 3 convolution of stride 1 by Winograd's F(4 × 4, 3 × 3): 36 products of numbers instead of 144. A part: `tiles`
 * tiles of 4 × 4 output pixels.
 */
export const winograd = job([...CONVOLUTION, "images", "tiles"], (kernels, s, part, thread) => {
  const product = productKernel(kernels, GROUP, s.outputs), tiles = tilesOf(s), first = part * s.tiles;
  const wide = padded(s.outputs), mPixel = wide * FLOAT;
  const xPixel = s.channels * FLOAT, xLine = s.inWidth * xPixel;
  const yPixel = s.outputs * FLOAT, yLine = s.outWidth * yPixel;
  const count = Math.min(s.tiles, s.images * tiles.down * tiles.across - first);
  // The transformed pixels, their products, and a row of zeros.
  const v = s.scratch + thread * s.scratchSize, m = v + s.tiles * POINTS * xPixel;
  const zeros = m + s.tiles * POINTS * mPixel;
  kernels.clear!(zeros, xLine);
  runs(tiles, first, count, (before, image, row, column, tiles) =>
    kernels.pixelsOfTiles!(
      ...rowsOf(s.x + image * s.inHeight * xLine, xLine, s.inHeight, row - s.top, TILE, zeros),
      ...[column - s.left, s.inWidth, xPixel, v + before * POINTS * xPixel],
      ...[s.channels / LANES, tiles],
    ));
  // It takes some tiles at least: the room of those that are not there belongs to the part.
  const taken = Math.max(count, GROUP);
  for (let point = 0; point < POINTS; point++) {
    const [from, f, to] = [v + point * xPixel, s.f + point * s.channels * mPixel, m + point * mPixel];
    product(from, POINTS * xPixel, 0, f, 1, s.channels, to, POINTS * mPixel, taken, wide, 0, 0, 0, 0);
  }
  runs(tiles, first, count, (before, image, row, column, tiles) =>
    kernels.tilesOut!(
      ...[m + before * POINTS * mPixel, mPixel],
      ...[s.y + (image * s.outHeight + row) * yLine + column * yPixel, yLine, yPixel],
      ...[s.outputs / LANES, tiles, Math.min(INNER, s.outHeight - row), s.outWidth - column],
      ...[s.bias, s.relu, s.add, s.mask],
    ));
});
