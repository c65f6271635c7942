import type { PixelCnnSpec } from "../../networks/mod.ts";

/** Numbers by the names of the weights, row by row. */
export type Numbers = Readonly<Record<string, Float64Array>>;

/**
 * Of a row of pixels what comes to each from above, and what they leave behind. All arrays have n images one after the other,
 * each with the row's `columns` pixels.
 */
export interface PixelRow {
  /** How many images. */
  readonly images: number;
  /** How many pixels a row has. */
  readonly columns: number;
  /** `[n, columns, (1 + 3 blocks) width]`. */
  readonly comes: Float32Array;
  /** Gets the activations, 2 blocks of `[n, columns, width]`. */
  readonly activations: readonly Float64Array[];
}

/**
 * What a PixelCNN says of one pixel after the other, in plain numbers: for a few images an operation of an engine costs far
 * more than what it computes. The same as `pixelStep`, whose weights it has.
 */
export class PlainPixels {
  readonly #width: number;
  readonly #weights: Numbers;
  readonly #firsts: readonly Float64Array[];
  readonly #seconds: readonly Float64Array[];
  readonly #left: Float64Array;
  readonly #half: Float64Array;
  readonly #gated: Float64Array;
  readonly #out: Float64Array;

  /** @param weights By their names in `pixelStep`. */
  constructor({ width, blocks }: PixelCnnSpec, weights: Numbers) {
    this.#width = width;
    this.#weights = weights;
    this.#firsts = Array.from({ length: blocks }, (_, i) => weights[`${i}.left.1`]!);
    this.#seconds = Array.from({ length: blocks }, (_, i) => weights[`${i}.left.2`]!);
    this.#left = new Float64Array(width);
    this.#half = new Float64Array(width);
    this.#gated = new Float64Array(2 * width);
    this.#out = new Float64Array(weights["pixel.bias"]!.length);
  }

  /**
   * @param row Where the pixel is.
   * @param column Which pixel.
   * @param before What is seen of the pixels left of it, `[n, c + 1]`; undefined in the first column.
   * @param numbers Gets what is said of the pixel, `[n, numbers]`.
   */
  say(row: PixelRow, column: number, before: Float32Array | undefined, numbers: Float32Array): void {
    const width = this.#width, blocks = this.#firsts.length, size = (1 + 3 * blocks) * width;
    const left = this.#left, half = this.#half, gated = this.#gated, out = this.#out;
    const seen = (before?.length ?? 0) / row.images, said = numbers.length / row.images;
    const { "left.left": first, "pixel": last, "pixel.bias": bias } = this.#weights;
    for (let image = 0; image < row.images; image++) {
      const place = image * row.columns + column, to = place * width;
      let from = place * size;
      for (let k = 0; k < width; k++) left[k] = row.comes[from++]!;
      if (before) { for (let j = 0; j < seen; j++) addRow(left, before[image * seen + j]!, first!, j); }
      for (let block = 0; block < blocks; block++) {
        for (let k = 0; k < width; k++) half[k] = row.comes[from++]!;
        this.#across(half, left, row.activations[2 * block]!, to, column > 0, this.#firsts[block]!);
        for (let k = 0; k < 2 * width; k++) gated[k] = row.comes[from++]!;
        this.#across(gated, half, row.activations[2 * block + 1]!, to, column > 0, this.#seconds[block]!);
        for (let k = 0; k < width; k++) left[k]! += gated[k]! / (1 + Math.exp(-gated[width + k]!));
      }
      out.set(bias!);
      for (let j = 0; j < width; j++) addRow(out, elu(left[j]!), last!, j);
      numbers.set(out, image * said);
    }
  }

  /** Adds what the left neighbour's activation and the pixel's own, which is elu(x), contribute; and keeps the own. */
  #across(
    sum: Float64Array,
    x: Float64Array,
    activations: Float64Array,
    at: number,
    hasNeighbour: boolean,
    weights: Float64Array,
  ): void {
    const width = this.#width;
    for (let j = 0; j < width; j++) {
      const own = elu(x[j]!);
      activations[at + j] = own;
      if (hasNeighbour) addRow(sum, activations[at - width + j]!, weights, j);
      addRow(sum, own, weights, width + j);
    }
  }
}

/** Adds a row of a matrix, times a number. */
function addRow(sum: Float64Array, times: number, matrix: Float64Array, row: number): void {
  const count = sum.length;
  for (let k = 0, at = row * count; k < count; k++, at++) sum[k]! += times * matrix[at]!;
}

function elu(x: number): number {
  return x > 0 ? x : Math.expm1(x);
}
