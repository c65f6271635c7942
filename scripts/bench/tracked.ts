/** A classifier that counts its passes image by image, and remembers how near it was fooled. */
import { type Batch, type Classifier, type Images, tf } from "../../lib/tensor/mod.ts";

/** Thrown where no image has passes left: the attack is over. */
export class Spent extends Error {}

/** What a tracked classifier knows of each image. */
export interface Track {
  /** Asks as before; not to be frozen, since what is compiled can't be watched. */
  readonly classifier: Classifier;
  /** How many passes each image has had, forward and backward. */
  readonly used: Float64Array;
  /** The distance of its nearest version that was misclassified while it had passes left; else infinite. */
  readonly nearest: Float64Array;
}

/** How {@linkcode tracked} watches. */
export interface TrackedOptions {
  readonly norm: "linf" | "l2";
  /** Passes for each image; a call that begins within them counts whole. */
  readonly budget: number;
}

/**
 * Watches a classifier that attacks on one batch ask.
 *
 * In a call with a multiple of the batch's number of images they are in the batch's order; in any other each is a version
 * of the image that it is nearest to.
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
      const value = Math.min(1, Math.max(0, values[row * pixels + i]!)); // who asks outside of [0, 1] finds nothing there
      const change = Math.abs(value - originals[image * pixels + i]!);
      sum += change * change;
      largest = Math.max(largest, change);
    }
    return { l2: Math.sqrt(sum), linf: largest };
  };
  const whose = (values: Float32Array, row: number) => {
    let best = 0, least = Infinity;
    for (let image = 0; image < count; image++) {
      const { l2 } = distance(values, row, image);
      if (l2 < least) [best, least] = [image, l2];
    }
    return best;
  };
  const watched = (asked: Images): tf.Tensor2D => {
    if (used.every((passes) => passes >= budget)) throw new Spent();
    const size = asked.shape[0], values = asked.dataSync<"float32">();
    const which = Array.from(
      { length: size },
      (_, row) => size % count === 0 ? row % count : whose(values, row),
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
  return { classifier: watched, used, nearest };
}
