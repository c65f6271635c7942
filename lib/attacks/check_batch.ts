import { type Batch, tf } from "../tensor/mod.ts";
import { checkBatchShapes } from "./attack_options.ts";

/** What {@linkcode checkBatch} is told. */
export interface CheckBatchOptions {
  /** The number of classes; without it labels have to be at least 0. */
  readonly classes?: number;
}

/**
 * Throws where a batch can't be attacked: wrong shapes or types, NaN, pixels outside [0, 1], labels outside the classes.
 *
 * It reads back, which the attacks that return images at once do not do; so those look at shapes and types alone.
 *
 * @param batch The images and labels.
 * @param options The number of classes.
 * @throws {TypeError} Where a shape or type is wrong.
 * @throws {RangeError} Where a value is.
 *
 * @example Usage
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { checkBatch } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const bytes = { images: tf.fill([1, 2, 2, 1], 255) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * await assertRejects(() => checkBatch(bytes), RangeError, "divide by 255");
 * ```
 */
export async function checkBatch(
  batch: Batch,
  { classes = Infinity }: CheckBatchOptions = {},
): Promise<void> {
  checkBatchShapes(batch);
  const { images, labels } = batch;
  if (images.size === 0) return;
  const extremes = tf.tidy(() =>
    tf.stack([
      images.isNaN().any().cast("float32"),
      images.min(),
      images.max(),
      labels.min().cast("float32"),
      labels.max().cast("float32"),
    ])
  );
  const [nan, least, most, first, last] = await extremes.data() as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  extremes.dispose();
  if (nan > 0) throw new RangeError("Cannot attack images that hold NaN");
  if (!(least >= 0 && most <= 1)) {
    const hint = most > 2 && most <= 255 ? "; divide by 255" : "";
    throw new RangeError(`Cannot attack images with pixels in [${least}, ${most}]: [0, 1] is wanted${hint}`);
  }
  if (!(first >= 0 && last < classes)) {
    const wanted = classes === Infinity ? "at least 0 is" : `0 to ${classes - 1} are`;
    throw new RangeError(`Cannot attack with labels from ${first} to ${last}: ${wanted} wanted`);
  }
}
