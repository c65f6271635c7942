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
  /**
   * How sure the detector is, `[n]`, with a gradient: above 0 where it refuses. An attacker who knows of the detector lowers
   * it. Its unit is that of logits, so that a change of 1 is considerable; of a positive measure take log(measure / threshold).
   */
  score?(images: Images): tf.Tensor1D;
}

/** The judgement of some images. */
export interface Judgement {
  /** Whether each image stands: it is classified correctly, or the attack on it has failed. */
  readonly stands: readonly boolean[];
  /** The counts of faulty images. */
  readonly faults: Faults;
  /** Whether the victim refuses each of the judged images, clean or attacked; absent if it can't refuse any. */
  readonly refused?: readonly boolean[];
}

/** The result of an attack. */
export interface Attacked {
  /** The attacked images, `[n, h, w, c]`. */
  readonly images: Images;
  /** Whether each of them is allowed, which means exactly inside its ball. Default: those in [0, 1] are. */
  readonly allowed?: readonly boolean[] | undefined;
  /** The target classes of the attack, `[n]`; without them any wrong class is a success. */
  readonly targets?: Labels | undefined;
}

/** Options of {@linkcode judge}. */
export interface JudgeOptions {
  /** The number of images to judge, from the first; the others are padding. Default: all. */
  readonly count?: number;
}

/**
 * Decides whether each image is classified correctly or, for attacked images, whether the attack has failed. All counts of
 * images in the kit come from this function. Its rules:
 *
 * - an image is classified correctly if its label is the argMax of the logits, of equal logits the first;
 * - logits are `[n, classes]`; a label outside [0, classes) throws an error;
 * - an image with NaN among its logits is never correct, and is counted as a fault; minus infinity is a number;
 * - an attack succeeds only with an image that is finite, allowed, and in [0, 1]. Other images are counted as faults, and
 *   the original image is judged in their place;
 * - a clean image that the victim refuses is an error of the victim. An attacked image that it refuses counts as stopped,
 *   unless the original image was an error already.
 *
 * @param victim The classifier that is attacked, with the defense.
 * @param batch The original images and their true classes.
 * @param attacked The result of an attack on them; without it the original images are judged.
 * @param options The number of images to judge.
 * @returns One verdict for each image. The values are read back from the device.
 * @throws {TypeError} If images or labels have another type or shape.
 * @throws {RangeError} If the victim returns no logits, a label is not one of its classes, an option is not known, or the
 * original images hold NaN, infinity, or pixels far outside [0, 1] (bytes).
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
    return judgementOf(victim, await asked(victim, { ...batch, count }));
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
    return judgementOf(victim, { stands, refused, faults: { ...judgement.faults, ...faults } });
  } finally {
    if (images !== attacked.images) images.dispose();
  }
}

/** A judgement, with the refusals of a victim that can refuse. */
function judgementOf({ rejects }: Victim, { stands, faults, refused }: Answer): Judgement {
  return { stands, faults, ...(rejects ? { refused } : {}) };
}

/** `stands`, but false where the attacked image is refused and the original image was an error already. */
function stoppedRightly(
  stands: readonly boolean[],
  refused: readonly boolean[],
  clean: Judgement,
): readonly boolean[] {
  return stands.map((stands, i) => stands && (!refused[i] || clean.stands[i]!));
}

/** The attacked images, with the original image in the place of each that is not admitted. */
function restored(images: Images, original: Images, admitted: readonly boolean[]): Images {
  return tf.tidy(() => {
    const kept = tf.tensor(admitted.slice(), [admitted.length, 1, 1, 1], "bool");
    return tf.where(kept, images, original) as Images;
  });
}

/** Whether each attacked image is admitted, and the faults of the first `count`. */
async function admission(
  { images, allowed }: Attacked,
  count: number,
): Promise<{ readonly admitted: readonly boolean[] } & Pick<Faults, "notFinite" | "outside">> {
  const checks = tf.tidy(() => {
    const pixels = [1, 2, 3];
    const finite = images.sub(images).equal(0).all(pixels); // infinity less infinity is NaN
    const inRange = images.greaterEqual(0).logicalAnd(images.lessEqual(1)).all(pixels);
    return tf.stack([finite.cast("int32"), inRange.cast("int32")]);
  });
  try {
    const values = await checks.data(), all = images.shape[0], faults = { notFinite: 0, outside: 0 };
    const admitted = Array.from({ length: all }, (_, i) => {
      const isFinite = values[i]! > 0, isAllowed = values[all + i]! > 0 && allowed?.[i] !== false;
      if (i < count && !isFinite) faults.notFinite++;
      else if (i < count && !isAllowed) faults.outside++;
      return isFinite && isAllowed;
    });
    return { admitted, ...faults };
  } finally {
    checks.dispose();
  }
}

/** The images that the victim is asked about. */
interface Question extends Batch {
  /** Set if the images are attacked ones. */
  readonly attack?: Pick<Attacked, "targets">;
  readonly count: number;
}

/** The judgement of the victim's answers, and whether it refuses each image. */
interface Answer extends Judgement {
  readonly refused: readonly boolean[];
}

async function asked(victim: Victim, { images, labels, attack, count }: Question): Promise<Answer> {
  const targets = attack?.targets, inputs = targets ? [images, labels, targets] : [images, labels];
  // `[3, n]`: the number of outputs, whether the image has fallen, and whether a logit is NaN.
  const [answers] = evaluated(victim, targets ? "judge, targets" : "judge", inputs, (x, y, t) => {
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
      [answers!.data(), labels.data(), targets?.data(), refused?.data()],
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
    tf.dispose([answers!, ...(refused ? [refused] : [])]);
  }
}
