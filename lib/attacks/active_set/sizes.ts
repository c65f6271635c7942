/**
 * How many images a batch should have. A frozen classifier is compiled once for each size of a batch, and each graph holds
 * the weights: so batches of few sizes are shown, and what is missing to a size is filled with images that are there already.
 */

/** A batch of fewer images than this takes no less time. */
const FEWEST = 8;

/** One more batch takes as much time as this many more images in it. */
const COST_OF_A_BATCH = 16;

/**
 * The size of one batch for all images that still stand: a power of two, at least 8, and no more than there is room for.
 *
 * @param standing How many images still stand.
 * @param size How many a batch holds at most.
 */
export function placesFor(standing: number, size: number): number {
  return Math.min(size, Math.max(FEWEST, 2 ** Math.ceil(Math.log2(standing))));
}

/**
 * The sizes of several batches in which images go through a classifier in the least time: whole batches, then smaller ones
 * where those cost less than filling one up. Smaller ones have 8, 32, 64, 128, … images (16 is left out: one graph less).
 *
 * @param standing How many images there are.
 * @param size How many a batch holds at most.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { partSizes } from "@gcln/kit/attacks";
 *
 * assertEquals(partSizes(328, 512), [256, 64, 8]);
 * assertEquals(partSizes(328, 100), [100, 100, 100, 32]);
 * ```
 */
export function partSizes(standing: number, size: number): number[] {
  const full = new Array<number>(Math.floor(standing / size)).fill(size), left = standing % size;
  return left === 0 ? full : [...full, ...sizesBelow(left, size)];
}

/** The same for fewer images than a batch holds: one batch filled up, or two and more, whichever costs less. */
function sizesBelow(standing: number, size: number): number[] {
  let smaller = 0, enough = Math.min(FEWEST, size);
  while (enough < standing) [smaller, enough] = [enough, Math.min(Math.max(32, 2 * enough), size)];
  if (smaller === 0 || enough === standing) return [enough];
  const several = [smaller, ...sizesBelow(standing - smaller, size)];
  return costOf(several) < costOf([enough]) ? several : [enough];
}

/** How much time batches of these sizes take, counted in images. */
export function costOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size + COST_OF_A_BATCH, 0);
}
