import { attackBy, type AttackSpec, lossGradient } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import {
  type Batch,
  type Classifier,
  evaluated,
  fold,
  type Images,
  type Progress,
  tf,
} from "../tensor/mod.ts";

/** What one attack did to one victim, image by image. */
export interface Measurement {
  /** Whether each image is still classified right. */
  readonly correct: readonly boolean[];
  /** The share of images at which the attacker's gradient is exactly zero; absent without an attack. */
  readonly zeroGradient?: number;
  readonly seconds: number;
}

/** Fields of {@link measure}. */
export interface MeasureOptions {
  /** What the attack is; without it the images are clean. */
  readonly attack?: AttackSpec;
  /** What the attacker differentiates; default: the victim. */
  readonly surrogate?: Classifier;
  /** Images at a time; default 100. */
  readonly batch?: number;
  readonly seed: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Which images a classifier gets right, `[n]`, 1 or 0. */
function rightOnes(victim: Classifier, images: Images, { labels }: Batch): tf.Tensor {
  return evaluated(victim, "right", [images, labels], (x, y) => [
    victim(x as Images).argMax(1).equal(y!).cast("float32"),
  ])[0]!;
}

/** Where the gradient of the cross-entropy is exactly zero, `[n]`, 1 or 0. */
function zeroGradients(surrogate: Classifier, { images, labels }: Batch): tf.Tensor {
  const gradient = lossGradient(surrogate, images, { labels });
  return gradient.abs().max([1, 2, 3]).equal(0).cast("float32");
}

/**
 * Attacks a data set and asks the victim: which images are still right?
 *
 * What the attacker differentiates (`surrogate`) and what is scored (`victim`) are two arguments: every threat model
 * of the paper is a choice of the first.
 *
 * @param victim What is scored.
 * @param data The images.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 */
export async function measure(
  victim: Classifier,
  data: Dataset,
  options: MeasureOptions,
): Promise<Measurement> {
  const { attack, surrogate = victim, batch: size = 100, seed, progress, signal } = options;
  const attacked = attack && attackBy(attack);
  const correct: boolean[] = [];
  let zeros = 0;
  const started = performance.now();
  try {
    let index = 0;
    for (const batch of data.batches({ size })) {
      signal?.throwIfAborted();
      const images = attacked
        ? await attacked(surrogate, batch, { seed: fold(seed, attack!.attack, index) })
        : batch.images.clone();
      const [right, zero] = tf.tidy(() => [
        rightOnes(victim, images, batch),
        attacked ? zeroGradients(surrogate, batch) : tf.zeros([1]),
      ]) as [tf.Tensor, tf.Tensor];
      for (const value of await right.data()) correct.push(value === 1);
      for (const value of await zero.data()) zeros += value;
      tf.dispose([batch.images, batch.labels, images, right, zero]);
      index++;
      progress?.update(correct.length, data.size);
    }
  } finally {
    progress?.done();
  }
  const seconds = (performance.now() - started) / 1000;
  return { correct, seconds, ...(attacked ? { zeroGradient: zeros / data.size } : {}) };
}

/** Which images survive every one of several measurements: the worst case, image by image. */
export function worstCase(measurements: readonly Measurement[]): Measurement {
  const first = measurements[0];
  if (first === undefined) throw new RangeError("The worst case of no measurements is not defined");
  return {
    correct: first.correct.map((_, i) => measurements.every(({ correct }) => correct[i] === true)),
    seconds: measurements.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** The share of images that are classified right, without any attack. */
export async function accuracy(victim: Classifier, data: Dataset | Batch): Promise<number> {
  if ("labels" in data && "images" in data) {
    const right = tf.tidy(() => rightOnes(victim, data.images, data).mean());
    const [value] = await right.data();
    right.dispose();
    return value!;
  }
  const { correct } = await measure(victim, data, { seed: 0 });
  return correct.filter(Boolean).length / correct.length;
}
