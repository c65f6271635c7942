import { linf, pgd } from "../../attacks/mod.ts";
import type { Dataset } from "../../data/mod.ts";
import {
  type Batch,
  fold,
  frozen,
  type Images,
  normal,
  type Parameters,
  pause,
  tf,
} from "../../tensor/mod.ts";
import type { TrainedClassifier, TrainingRun } from "../../training/mod.ts";
import { type Dimensions, dimensionsAmong, partsOf } from "./dimensions.ts";
import { logisticRegression } from "./logistic_regression.ts";

/** The attack that the detector learns to tell, that of Table 1. */
const attack = { ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 } as const;

/** Images at a time. */
const BATCH = 100;

/** What the training needs beside the classifier. */
interface FitRun extends Pick<TrainingRun<never>, "data" | "seed" | "progress" | "signal"> {
  readonly networks: { readonly classifier: TrainedClassifier };
  readonly settings: { readonly images?: number; readonly falsePositives?: number };
}

/**
 * Trains the detector: logistic regression on local dimensions, clean and noisy images against attacked ones; then the
 * threshold, so that of other clean training images no larger share is refused than wanted.
 *
 * @returns What is taken from and divided out of each dimension, its weight, and the threshold of their sum.
 */
export async function fitDetector(
  { networks: { classifier }, data, seed, settings, progress, signal }: FitRun,
): Promise<Parameters> {
  const { images = 1000, falsePositives = 0.05 } = settings;
  const { reference, learned, heldOut } = partsOf(data.size, images, seed);
  const near = data.batch(reference), dimensions = dimensionsAmong(classifier, near.images);
  const attacked = frozen(classifier),
    clean: number[][] = [],
    wrong: number[][] = [],
    others: number[][] = [];
  let done = 0;
  const each = async (part: Uint32Array, look: (batch: Batch) => Promise<void>) => {
    for (const batch of batches(data, part)) {
      try {
        await pause();
        signal?.throwIfAborted();
        await look(batch);
      } finally {
        tf.dispose([batch.images, batch.labels]);
      }
      progress?.update(done += batch.images.shape[0], learned.length + heldOut.length);
    }
  };
  try {
    await each(learned, async (batch) => {
      const given = { ...attack, seed: fold(seed, "local dimension", "attack", done) };
      const found = pgd(attacked, batch, given),
        noisy = noisyAs(found, batch.images, fold(seed, "noise", done));
      try {
        clean.push(...await rowsOf(dimensions, batch.images), ...await rowsOf(dimensions, noisy));
        wrong.push(...await rowsOf(dimensions, found));
      } finally {
        tf.dispose([found, noisy]);
      }
    });
    await each(heldOut, async ({ images }) => void others.push(...await rowsOf(dimensions, images)));
  } finally {
    progress?.done(signal?.aborted ? "stopped" : undefined);
    tf.dispose([near.images, near.labels]);
    dimensions.dispose();
    attacked.dispose();
  }
  const { mean, deviation, weights } = logisticRegression(
    [...clean, ...wrong],
    [...clean.map(() => false), ...wrong.map(() => true)],
  );
  const sums = others.map((row) =>
    row.reduce((sum, value, j) => sum + (value - mean[j]!) / deviation[j]! * weights[j]!, 0)
  );
  const vector = (values: readonly number[]) => tf.tensor1d([...values]);
  return {
    mean: vector(mean),
    deviation: vector(deviation),
    weights: vector(weights),
    threshold: tf.scalar(thresholdFor(sums, falsePositives)),
  };
}

/**
 * The value that is exceeded by a new one of the same kind with at most this probability: the ⌈(1 − p)(n + 1)⌉-th smallest
 * of n.
 */
export function thresholdFor(values: readonly number[], probability: number): number {
  const sorted = values.toSorted((a, b) => a - b), rank = Math.ceil((1 - probability) * (values.length + 1));
  return sorted[Math.min(rank, values.length) - 1]!;
}

/** Batches of some images. */
function* batches(data: Dataset, indices: Uint32Array): Iterable<Batch> {
  for (let start = 0; start < indices.length; start += BATCH) {
    yield data.batch(indices.slice(start, start + BATCH));
  }
}

/** The images with normal noise, as far from them as the attacked ones are. */
function noisyAs(attacked: Images, images: Images, seed: number): Images {
  return tf.tidy(() => {
    const size = attacked.sub(images).square().mean([1, 2, 3], true).sqrt();
    return images.add(normal(images.shape, 0, 1, seed).mul(size)).clipByValue(0, 1) as Images;
  });
}

async function rowsOf(dimensions: Dimensions, images: Images): Promise<number[][]> {
  const found = tf.tidy(() => dimensions(images));
  try {
    return await found.array();
  } finally {
    found.dispose();
  }
}
