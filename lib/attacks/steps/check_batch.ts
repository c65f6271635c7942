import { type Batch, type Classifier, type Labels, tf } from "../../tensor/mod.ts";
import { checkBatchShapes } from "./attack_options.ts";

/** What {@linkcode checkBatch} is told. */
export interface CheckBatchOptions {
  /** The number of classes; without it labels have to be at least 0, or what `surrogate` knows. */
  readonly classes?: number;
  /** Is shown the first image to learn the number of classes. */
  readonly surrogate?: Classifier;
  /** The classes that the attacker wants, `[n]`, which have to be classes as well. */
  readonly targets?: Labels | undefined;
}

/** How many classes there are; Infinity where what is returned are no logits, of which the attack will tell more. */
function classesOf(surrogate: Classifier, { images }: Batch): number {
  const shape = tf.tidy(() => {
    const logits = surrogate(images.slice(0, 1)) as unknown;
    return logits instanceof tf.Tensor ? logits.shape : [];
  });
  return shape.length === 2 && shape[1]! > 1 ? shape[1]! : Infinity;
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
  { surrogate, classes, targets }: CheckBatchOptions = {},
): Promise<void> {
  checkBatchShapes(batch, targets);
  const { images, labels } = batch;
  if (images.size === 0) return;
  const count = classes ?? (surrogate ? classesOf(surrogate, batch) : Infinity);
  const extremes = tf.tidy(() =>
    tf.stack([
      images.isNaN().any().cast("float32"),
      images.min(),
      images.max(),
      ...[labels, targets ?? labels].flatMap((classes) => [classes.min(), classes.max()])
        .map((extreme) => extreme.cast("float32")),
    ])
  );
  const [nan, least, most, ...ends] = await extremes.data() as unknown as [number, number, number];
  extremes.dispose();
  if (nan > 0) throw new RangeError("Cannot attack images that hold NaN");
  if (!(least >= 0 && most <= 1)) {
    const hint = most > 2 && most <= 255 ? "; divide by 255" : "";
    throw new RangeError(`Cannot attack images with pixels in [${least}, ${most}]: [0, 1] is wanted${hint}`);
  }
  for (const [i, name] of ["labels", "targets"].entries()) {
    const [first, last] = (ends as number[]).slice(2 * i) as [number, number];
    if (first >= 0 && last < count) continue;
    const wanted = count === Infinity ? "at least 0 is" : `0 to ${count - 1} are`;
    throw new RangeError(`Cannot attack with ${name} from ${first} to ${last}: ${wanted} wanted`);
  }
}
