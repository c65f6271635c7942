import { FLOAT, GROUP, INNER, LANES, padded, POINTS, TILE } from "../sizes.ts";
import { job } from "./job.ts";
import { CONVOLUTION, patch } from "./patch.ts";
import { productKernel } from "./products.ts";

/**
 * A 3 × 3 convolution of stride 1 by Winograd's F(4 × 4, 3 × 3) (Lavin & Gray 2016): 36 products of numbers instead of
 * 144. A part: `tiles` tiles of 4 × 4 output pixels.
 */
export const winograd = job([...CONVOLUTION, "images", "tiles"], (kernels, s, part, thread) => {
  const { tileIn, tileOut, copy } = kernels, product = productKernel(kernels, GROUP, s.outputs);
  const down = Math.ceil(s.outHeight / INNER), across = Math.ceil(s.outWidth / INNER);
  const wide = padded(s.outputs),
    xPixel = s.channels * FLOAT,
    mPixel = wide * FLOAT,
    yPixel = s.outputs * FLOAT;
  const first = part * s.tiles, count = Math.min(s.tiles, s.images * down * across - first);
  /** Which image it is in, and its first row and column. */
  const placeOf = (tile: number) => {
    const n = Math.floor(tile / (down * across)), place = tile % (down * across);
    return { n, row: Math.floor(place / across) * INNER, column: (place % across) * INNER };
  };
  // The transformed pixels, their products, room for one tile, a part of the image, and three of the output.
  const v = s.scratch + thread * s.scratchSize, m = v + s.tiles * POINTS * xPixel;
  const room = m + s.tiles * POINTS * mPixel, around = room + POINTS * LANES * FLOAT;
  const outside = around + POINTS * xPixel;

  for (let i = 0; i < count; i++) {
    const place = placeOf(first + i), row = place.row - s.top, column = place.column - s.left;
    const image = s.x + place.n * s.inHeight * s.inWidth * xPixel;
    const inside = row >= 0 && column >= 0 && row + TILE <= s.inHeight && column + TILE <= s.inWidth;
    if (!inside) patch(kernels, around, image, s, { row, rows: TILE, column, columns: TILE });
    const from = inside ? image + (row * s.inWidth + column) * xPixel : around;
    const line = (inside ? s.inWidth : TILE) * xPixel;
    tileIn!(from, line, xPixel, v + i * POINTS * xPixel, xPixel, s.channels / LANES, room);
  }
  // It takes some tiles at least: the room of those that are not there belongs to the part.
  const taken = Math.max(count, GROUP);
  for (let point = 0; point < POINTS; point++) {
    const [from, f, to] = [v + point * xPixel, s.f + point * s.channels * mPixel, m + point * mPixel];
    product(from, POINTS * xPixel, 0, f, 1, s.channels, to, POINTS * mPixel, taken, wide, 0, 0, 0, 0);
  }
  for (let i = 0; i < count; i++) {
    const { n, row, column } = placeOf(first + i), line = s.outWidth * yPixel;
    const rows = Math.min(INNER, s.outHeight - row), columns = Math.min(INNER, s.outWidth - column);
    const y = s.y + ((n * s.outHeight + row) * s.outWidth + column) * yPixel;
    const end = (to: number, line: number, add: number, mask: number) => {
      const ending = [s.bias, s.relu, add, mask], from = m + i * POINTS * mPixel;
      tileOut!(from, mPixel, to, line, yPixel, s.outputs / LANES, room, ...ending);
    };
    if (rows === INNER && columns === INNER) {
      end(y, line, s.add, s.mask);
      continue;
    }
    // The tile reaches beyond the image: it is computed in memory of its own, with copies of what is added and of the mask.
    const short = INNER * yPixel, size = INNER * short;
    const [add, mask] = [s.add, s.mask].map((by, k) => {
      if (by === 0) return 0;
      for (let r = 0; r < rows; r++) {
        copy!(outside + (k + 1) * size + r * short, y + by + r * line, columns * yPixel);
      }
      return (k + 1) * size;
    });
    end(outside, short, add!, mask!);
    for (let r = 0; r < rows; r++) copy!(y + r * line, outside + r * short, columns * yPixel);
  }
});
