import { type Batch, type Classifier, evaluated, type Images, type Labels, tf } from "../tensor/mod.ts";
import { callable, checkSetting } from "../kinds/mod.ts";
import { checkLabels, checkPixels, checkShapes } from "./checks.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import { checkRefusals, refusalsOf } from "./refusals.ts";
import { isFallen, isUndecided, logitsOf } from "./verdict.ts";

/** A classifier that may refuse an image, as a detector does. */
export interface Victim extends Classifier {
  /** Which images it refuses, `[n]`, 1 or 0. */
  rejects?(images: Images): tf.Tensor1D;
}

/** What the judge says of some images. */
export interface Judgement {
  /** Whether each image stands: it is read right, or the attack on it has failed. */
  readonly stands: readonly boolean[];
  /** What is wrong with the numbers. */
  readonly faults: Faults;
}

/** An attack's result, for the judge. */
export interface Attacked {
  /** The attacked images, `[n, h, w, c]`. */
  readonly images: Images;
  /** Which of them are allowed: whether each lies in its ball, told exactly. Default: each that is in [0, 1]. */
  readonly allowed?: readonly boolean[] | undefined;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels | undefined;
}

/** How {@linkcode judge} is asked. */
export interface JudgeOptions {
  /** How many images of the batch are asked about, from the first; the others are padding. Default: all. */
  readonly count?: number;
}

/**
 * Decides whether each image is read right and, of attacked images, whether the attack has failed. Everything that counts
 * images asks here:
 *
 * - right means that the label is the argMax, the first of equals;
 * - logits are `[n, classes]`, a label that no output stands for is an error;
 * - NaN among the logits is never right, and is counted; minus infinity is a number;
 * - an attacked image has fallen only if it is finite, allowed, and in [0, 1]. Others are counted, and the image as it was
 *   is judged in their place: an attack that returns what is not allowed has changed nothing;
 * - a refused clean image is an error; a refused attacked one counts as stopped, unless it was an error already.
 *
 * @param victim What is asked.
 * @param batch The images as they were, and their true classes.
 * @param attacked What an attack made of them; without it the images themselves are judged.
 * @param options How many images are asked about.
 * @returns One verdict for each image. Reads back.
 * @throws {TypeError} Where images or labels are of another type or shape.
 * @throws {RangeError} Where the victim returns no logits, no output stands for a label, an option is not known, or images as
 * they are hold NaN, infinity, or pixels far outside [0, 1] (bytes).
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
 * assertEquals([stands, faults.notFinite], [[true, false], 2]);
 * ```
 */
export async function judge(
  victim: Victim,
  batch: Batch,
  attacked?: Attacked,
  options: JudgeOptions = {},
): Promise<Judgement> {
  checkSetting("victim", callable(), victim);
  checkShapes(batch, attacked, options);
  const { count = batch.images.shape[0] } = options;
  if (count === 0) return { stands: [], faults: NO_FAULTS };
  if (attacked === undefined) {
    await checkPixels(batch.images);
    const { stands, faults } = await asked(victim, { ...batch, count });
    return { stands, faults };
  }
  const { admitted, ...faults } = await admission(attacked, count);
  const images = admitted.every(Boolean)
    ? attacked.images
    : restored(attacked.images, batch.images, admitted);
  try {
    const { refused, ...judgement } = await asked(victim, {
      images,
      labels: batch.labels,
      attack: attacked,
      count,
    });
    const stands = refused.some(Boolean)
      ? stoppedRightly(judgement.stands, refused, await asked(victim, { ...batch, count }))
      : judgement.stands;
    return { stands, faults: { ...judgement.faults, ...faults } };
  } finally {
    if (images !== attacked.images) images.dispose();
  }
}

/** Who stands, without those whose attacked image is refused and whose image was an error before anybody attacked it. */
function stoppedRightly(
  stands: readonly boolean[],
  refused: readonly boolean[],
  clean: Judgement,
): readonly boolean[] {
  return stands.map((stands, i) => stands && (!refused[i] || clean.stands[i]!));
}

/** The images, those that are not admitted as they were. */
function restored(images: Images, original: Images, admitted: readonly boolean[]): Images {
  return tf.tidy(() => {
    const kept = tf.tensor(admitted.slice(), [admitted.length, 1, 1, 1], "bool");
    return tf.where(kept, images, original) as Images;
  });
}

/** Which attacked images count, and how many of the first `count` do not. */
async function admission(
  { images, allowed }: Attacked,
  count: number,
): Promise<{ readonly admitted: readonly boolean[] } & Pick<Faults, "notFinite" | "outside">> {
  const told = tf.tidy(() => {
    const pixels = [1, 2, 3];
    const finite = images.sub(images).equal(0).all(pixels); // infinity less infinity is NaN
    const inRange = images.greaterEqual(0).logicalAnd(images.lessEqual(1)).all(pixels);
    return tf.stack([finite.cast("int32"), inRange.cast("int32")]);
  });
  try {
    const values = await told.data(), all = images.shape[0], faults = { notFinite: 0, outside: 0 };
    const admitted = Array.from({ length: all }, (_, i) => {
      const isFinite = values[i]! > 0, isAllowed = values[all + i]! > 0 && allowed?.[i] !== false;
      if (i < count && !isFinite) faults.notFinite++;
      else if (i < count && !isAllowed) faults.outside++;
      return isFinite && isAllowed;
    });
    return { admitted, ...faults };
  } finally {
    told.dispose();
  }
}

/** What the victim is asked of images that count. */
interface Question extends Batch {
  /** Where the images are attacked ones. */
  readonly attack?: Pick<Attacked, "targets">;
  readonly count: number;
}

/** What the victim answers, and which images it refuses. */
interface Answer extends Judgement {
  readonly refused: readonly boolean[];
}

async function asked(victim: Victim, { images, labels, attack, count }: Question): Promise<Answer> {
  const targets = attack?.targets, inputs = targets ? [images, labels, targets] : [images, labels];
  // `[3, n]`: how many outputs there are, whether the image has fallen, and whether a logit is NaN.
  const [told] = evaluated(victim, targets ? "judge, targets" : "judge", inputs, (x, y, t) => {
    const logits = logitsOf(victim, x as Images), [all, classes] = logits.shape;
    const fallen = isFallen(logits, y as Labels, t as Labels | undefined);
    return [tf.stack([tf.fill([all], classes), fallen.cast("float32"), isUndecided(logits).cast("float32")])];
  });
  let refused: tf.Tensor | undefined;
  try {
    if (victim.rejects !== undefined) {
      refused = tf.tidy(() => refusalsOf(victim.rejects!, images).cast("float32"));
    }
    const [values, classes, wanted, refusals] = await Promise.all(
      [told!.data(), labels.data(), targets?.data(), refused?.data()],
    );
    const all = images.shape[0], outputs = values[0]!;
    checkLabels(classes, outputs);
    if (wanted) checkLabels(wanted, outputs, "targets");
    if (refusals) checkRefusals(refusals);
    const isRefused = Array.from({ length: count }, (_, i) => refusals !== undefined && refusals[i]! > 0);
    const stands = isRefused.map((isRefused, i) => {
      const isFallen = values[all + i]! > 0;
      return attack ? !isFallen || isRefused : !isFallen && !isRefused;
    });
    const undecided = stands.filter((_, i) => values[2 * all + i]! > 0).length;
    return { stands, refused: isRefused, faults: { ...NO_FAULTS, undecided } };
  } finally {
    tf.dispose([told!, ...(refused ? [refused] : [])]);
  }
}
