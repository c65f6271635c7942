import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  type Passes,
  passes,
  pause,
  type Progress,
  tf,
} from "../tensor/mod.ts";
import { inOrder, type Part, subset } from "./active_set.ts";
import type { Ball } from "./ball.ts";
import { strength } from "./strength.ts";

/** What an attack of a sequence is told of the images that it is shown. */
export interface Shown {
  /** Which image of the batch each one is: see {@linkcode ballOf}. */
  readonly rows: readonly number[];
  /** The classes that the attacker wants, `[n]`; the sequence's to free. */
  readonly targets?: Labels;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/**
 * An attack of a sequence: it is shown some images of the batch, with their ids, and returns as many, the sequence's to
 * free. They may be padded: an image may be there more than once.
 */
export type Stage = (part: Batch, shown: Shown) => Images | Promise<Images>;

/** The balls around some images of a batch. */
export function ballOf(
  { norm, epsilon }: Ball<number | readonly number[]>,
  rows: readonly number[],
): Ball<number | readonly number[]> {
  return { norm, epsilon: typeof epsilon === "number" ? epsilon : rows.map((row) => epsilon[row]!) };
}

/** How {@linkcode inSequence} goes about it. */
export interface InSequenceOptions {
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels | undefined;
  /**
   * `"survivors"`: an image that has fallen is shown to no later attack. `"everyone"`: every attack is shown all images,
   * which tells what each of them would do alone. Default `"survivors"`.
   */
  readonly shown?: "survivors" | "everyone";
  /** Is told how many of the attacks are done. */
  readonly progress?: Progress | undefined;
  /** Stops between two attacks, and within those that listen. */
  readonly signal?: AbortSignal | undefined;
}

/** What one attack of a sequence did. */
export interface StageRecord {
  /** The attack. */
  readonly attack: string;
  /** How many images it was shown. */
  readonly shown: number;
  /** How many of those it took. */
  readonly fallen: number;
  /** How many images of the whole batch stand after it. */
  readonly standing: number;
  /** How many images went through classifiers for it, padding among them; those that {@linkcode passes} counts. */
  readonly passes: Passes;
}

/** What a sequence of attacks has found. */
export interface SequenceResult {
  /** The attacked images, `[n, h, w, c]`, those that stand as they were; the caller's to free. */
  readonly images: Images;
  /** Which of them fool the victim. */
  readonly success: readonly boolean[];
  /** The first attack that took each image; `"clean"` where none was needed, `null` where none did. */
  readonly takenBy: readonly (string | null)[];
  /** What each attack did, in order. */
  readonly stages: readonly StageRecord[];
}

/**
 * Runs attacks one after the other, each on what the others have left standing: the worst case, image by image.
 *
 * The victim alone judges, and the images as they are come first. Since random draws follow an image's id, an attack does
 * to an image what it does with all the others beside it.
 *
 * @param victim What is to be fooled, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param stages The attacks by name, in order.
 * @param options Targets, and who is shown what.
 * @throws {DOMException} `AbortError`, when the signal fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fgs, inSequence, linf, square } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright; rounding hides the gradient.
 * const victim = (x: tf.Tensor4D) => {
 *   const bright = x.mul(20).round().mean([1, 2, 3]).sub(10.2);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 4, 4, 1], 0.45) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const ball = linf(0.1);
 * const { takenBy } = await inSequence(victim, batch, {
 *   fgs: (part) => fgs(victim, part, { ball }),
 *   square: (part) => square(victim, part, { ball, queries: 50 }),
 * });
 * assertEquals(takenBy, ["square"]);
 * ```
 */
export async function inSequence(
  victim: Classifier,
  batch: Batch,
  stages: Readonly<Record<string, Stage>>,
  { targets, shown = "survivors", progress, signal }: InSequenceOptions = {},
): Promise<SequenceResult> {
  const count = batch.images.shape[0], everyone = Array.from({ length: count }, (_, row) => row);
  const takenBy = new Array<string | null>(count).fill(null), records: StageRecord[] = [];
  const parts: Part[] = [{ rows: everyone, images: batch.images.clone() }];
  const standing = () => everyone.filter((row) => takenBy[row] === null);
  const names = Object.keys(stages);
  try {
    const start = await overOf(victim, batch.images, batch.labels, targets);
    start.forEach((over, row) => over > 0 && (takenBy[row] = "clean"));
    for (const [index, name] of names.entries()) {
      await pause();
      signal?.throwIfAborted();
      const rows = shown === "everyone" ? everyone : standing();
      if (rows.length === 0) break;
      const before = passes();
      const { images, fallen } = await staged(victim, batch, stages[name]!, { rows, targets, signal });
      const after = passes(), first = fallen.filter((row) => takenBy[row] === null);
      if (first.length === 0) images.dispose();
      else parts.push(only(images, rows, first));
      for (const row of first) takenBy[row] = name;
      records.push({
        attack: name,
        shown: rows.length,
        fallen: fallen.length,
        standing: standing().length,
        passes: { forward: after.forward - before.forward, backward: after.backward - before.backward },
      });
      progress?.update(index + 1, names.length);
    }
    return {
      images: inOrder(parts, count),
      success: takenBy.map((by) => by !== null),
      takenBy,
      stages: records,
    };
  } finally {
    tf.dispose(parts.map(({ images }) => images));
    progress?.done();
  }
}

/** One attack on some rows of the batch; which of them have fallen. */
async function staged(
  victim: Classifier,
  batch: Batch,
  stage: Stage,
  { rows, targets, signal }: {
    readonly rows: readonly number[];
    readonly targets: Labels | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ readonly images: Images; readonly fallen: readonly number[] }> {
  const { places, ...part } = subset(batch, rows);
  const aim = targets && tf.tidy(() => targets.gather<Labels>(tf.tensor1d([...places], "int32")));
  try {
    const shown = { rows: places, ...(aim ? { targets: aim } : {}), ...(signal ? { signal } : {}) };
    const images = await stage(part, shown);
    const over = await overOf(victim, images, part.labels, aim);
    return { images, fallen: rows.filter((_, i) => over[i]! > 0) };
  } finally {
    tf.dispose([part.images, part.labels, ...(aim ? [aim] : [])]);
  }
}

async function overOf(
  victim: Classifier,
  images: Images,
  labels: Labels,
  targets: Labels | undefined,
): Promise<Float32Array> {
  const over = tf.tidy(() => strength(victim, images, labels, targets));
  try {
    return await over.data() as Float32Array;
  } finally {
    over.dispose();
  }
}

/** Of images that are those of some rows, those of fewer; frees the images. */
function only(images: Images, rows: readonly number[], wanted: readonly number[]): Part {
  const places = wanted.map((row) => rows.indexOf(row));
  const kept = tf.tidy(() => images.gather<Images>(tf.tensor1d([...places], "int32")));
  images.dispose();
  return { rows: wanted, images: kept };
}
