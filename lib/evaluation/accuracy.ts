import type { Dataset } from "../data/mod.ts";
import { judge, type Victim } from "../judge/mod.ts";
import { type Batch, counted } from "../tensor/mod.ts";
import { checkBatchOrDataset, checkFunction } from "./_arguments.ts";
import { inBatches, together } from "./_in_batches.ts";

/**
 * The share of images that are classified right, in [0, 1], without any attack.
 *
 * @param victim What is scored.
 * @param data A data set, or a batch (of images attacked before, say), at least one image.
 * @throws {TypeError} Where images or labels are of another type or shape.
 * @throws {RangeError} Where there are no images, the victim returns no logits, or no output stands for a label.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { accuracy } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const images = tf.tensor4d([0.9, 0.1, 0.2, 0.7], [2, 1, 1, 2]), labels = tf.tensor1d([0, 0], "int32");
 * const brighter = (images: Images) => images.reshape([-1, 2]) as Logits;
 * assertEquals(await accuracy(brighter, { images, labels }), 0.5);
 * ```
 */
export async function accuracy(victim: Victim, data: Dataset | Batch): Promise<number> {
  checkFunction("victim", victim);
  checkBatchOrDataset("tell the accuracy", data);
  const { stands } = "images" in data
    ? await judge(counted(victim), data)
    : together(await inBatches({ data, size: 100 }, (batch) => judge(counted(victim), batch)));
  return stands.filter(Boolean).length / stands.length;
}
