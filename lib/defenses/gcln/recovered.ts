import { type Images, type Parameters, random, tf } from "../../tensor/mod.ts";

/** Recovered images that joined the clean set Ω° (§3.3); the oldest leave when it is full. */
export interface RecoveredSet {
  /** How many it holds now. */
  readonly size: number;
  /** Adds those images that the classifier got right (`right` is 1). */
  add(images: Images, right: tf.Tensor1D): Promise<void>;
  /** n of them at random, or undefined while there are fewer. */
  draw(n: number, seed: number): Images | undefined;
  /** All of it as tensors, for a checkpoint. */
  save(): Parameters;
  /** What {@link RecoveredSet.save} gave; the tensors are freed. */
  load(saved: Parameters): Promise<void>;
}

/**
 * An empty set of recovered images.
 *
 * @param shape Height, width and channels.
 * @param capacity How many it holds.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { recoveredSet } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const set = recoveredSet([1, 1, 1], 16);
 * await set.add(tf.tensor4d([0.1, 0.2], [2, 1, 1, 1]), tf.tensor1d([1, 0]));
 * assertEquals(set.size, 1);
 * ```
 */
export function recoveredSet(shape: readonly [number, number, number], capacity: number): RecoveredSet {
  const each = shape[0] * shape[1] * shape[2], store = new Float32Array(capacity * each);
  let added = 0; // in all, so that `added % capacity` is the next place
  return {
    get size() {
      return Math.min(added, capacity);
    },
    async add(images, right) {
      const [pixels, keep] = await Promise.all([images.data(), right.data()]);
      keep.forEach((isRight, i) => {
        if (isRight !== 1) return;
        store.set(pixels.subarray(i * each, (i + 1) * each) as Float32Array, (added++ % capacity) * each);
      });
    },
    draw(n, seed) {
      if (this.size < n) return undefined;
      const next = random(seed), chosen = new Float32Array(n * each);
      for (let i = 0; i < n; i++) {
        const at = Math.floor(next() * this.size) * each;
        chosen.set(store.subarray(at, at + each), i * each);
      }
      return tf.tensor4d(chosen, [n, ...shape]);
    },
    save: () => ({ images: tf.tensor(store.slice(), [capacity, ...shape]), added: tf.scalar(added) }),
    async load(saved) {
      store.set(await saved.images!.data() as Float32Array);
      added = (await saved.added!.data())[0]!;
      tf.dispose(Object.values(saved));
    },
  };
}
