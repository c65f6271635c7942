import type { Dataset } from "../data/mod.ts";
import { checkSettings, count, object } from "../kinds/mod.ts";
import { type Classifier, tf } from "../tensor/mod.ts";
import { checkDataset, checkFunction } from "./_arguments.ts";
import { gradientFaults } from "./_gradient_faults.ts";
import { inBatches } from "./_in_batches.ts";

/** Fields of {@link zeroGradientShare}. */
export interface ZeroGradientShareOptions {
  /** Images at a time. Default 100. */
  readonly batch?: number;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

const SETTINGS = { batch: count({ least: 1, default: 100 }), signal: object("an AbortSignal") };

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
  options: ZeroGradientShareOptions = {},
): Promise<number> {
  checkFunction("surrogate", surrogate);
  checkDataset("look for zero gradients", data);
  checkSettings("zeroGradientShare", SETTINGS, options);
  const { batch: size = 100, signal } = options;
  const zeros = await inBatches({ data, size, signal }, async (batch) => {
    const zero = tf.tidy(() => gradientFaults(surrogate, batch).slice([0, 0], [1, -1]).sum());
    try {
      return (await zero.data())[0]!;
    } finally {
      zero.dispose();
    }
  });
  return zeros.reduce((sum, count) => sum + count, 0) / data.size;
}
