import { shown } from "../kinds/mod.ts";
import { type Classifier, type Images, type Labels, type Logits, tf } from "../tensor/mod.ts";

/**
 * A classifier's logits, checked to be logits.
 *
 * @param classifier What is asked.
 * @param images `[n, h, w, c]`.
 * @returns `[n, classes]`, two classes or more.
 * @throws {TypeError} Where no tensor comes back: an array, a promise, nothing.
 * @throws {RangeError} Where a tensor of another shape comes back, or one output alone.
 */
export function logitsOf(classifier: Classifier, images: Images): Logits {
  const logits = classifier(images) as unknown, [count] = images.shape;
  if (!(logits instanceof tf.Tensor)) {
    const hint = logits instanceof Promise
      ? ". A classifier returns its logits at once, not a promise of them"
      : "";
    throw new TypeError(
      `Cannot judge a classifier that returns ${
        named(logits)
      }: a tensor of logits [${count}, classes] is wanted${hint}`,
    );
  }
  if (logits.rank === 2 && logits.shape[0] === count && logits.shape[1]! > 1) {
    return (logits.dtype === "float32" ? logits : logits.cast("float32")) as Logits; // one-hot answers are whole numbers
  }
  const hint = logits.rank === 2 && logits.shape[1] === 1
    ? ". One output tells two classes apart only with a threshold: give a logit for each class"
    : "";
  throw new RangeError(
    `Cannot judge a classifier that maps images [${images.shape}] to [${logits.shape}]: logits [${count}, classes] ` +
      `with two classes or more are wanted${hint}`,
  );
}

/** What a classifier has returned that is no tensor. */
function named(value: unknown): string {
  if (value instanceof Promise) return "a promise";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return ArrayBuffer.isView(value) ? `a ${value.constructor.name}` : shown(value);
}

/** Ones at the labels, `[n, classes]`, bool; a row without any where no output stands for the label. */
function marked({ shape: [, classes] }: Logits, labels: Labels): tf.Tensor2D {
  return tf.oneHot(labels, classes).cast("bool") as tf.Tensor2D;
}

/** Where a logit is NaN, `[n]`, bool. */
export function isUndecided(logits: Logits): tf.Tensor1D {
  return tf.any(logits.isNaN(), 1);
}

/**
 * The class that each image is read as: the argMax, the first of equals; −1 where a logit is NaN. Minus infinity is a
 * number.
 *
 * @param logits `[n, classes]`.
 * @returns `[n]`, int32.
 */
export function classesRead(logits: Logits): Labels {
  // TensorFlow.js leaves open which of several equal logits argMax finds; this finds the first.
  const largest = logits.max(1, true), places = tf.range(0, logits.shape[1]);
  const first = tf.where(logits.equal(largest), places, logits.shape[1]).min(1);
  return tf.where(isUndecided(logits), -1, first).cast("int32") as Labels;
}

/**
 * Which images are read as given classes, {@linkcode classesRead}.
 *
 * @param logits `[n, classes]`.
 * @param classes `[n]`, int32.
 * @returns `[n]`, bool.
 */
export function isReadAs(logits: Logits, classes: Labels): tf.Tensor1D {
  return classesRead(logits).equal(classes).logicalAnd(isUndecided(logits).logicalNot()) as tf.Tensor1D;
}

/**
 * Which images have fallen: those not read as their label, or, with targets, those read as their target.
 *
 * @param logits `[n, classes]`.
 * @param labels The true classes, `[n]`, int32.
 * @param targets The classes that the attacker wants, `[n]`, int32.
 * @returns `[n]`, bool.
 */
export function isFallen(logits: Logits, labels: Labels, targets?: Labels): tf.Tensor1D {
  return targets ? isReadAs(logits, targets) : isReadAs(logits, labels).logicalNot() as tf.Tensor1D;
}

/** The smallest normal float32 number. */
const LEAST = 2 ** -126;

/**
 * How far each image is over the boundary, in logits: the margin of the best other class over the label or, with targets,
 * of the target over the best other class. It is above 0 exactly where the image has fallen ({@linkcode isFallen}), on
 * ties, infinite logits and NaN as well, so whoever compares it with 0 asks the judge.
 *
 * It has no useful gradient: to climb it, take the loss `margin`.
 *
 * @param logits `[n, classes]`.
 * @param labels The true classes, `[n]`, int32.
 * @param targets The classes that the attacker wants, `[n]`, int32.
 * @returns `[n]`, never NaN.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lead } from "@gcln/kit/judge";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const labels = tf.tensor1d([0, 0, 1], "int32");
 * // Two level logits: the first class is read.
 * const values = await lead(tf.tensor2d([[2, 5], [1, 1], [1, 1]]), labels).data();
 * assertEquals(Array.from(values, (value) => value > 0), [true, false, true]);
 * ```
 */
export function lead(logits: Logits, labels: Labels, targets?: Labels): tf.Tensor1D {
  return tf.tidy(() => {
    const wanted = marked(logits, targets ?? labels);
    const own = tf.where(wanted, logits, -Infinity).max(1);
    const other = tf.where(wanted, -Infinity, logits).max(1);
    const difference = targets ? own.sub(other) : other.sub(own);
    const known = tf.where(difference.isNaN(), 0, difference); // infinity less infinity
    return tf.where(isFallen(logits, labels, targets), known.maximum(LEAST), known.minimum(0)) as tf.Tensor1D;
  });
}
