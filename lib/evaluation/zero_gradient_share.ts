import type { Dataset } from "../data/mod.ts";
import { type Classifier, pause, tf } from "../tensor/mod.ts";
import { zeroGradients } from "./_zero_gradients.ts";

/** Fields of {@link zeroGradientShare}. */
export interface ZeroGradientShareOptions {
  /** Images at a time. Default 100. */
  readonly batch?: number;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * The share of images at which an attacker's gradient is exactly zero: an attack by gradients can't move these.
 *
 * @param surrogate What the attacker differentiates.
 * @param data The images, at least one.
 * @throws {RangeError} Where there are no images.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { zeroGradientShare } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const data = await streetDigits("test", { size: 20 });
 * const rounded = (images: Images) => tf.round(images).reshape([-1, 3072]).slice([0, 0], [-1, 10]) as Logits;
 * assertEquals(await zeroGradientShare(rounded, data), 1);
 * ```
 */
export async function zeroGradientShare(
  surrogate: Classifier,
  data: Dataset,
  { batch: size = 100, signal }: ZeroGradientShareOptions = {},
): Promise<number> {
  if (data.size === 0) throw new RangeError(`Cannot measure on no images: ${data.name} has none left`);
  let zeros = 0;
  for (const batch of data.batches({ size })) {
    const held: tf.Tensor[] = [batch.images, batch.labels];
    try {
      await pause(); // for Ctrl-C, which fires the signal
      signal?.throwIfAborted();
      const zero = tf.tidy(() => zeroGradients(surrogate, batch));
      held.push(zero);
      for (const value of await zero.data()) zeros += value;
    } finally {
      tf.dispose(held);
    }
  }
  return zeros / data.size;
}
