import { gradientFaults } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { checkSettings, count, object } from "../kinds/mod.ts";
import { type Classifier, tf } from "../tensor/mod.ts";
import { checkDataset, checkFunction } from "./_arguments.ts";
import type { GradientShares } from "./gradient_shares.ts";
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
 * At how many images an attacker's gradient (of the cross-entropy) is of no use: exactly zero, or not finite.
 *
 * @param surrogate What the attacker differentiates.
 * @param data The images, at least one.
 * @throws {RangeError} Where there are no images.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 */
export async function gradientShares(
  surrogate: Classifier,
  data: Dataset,
  options: ZeroGradientShareOptions = {},
): Promise<GradientShares> {
  checkFunction("surrogate", surrogate);
  checkDataset("look for zero gradients", data);
  checkSettings("zeroGradientShare", SETTINGS, options);
  const { batch: size = 100, signal } = options;
  const counts = await inBatches({ data, size, signal }, async (batch) => {
    const each = tf.tidy(() => gradientFaults(surrogate, batch).sum(1));
    try {
      return await each.data();
    } finally {
      each.dispose();
    }
  });
  const share = (row: number) => counts.reduce((sum, count) => sum + count[row]!, 0) / data.size;
  return { zero: share(0), notFinite: share(1) };
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
  options: ZeroGradientShareOptions = {},
): Promise<number> {
  return (await gradientShares(surrogate, data, options)).zero;
}
