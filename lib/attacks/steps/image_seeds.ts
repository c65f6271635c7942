import { fold, type Images } from "../../tensor/mod.ts";

/** Images, and which they are: a `Batch`, for one. */
export interface ImagesWithIds {
  /** `[n, h, w, c]`. */
  readonly images: Images;
  /** `[n]`; default: their places. */
  readonly ids?: readonly number[] | undefined;
}

/**
 * A seed for each image of a batch, from its id: an image gets the same draws in whatever batch it stands.
 *
 * @param batch The images; without ids their places count.
 * @param seed The parent, any integer.
 * @param parts What the seeds are for.
 * @returns As many as there are images.
 * @throws {RangeError} Where there are more or fewer ids than images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { imageSeeds } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const images = tf.zeros<tf.Rank.R4>([2, 4, 4, 1]);
 * const [, second] = imageSeeds({ images, ids: [7, 9] }, 1, "pgd");
 * const [alone] = imageSeeds({ images: images.slice(0, 1), ids: [9] }, 1, "pgd");
 * assertEquals(alone, second);
 * ```
 */
export function imageSeeds(
  { images, ids = Array.from({ length: images.shape[0] }, (_, i) => i) }: ImagesWithIds,
  seed: number,
  ...parts: readonly (string | number)[]
): number[] {
  if (ids.length !== images.shape[0]) {
    throw new RangeError(`Cannot tell ${images.shape[0]} images by ${ids.length} ids`);
  }
  return ids.map((id) => fold(seed, ...parts, id));
}
