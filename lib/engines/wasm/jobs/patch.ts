import { FLOAT } from "../sizes.ts";
import type { Kernels, Settings } from "./job.ts";

/** Images, and which part of them: rows and columns from some on, also outside of the image. */
export interface Patch {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** Copies a part of an image, with zeros where there is no image. */
export function patch(
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
export const CONVOLUTION = [
  ...["x", "f", "y", "bias", "relu", "add", "mask", "scratch", "scratchSize"] as const,
  ...["inHeight", "inWidth", "channels", "outHeight", "outWidth", "outputs", "top", "left"] as const,
] as const;
