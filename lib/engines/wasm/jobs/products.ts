import { panelWidth } from "../sizes.ts";
import type { Kernels } from "./job.ts";

/** How many pixels a kernel takes at a time, by the columns of the panels. */
const PIXELS: Readonly<Record<number, readonly number[]>> = { 4: [8, 4, 3, 2, 1], 8: [4, 6, 5, 3, 2, 1] };

/** Pixels and channels that there is a product kernel for. */
export const PRODUCTS: readonly (readonly [number, number])[] = Object.entries(PIXELS)
  .flatMap(([columns, rows]) => rows.map((count) => [count, Number(columns)] as const));

/** The fastest kernel for a row of pixels. Which one it is makes no difference to the result. */
export function productKernel(kernels: Kernels, pixels: number, channels: number) {
  const columns = panelWidth(channels), possible = PIXELS[columns]!.filter((rows) => rows <= pixels);
  // A group costs as much as its pixels and two more; the last one may compute some of them again.
  const cost = (rows: number) => Math.ceil(pixels / rows) * (rows + 2);
  const best = possible.reduce((best, rows) => cost(rows) < cost(best) ? rows : best);
  return kernels[`product${best}x${columns}`]!;
}
