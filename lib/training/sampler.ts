import { fold, permutation } from "../tensor/mod.ts";

/**
 * The images of each step: epochs of full batches, each epoch in its own random order. Images that do not fill a batch are
 * left out.
 *
 * The indices depend on the step only, so a resumed run gets the same images.
 *
 * @param size Images in the data set.
 * @param batch Images in a step.
 * @throws {RangeError} If the data set has fewer images than a batch.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sampler } from "@gcln/kit/training";
 *
 * const indices = sampler(10, 5, 1);
 * assertEquals([...indices(0), ...indices(1)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
 * ```
 */
export function sampler(size: number, batch: number, seed: number): (step: number) => Uint32Array {
  const perEpoch = Math.floor(size / batch);
  if (perEpoch === 0) throw new RangeError(`Cannot fill a batch of ${batch} from ${size} images`);
  let epoch = -1, order: Uint32Array = new Uint32Array();
  return (step) => {
    const wanted = Math.floor(step / perEpoch), start = (step % perEpoch) * batch;
    if (wanted !== epoch) {
      epoch = wanted;
      order = permutation(size, fold(seed, "epoch", epoch));
    }
    return order.slice(start, start + batch);
  };
}
