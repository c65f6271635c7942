import { type AttackSpec, checkBatch, type Stop } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import {
  type Batch,
  type Classifier,
  counted,
  evaluated,
  fold,
  type Images,
  type Passes,
  pause,
  type Progress,
  tf,
} from "../tensor/mod.ts";
import { attackedImages, type Attempt, zerosOf } from "./_attacked_batch.ts";
import type { KeptAttacks } from "./kept_attacks.ts";

/** What one attack did to one victim, image by image. */
export interface Measurement {
  /** Whether each image is still classified right. */
  readonly correct: readonly boolean[];
  /** The share of images at which the attacker's gradient is exactly zero; absent without an attack. */
  readonly zeroGradient?: number;
  /** Wall-clock time; that of an attack whose images were kept is counted here as well, as if it had been made again. */
  readonly seconds: number;
  /**
   * Forward and backward passes through classifiers, of one image each, that the attack took: what it costs an attacker.
   * An attack whose images were kept from an earlier measurement counts with what it took then.
   */
  readonly passes?: Passes;
}

/** Fields of {@link measure}. */
export interface MeasureOptions {
  /** What the attack is; without it the images are clean. */
  readonly attack?: AttackSpec;
  /** What the attacker differentiates; default: the victim. */
  readonly surrogate?: Classifier;
  /** Images at a time; default 100. */
  readonly batch?: number;
  /** Fixes the attack's random starts. */
  readonly seed: number;
  /**
   * When an image is done; default: as the attack's spec says. With `"on success"` images that have fallen leave the
   * batch, and the first version of an image that fools the victim counts.
   */
  readonly stop?: Stop;
  /**
   * Attacked images of earlier measurements, and where those of this one are kept for later ones. Only what determines an
   * attack decides whether it is made again, so the result is the same. Default: every attack is made.
   */
  readonly kept?: KeptAttacks;
  /** Is told how many images are done. */
  readonly progress?: Progress;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/** Which images a classifier gets right, `[n]`, 1 or 0. */
function rightOnes(victim: Classifier, images: Images, { labels }: Batch): tf.Tensor {
  return evaluated(victim, "right", [images, labels], (x, y) => [
    victim(x as Images).argMax(1).equal(y!).cast("float32"),
  ])[0]!;
}

/**
 * Attacks a data set and asks the victim: which images are still right?
 *
 * What the attacker differentiates (`surrogate`) and what is scored (`victim`) are two arguments: every threat model
 * of the paper is a choice of the first. A victim or surrogate that is {@linkcode frozen} is compiled.
 *
 * @param victim What is scored.
 * @param data The images, at least one.
 * @throws {RangeError} Where there are no images.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { measure } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const data = await streetDigits("test", { size: 20 });
 * // Rounding hides the gradient from an attacker who takes it as it comes.
 * const victim = (images: Images) => tf.round(images).reshape([-1, 3072]).slice([0, 0], [-1, 10]) as Logits;
 * const attack = { attack: "fgs", ball: linf(8 / 255) } as const;
 * const { zeroGradient } = await measure(victim, data, { attack, seed: 1 });
 * assertEquals(zeroGradient, 1);
 * ```
 */
export async function measure(
  victim: Classifier,
  data: Dataset,
  options: MeasureOptions,
): Promise<Measurement> {
  const { attack, batch: size = 100, seed, stop, kept, progress, signal } = options;
  const scored = counted(victim), surrogate = counted(options.surrogate ?? victim);
  if (data.size === 0) throw new RangeError(`Cannot measure on no images: ${data.name} has none left`);
  const before = kept && { kept, data: data.checksum };
  const correct: boolean[] = [];
  let zeros = 0, forward = 0, backward = 0, earlier = 0;
  const started = performance.now();
  try {
    for (const batch of data.batches({ size })) {
      const held: tf.Tensor[] = [batch.images, batch.labels];
      const hold = <T extends tf.Tensor>(tensor: T): T => (held.push(tensor), tensor);
      try {
        await pause(); // for Ctrl-C, which fires the signal
        signal?.throwIfAborted();
        let images = batch.images;
        if (attack) {
          await checkBatch(batch, { classes: data.classes.length });
          const attempt: Attempt = {
            surrogate,
            batch,
            spec: attack,
            options: {
              seed: fold(seed, attack.attack),
              victim: scored,
              ...(stop ? { stop } : {}),
              ...(signal ? { signal } : {}),
            },
            ...(before ? { before } : {}),
          };
          const attacked = await attackedImages(attempt);
          images = hold(attacked.tensor);
          forward += attacked.passes.forward;
          backward += attacked.passes.backward;
          const zero = await zerosOf(attempt);
          for (const value of await hold(zero.tensor).data()) zeros += value;
          earlier += attacked.earlier + zero.earlier;
        }
        const right = hold(tf.tidy(() => rightOnes(scored, images, batch)));
        for (const value of await right.data()) correct.push(value === 1);
      } finally {
        tf.dispose(held);
      }
      progress?.update(correct.length, data.size);
    }
  } finally {
    progress?.done();
  }
  const seconds = earlier + (performance.now() - started) / 1000;
  return {
    correct,
    seconds,
    ...(attack ? { zeroGradient: zeros / data.size, passes: { forward, backward } } : {}),
  };
}

/**
 * Which images survive every one of several measurements: the worst case, image by image.
 *
 * It is at most the smallest of their accuracies, and less where attacks fool different images.
 *
 * @param measurements Of the same images in the same order, at least one.
 * @throws {RangeError} Where there is none, or where they are not of equally many images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { worstCase } from "@gcln/kit/evaluation";
 *
 * const { correct } = worstCase([
 *   { correct: [true, false, true], seconds: 1 },
 *   { correct: [true, true, false], seconds: 1 },
 * ]);
 * assertEquals(correct, [true, false, false]);
 * ```
 */
export function worstCase(measurements: readonly Measurement[]): Measurement {
  const [first] = measurements;
  if (first === undefined) throw new RangeError("The worst case of no measurements is not defined");
  const counts = new Set(measurements.map(({ correct }) => correct.length));
  if (counts.size > 1) {
    throw new RangeError(
      `The worst case needs measurements of the same images: got ${[...counts].join(", ")} images`,
    );
  }
  return {
    correct: first.correct.map((_, i) => measurements.every(({ correct }) => correct[i] === true)),
    seconds: measurements.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/**
 * The share of images that are classified right, in [0, 1], without any attack.
 *
 * @param victim What is scored.
 * @param data A data set, or a batch (of images attacked before, say).
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
export async function accuracy(victim: Classifier, data: Dataset | Batch): Promise<number> {
  if ("images" in data) {
    const right = tf.tidy(() => rightOnes(victim, data.images, data).mean());
    const [value] = await right.data();
    right.dispose();
    return value!;
  }
  const { correct } = await measure(victim, data, { seed: 0 });
  return correct.filter(Boolean).length / correct.length;
}
