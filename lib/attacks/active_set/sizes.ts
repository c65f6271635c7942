/**
 * Chooses the sizes of batches. A frozen classifier is compiled once for each batch size, and each graph holds the weights.
 * So only a few sizes are used, and smaller batches are padded with images that they already contain.
 */

/** The smallest batch size: smaller batches take the same time. */
const FEWEST = 8;

/** The fixed cost of a batch, as a number of images. */
const COST_OF_A_BATCH = 16;

/**
 * The size of one batch for all images that still stand: a power of two, at least 8 and at most `size`.
 *
 * @param standing The number of images that still stand.
 * @param size The largest batch size.
 */
export function batchSizeFor(standing: number, size: number): number {
  return Math.min(size, Math.max(FEWEST, 2 ** Math.ceil(Math.log2(standing))));
}

/**
 * The sizes of several batches that take the least time for these images: full batches, then smaller ones if those cost less
 * than padding a full one. Smaller ones have 8, 32, 64, 128, … images; 16 is left out to save a graph.
 *
 * @param standing The number of images.
 * @param size The largest batch size.
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

/** The same for fewer images than the largest batch: one padded batch or several batches, whichever costs less. */
function sizesBelow(standing: number, size: number): number[] {
  let smaller = 0, enough = Math.min(FEWEST, size);
  while (enough < standing) [smaller, enough] = [enough, Math.min(Math.max(32, 2 * enough), size)];
  if (smaller === 0 || enough === standing) return [enough];
  const several = [smaller, ...sizesBelow(standing - smaller, size)];
  return costOf(several) < costOf([enough]) ? several : [enough];
}

/** The cost of batches of these sizes, as a number of images. */
export function costOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size + COST_OF_A_BATCH, 0);
}
