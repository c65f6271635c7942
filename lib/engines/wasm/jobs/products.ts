import { panelWidth } from "../sizes.ts";
import type { Kernels } from "./job.ts";

/** How many pixels a kernel takes at a time, by the columns of the panels; the fastest first. */
const PIXELS: Readonly<Record<number, readonly number[]>> = { 4: [8, 4, 3, 2, 1], 8: [4, 5, 3, 2, 1] };

/** Pixels and channels that there is a product kernel for. */
export const PRODUCTS: readonly (readonly [number, number])[] = Object.entries(PIXELS)
  .flatMap(([columns, rows]) => rows.map((count) => [count, Number(columns)] as const));

/** The kernel for a row of pixels: the one that computes the fewest of them twice. */
export function productKernel(kernels: Kernels, pixels: number, channels: number) {
  const columns = panelWidth(channels), possible = PIXELS[columns]!.filter((rows) => rows <= pixels);
  // A group costs as much as its pixels, and a bit.
  const cost = (rows: number) => Math.ceil(pixels / rows) * (rows + 1);
  const best = possible.reduce((best, rows) => cost(rows) < cost(best) ? rows : best);
  return kernels[`product${best}x${columns}`]!;
}
