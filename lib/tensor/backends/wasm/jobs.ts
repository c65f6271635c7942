/** What the threads of the wasm backend do together: each job is cut into parts that any of them may take. */

/** The compiled kernels. */
export type Kernels = Readonly<Record<string, (...sizes: number[]) => void>>;

/** Addresses (in bytes), counts and sizes (in pixels or channels), by name. */
export type Settings<Name extends string = string> = Readonly<Record<Name, number>>;

/** A job: the names of its settings, in the order in which they are handed over, and the work of one part. */
export interface Job<Name extends string> {
  readonly settings: readonly Name[];
  readonly part: (kernels: Kernels, settings: Settings<Name>, part: number, thread: number) => void;
}

function job<const Name extends string>(settings: readonly Name[], part: Job<Name>["part"]): Job<Name> {
  return { settings, part };
}

/** Bytes of a number, and how many make a vector. */
export const FLOAT = 4, LANES = 4;

/** Winograd's tiles: the sides of those of the output and of the input, and the points of their transforms. */
export const INNER = 4, TILE = 6, POINTS = 36;

/** Winograd's tiles are worked on together, a multiple of so many. */
export const GROUP = 4;

/** The columns of a packed filter's panels: 8, or 4 where there are no more channels than that. */
export function panelWidth(channels: number): number {
  return channels <= LANES ? LANES : 2 * LANES;
}

/** Channels with those that fill up the last panel. */
export function padded(channels: number): number {
  const width = panelWidth(channels);
  return Math.ceil(channels / width) * width;
}

/** Pixels that products are taken of at a time, by the columns of the panels; the fastest first. */
const PIXELS: Readonly<Record<number, readonly number[]>> = { 4: [8, 4, 3, 2, 1], 8: [4, 5, 3, 2, 1] };

/** Pixels and channels that there is a product kernel for. */
export const PRODUCTS: readonly (readonly [number, number])[] = Object.entries(PIXELS)
  .flatMap(([columns, rows]) => rows.map((count) => [count, Number(columns)] as const));

/** The kernel for so many pixels in a row: the one that takes the fewest of them twice. */
function productKernel(kernels: Kernels, pixels: number, channels: number) {
  const columns = panelWidth(channels), possible = PIXELS[columns]!.filter((rows) => rows <= pixels);
  // A group costs as much as its pixels, and a bit.
  const cost = (rows: number) => Math.ceil(pixels / rows) * (rows + 1);
  const best = possible.reduce((best, rows) => cost(rows) < cost(best) ? rows : best);
  return kernels[`product${best}x${columns}`]!;
}

/** Images, and which part of them: rows and columns from some on, also outside of the image. */
interface Patch {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** Copies a part of an image, with zeros where there is no image. */
function patch(
  kernels: Kernels,
  to: number,
  image: number,
  { inHeight, inWidth, channels }: Settings<"inHeight" | "inWidth" | "channels">,
  { row, rows, column, columns }: Patch,
): void {
  const pixel = channels * FLOAT, left = Math.max(0, column), right = Math.min(inWidth, column + columns);
  kernels.clear!(to, rows * columns * pixel);
  if (right <= left) return;
  for (let y = Math.max(0, row); y < Math.min(inHeight, row + rows); y++) {
    const place = to + ((y - row) * columns + left - column) * pixel;
    kernels.copy!(place, image + (y * inWidth + left) * pixel, (right - left) * pixel);
  }
}

/** The settings of all convolutions: tensors, an ending, sizes, the zeros before the first row and column. */
const CONVOLUTION = [
  ...["x", "f", "y", "bias", "relu", "add", "mask", "scratch", "scratchSize"] as const,
  ...["inHeight", "inWidth", "channels", "outHeight", "outWidth", "outputs", "top", "left"] as const,
] as const;

/**
 * A convolution as a product of stretches of pixels with the packed filter. A part: `rows` rows of the output of one
 * image. The output's pixels may lie `yPixel` bytes apart, its rows `yLine`, its images `yImage`.
 */
const direct = job(
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

/**
 * A 3 × 3 convolution of stride 1 by Winograd's F(4 × 4, 3 × 3) (Lavin & Gray 2016): 36 products of numbers instead of
 * 144. A part: `tiles` tiles of 4 × 4 output pixels.
 */
const winograd = job([...CONVOLUTION, "images", "tiles"], (kernels, s, part, thread) => {
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
    // It reaches beyond the image: into a place of its own, with what is added and what masks beside it.
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

/** The functions of single numbers that there are kernels for. */
export const functions = [
  ...["add", "subtract", "multiply", "divide", "larger", "smaller", "mask", "relu", "sign"] as const,
] as const;

/**
 * A function of each of `vectors` vectors, of which `kernel` is the place in {@link functions}. A part: `share` vectors.
 * With a `period`, which divides both numbers, b has so many vectors and is used again and again.
 */
const each = job(["a", "b", "y", "kernel", "vectors", "share", "period"], (kernels, s, part) => {
  const first = part * s.share, count = Math.min(s.share, s.vectors - first), offset = first * LANES * FLOAT;
  const f = kernels[functions[s.kernel]!]!;
  if (s.period) f(s.a + offset, s.b, s.y + offset, s.period, count / s.period);
  else f(s.a + offset, s.b + offset, s.y + offset, count, 1);
});

/** All jobs, by name. */
export const jobs = { direct, winograd, each } as const;

/** A job's name. */
export type JobName = keyof typeof jobs;

/** What a job must be told, but for the room that it gets. */
export type SettingsOf<Name extends JobName> = Settings<
  Exclude<(typeof jobs)[Name]["settings"][number], "scratch" | "scratchSize">
>;

/** The jobs in the order of their numbers. */
export const jobNames = Object.keys(jobs) as JobName[];

/** The floats that a part needs beside its input and output. */
export const scratchOf = {
  direct: (s: SettingsOf<"direct">): number =>
    ((s.rows - 1) * s.strideY + s.height) * ((s.outWidth - 1) * s.strideX + s.width) * s.channels,
  winograd: ({ tiles, channels, outputs }: SettingsOf<"winograd">): number =>
    POINTS * (tiles * (channels + padded(outputs)) + LANES + channels) + 3 * INNER * INNER * outputs,
  each: (): number => 0,
} as const;
