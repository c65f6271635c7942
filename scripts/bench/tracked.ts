/** A classifier that counts the passes of each image, and records the smallest distance at which it was fooled. */
import { type Batch, type Classifier, type Images, tf } from "../../lib/tensor/mod.ts";

/** Thrown when no image has passes left, to end the attack. */
export class Spent extends Error {}

/** A tracked classifier and its records of each image. */
export interface Track {
  /** The classifier. Do not freeze it: a compiled one can't be tracked. */
  readonly classifier: Classifier;
  /** The number of passes of each image, forward and backward. */
  readonly used: Float64Array;
  /** The smallest distance of a misclassified version of each image within its passes; infinite if there is none. */
  readonly nearest: Float64Array;
}

/** Options of {@linkcode tracked}. */
export interface TrackedOptions {
  readonly norm: "linf" | "l2";
  /** The number of passes for each image; a call that starts within them counts in full. */
  readonly budget: number;
}

/**
 * Tracks the calls of a classifier by attacks on one batch.
 *
 * If the number of images in a call is a multiple of the batch's, they are in the order of the batch. In any other call each
 * image counts as a version of the closest original.
 */
export async function tracked(
  classifier: Classifier,
  { images, labels }: Batch,
  { norm, budget }: TrackedOptions,
): Promise<Track> {
  const count = images.shape[0], pixels = images.size / count;
  const originals = await images.data(), classes = await labels.data();
  const used = new Float64Array(count), nearest = new Float64Array(count).fill(Infinity);
  const distance = (values: Float32Array, row: number, image: number) => {
    let sum = 0, largest = 0;
    for (let i = 0; i < pixels; i++) {
      const value = Math.min(1, Math.max(0, values[row * pixels + i]!)); // versions outside [0, 1] are clipped
      const change = Math.abs(value - originals[image * pixels + i]!);
      sum += change * change;
      largest = Math.max(largest, change);
    }
    return { l2: Math.sqrt(sum), linf: largest };
  };
  const closestOriginal = (values: Float32Array, row: number) => {
    let best = 0, least = Infinity;
    for (let image = 0; image < count; image++) {
      const { l2 } = distance(values, row, image);
      if (l2 < least) [best, least] = [image, l2];
    }
    return best;
  };
  const trackedClassifier = (asked: Images): tf.Tensor2D => {
    if (used.every((passes) => passes >= budget)) throw new Spent();
    const size = asked.shape[0], values = asked.dataSync<"float32">();
    const which = Array.from(
      { length: size },
      (_, row) => size % count === 0 ? row % count : closestOriginal(values, row),
    );
    const left = which.map((image) => used[image]! < budget);
    for (const image of which) used[image]!++;
    const entrance = tf.customGrad((x) => ({
      value: (x as Images).clone(),
      gradFunc: (dy: tf.Tensor) => {
        for (const image of which) used[image]!++;
        return dy;
      },
    }));
    const logits = classifier(entrance(asked) as Images), scores = logits.dataSync(), k = logits.shape[1];
    which.forEach((image, row) => {
      if (!left[row]) return;
      const own = scores.subarray(row * k, row * k + k);
      if (own.indexOf(Math.max(...own)) === classes[image]) return;
      nearest[image] = Math.min(nearest[image]!, distance(values, row, image)[norm]);
    });
    return logits;
  };
  return { classifier: trackedClassifier, used, nearest };
}
