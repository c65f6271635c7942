import { valueText } from "../kinds/mod.ts";
import { type Classifier, type Images, type Labels, type Logits, tf } from "../tensor/mod.ts";

/**
 * Calls a classifier and checks that it returns logits.
 *
 * @param classifier The classifier.
 * @param images `[n, h, w, c]`.
 * @returns `[n, classes]`, two classes or more.
 * @throws {TypeError} If it returns no tensor: an array, a promise, nothing.
 * @throws {RangeError} If it returns a tensor of another shape, or a single output.
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

/** Names a value that is no tensor, for an error. */
function named(value: unknown): string {
  if (value instanceof Promise) return "a promise";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return ArrayBuffer.isView(value) ? `a ${value.constructor.name}` : valueText(value);
}

/** The labels as one-hot rows, `[n, classes]`, bool. The row of a label outside [0, classes) is all false. */
function oneHot({ shape: [, classes] }: Logits, labels: Labels): tf.Tensor2D {
  return tf.oneHot(labels, classes).cast("bool") as tf.Tensor2D;
}

/** Whether an image has NaN among its logits, `[n]`, bool. */
export function isUndecided(logits: Logits): tf.Tensor1D {
  return tf.any(logits.isNaN(), 1);
}

/**
 * The predicted class of each image: the argMax, of equal logits the first; −1 where a logit is NaN. Minus infinity is a
 * number.
 *
 * @param logits `[n, classes]`.
 * @returns `[n]`, int32.
 */
export function classesRead(logits: Logits): Labels {
  // TensorFlow.js leaves open which of several equal logits argMax finds; this finds the first.
  const largest = logits.max(1, true), classes = tf.range(0, logits.shape[1]);
  const first = tf.where(logits.equal(largest), classes, logits.shape[1]).min(1);
  return tf.where(isUndecided(logits), -1, first).cast("int32") as Labels;
}

/**
 * Whether each image is classified as the given class, see {@linkcode classesRead}.
 *
 * @param logits `[n, classes]`.
 * @param classes `[n]`, int32.
 * @returns `[n]`, bool.
 */
export function isReadAs(logits: Logits, classes: Labels): tf.Tensor1D {
  return classesRead(logits).equal(classes).logicalAnd(isUndecided(logits).logicalNot()) as tf.Tensor1D;
}

/**
 * Whether an attack on each image has succeeded: the image is not classified as its label or, with targets, is classified as
 * its target.
 *
 * @param logits `[n, classes]`.
 * @param labels The true classes, `[n]`, int32.
 * @param targets The target classes of the attack, `[n]`, int32.
 * @returns `[n]`, bool.
 */
export function isFallen(logits: Logits, labels: Labels, targets?: Labels): tf.Tensor1D {
  return targets ? isReadAs(logits, targets) : isReadAs(logits, labels).logicalNot() as tf.Tensor1D;
}

/** The smallest normal float32 number. */
const LEAST = 2 ** -126;

/**
 * How far each image is beyond the decision boundary, in logits: the largest logit of another class minus the label's or,
 * with targets, the target's logit minus the largest of another class. It is above 0 exactly where {@linkcode isFallen} is
 * true, also with equal logits, infinite logits and NaN. So `lead > 0` is the rule of {@linkcode judge}.
 *
 * It has no useful gradient: an attack maximises the loss `margin` instead.
 *
 * @param logits `[n, classes]`.
 * @param labels The true classes, `[n]`, int32.
 * @param targets The target classes of the attack, `[n]`, int32.
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
 * // Of two equal logits the first is predicted.
 * const values = await lead(tf.tensor2d([[2, 5], [1, 1], [1, 1]]), labels).data();
 * assertEquals(Array.from(values, (value) => value > 0), [true, false, true]);
 * ```
 */
export function lead(logits: Logits, labels: Labels, targets?: Labels): tf.Tensor1D {
  return tf.tidy(() => {
    const wanted = oneHot(logits, targets ?? labels);
    const own = tf.where(wanted, logits, -Infinity).max(1);
    const other = tf.where(wanted, -Infinity, logits).max(1);
    const difference = targets ? own.sub(other) : other.sub(own);
    const known = tf.where(difference.isNaN(), 0, difference); // infinity minus infinity
    return tf.where(isFallen(logits, labels, targets), known.maximum(LEAST), known.minimum(0)) as tf.Tensor1D;
  });
}
