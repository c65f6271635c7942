import { fold, permutation } from "../tensor/mod.ts";

/**
 * Which images a step sees: epochs of full batches, each in an order of its own, left-overs dropped.
 *
 * A function of the step alone, so that a resumed run sees what it would have seen.
 *
 * @param size Images in the data set.
 * @param batch Images in a step.
 * @throws {RangeError} When the data set has fewer images than a batch.
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
