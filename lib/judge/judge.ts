import { type Batch, type Classifier, evaluated, type Images, type Labels, tf } from "../tensor/mod.ts";
import { isFallen, isUndecided, logitsOf } from "./verdict.ts";

/** A classifier that may refuse an image, as a detector does. */
export interface Victim extends Classifier {
  /** Which images it refuses, `[n]`, 1 or 0. */
  rejects?(images: Images): tf.Tensor1D;
}

/** What makes the numbers of a measurement doubtful, as counts of images. */
export interface Faults {
  /** Images with NaN among their logits. They are never read right. */
  readonly undecided: number;
  /** Attacked images that hold NaN or infinity. They have not fallen: they are no images. */
  readonly notFinite: number;
  /** Attacked images that lie outside their ball or outside [0, 1]. They have not fallen: they are not allowed. */
  readonly outside: number;
}

/** No faults. */
export const NO_FAULTS: Faults = { undecided: 0, notFinite: 0, outside: 0 };

/** The faults of two parts of a measurement together. */
export function addFaults(a: Faults, b: Faults): Faults {
  return {
    undecided: a.undecided + b.undecided,
    notFinite: a.notFinite + b.notFinite,
    outside: a.outside + b.outside,
  };
}

/** What the judge says of some images. */
export interface Judgement {
  /** Whether each image stands: it is read right, or an attack on it has failed. */
  readonly stands: readonly boolean[];
  /** What is wrong with the numbers. */
  readonly faults: Faults;
}

/** An attack's result, for the judge. */
export interface Attacked {
  /** The attacked images, `[n, h, w, c]`. */
  readonly images: Images;
  /** Which of them are allowed: whether each lies in its ball and in [0, 1], told exactly. Default: each that is in [0, 1]. */
  readonly allowed?: readonly boolean[] | undefined;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels | undefined;
}

/**
 * Decides whether each image is read right and, of attacked images, whether the attack has failed. Everything that counts
 * images asks here:
 *
 * - right means that the label is the argMax, the first of equals;
 * - logits are `[n, classes]`, a label that no output stands for is an error;
 * - NaN among the logits is never right, and is counted; minus infinity is a number;
 * - an attacked image has fallen only if it is finite, allowed, and in [0, 1]; others are counted;
 * - a refused attacked image counts as stopped, a refused clean one as an error.
 *
 * @param victim What is asked.
 * @param batch The images as they were, and their true classes.
 * @param attacked What an attack made of them; without it the images themselves are judged.
 * @returns One verdict for each image. Reads back.
 * @throws {RangeError} Where the victim returns no logits, or no output stands for a label.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { judge } from "@gcln/kit/judge";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const victim = (x: tf.Tensor4D) => x.reshape([-1, 2]) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.9, 0.1, 0.2, 0.7], [2, 1, 1, 2]), labels: tf.tensor1d([0, 0], "int32") };
 * assertEquals((await judge(victim, batch)).stands, [true, false]);
 * const images = tf.fill([2, 1, 1, 2], NaN) as tf.Tensor4D;
 * const { stands, faults } = await judge(victim, batch, { images });
 * assertEquals([stands, faults.notFinite], [[true, true], 2]);
 * ```
 */
export async function judge(victim: Victim, batch: Batch, attacked?: Attacked): Promise<Judgement> {
  const { labels } = batch, { images, allowed, targets } = attacked ?? { images: batch.images };
  const inputs = targets ? [images, labels, targets] : [images, labels];
  // `[5, n]`: how many outputs there are, and what the victim says, of each image.
  const [told] = evaluated(victim, targets ? "judge, targets" : "judge", inputs, (x, y, t) => {
    const logits = logitsOf(victim, x as Images), [count, classes] = logits.shape, axes = [1, 2, 3];
    const fallen = isFallen(logits, y as Labels, t as Labels | undefined);
    const finite = x!.sub(x!).equal(0).all(axes); // infinity less infinity is NaN
    const inRange = x!.greaterEqual(0).logicalAnd(x!.lessEqual(1)).all(axes);
    const rows = [fallen, isUndecided(logits), finite, inRange].map((row) => row.cast("float32"));
    return [tf.stack([tf.fill([count], classes), ...rows])];
  });
  const refused = victim.rejects ? tf.tidy(() => victim.rejects!(images).cast("float32")) : undefined;
  try {
    const [values, classes, refusals] = await Promise.all([told!.data(), labels.data(), refused?.data()]);
    const count = images.shape[0], row = (index: number, i: number) => values[index * count + i]!;
    checkLabels(classes, count === 0 ? Infinity : values[0]!);
    if (targets) checkLabels(await targets.data(), count === 0 ? Infinity : values[0]!, "targets");
    const stands: boolean[] = [], faults = { ...NO_FAULTS };
    for (let i = 0; i < count; i++) {
      if (row(2, i) > 0) faults.undecided++;
      const isRefused = refusals !== undefined && refusals[i]! > 0, fallen = row(1, i) > 0;
      if (attacked === undefined) {
        stands.push(!fallen && !isRefused);
        continue;
      }
      const isFinite = row(3, i) > 0, isAllowed = row(4, i) > 0 && allowed?.[i] !== false;
      if (!isFinite) faults.notFinite++;
      else if (!isAllowed) faults.outside++;
      stands.push(isRefused || !fallen || !isFinite || !isAllowed);
    }
    return { stands, faults };
  } finally {
    tf.dispose([told!, ...(refused ? [refused] : [])]);
  }
}

/**
 * Throws where no output stands for a label.
 *
 * @param labels Classes, `[n]`.
 * @param classes How many outputs there are.
 * @param name What they are, for the error.
 */
export function checkLabels(labels: ArrayLike<number>, classes: number, name = "labels"): void {
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! >= 0 && labels[i]! < classes) continue;
    throw new RangeError(
      `Cannot judge ${name} of which one is ${
        labels[i]
      }: the classifier's ${classes} outputs stand for 0 to ${classes - 1}`,
    );
  }
}
