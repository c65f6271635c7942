import { logitsToClimb } from "./logits_to_climb.ts";
import { callable, checkSetting, either, type Setting, valueText, word } from "../../kinds/mod.ts";
import { crossEntropy, dlr, margin } from "../../losses/mod.ts";
import {
  type Classifier,
  evaluated,
  gradientAt,
  type Images,
  type Labels,
  type Logits,
  tf,
} from "../../tensor/mod.ts";

/** The losses that attacks know by name. */
export type AttackLossName = "crossEntropy" | "margin" | "dlr";

const names: readonly AttackLossName[] = ["crossEntropy", "margin", "dlr"];

/** What may be given as a loss. */
export const lossSetting: Setting = either(word(names), callable());

/** A loss that attacks raise: by name, or a function of logits, true labels and targets that gives `[n]`. */
export type AttackLoss =
  | AttackLossName
  | ((logits: Logits, labels: Labels, targets?: Labels) => tf.Tensor1D);

/**
 * What an attack raises, image by image. Without targets it grows as the label is lost, with targets as they are won.
 *
 * @param loss Its name, or itself.
 * @param logits `[n, classes]`.
 * @param labels The true classes, `[n]`, int32.
 * @param targets The classes that the attacker wants, `[n]`, int32.
 * @returns `[n]`. With fewer than three classes, with targets four, the ratio `"dlr"` is not defined: the margin takes its place.
 * @throws {RangeError} Where the name is not known.
 * @throws {TypeError} Where a function returns something else than `[n]`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { attackLoss } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const logits = tf.tensor2d([[5, 1, 2]]), labels = tf.tensor1d([0], "int32"), targets = tf.tensor1d([1], "int32");
 * assertEquals([...await attackLoss("margin", logits, labels).data()], [-3]);
 * assertEquals([...await attackLoss("margin", logits, labels, targets).data()], [-4]);
 * ```
 */
export function attackLoss(
  loss: AttackLoss,
  logits: Logits,
  labels: Labels,
  targets?: Labels,
): tf.Tensor1D {
  if (typeof loss === "function") return eachOf(loss(logits, labels, targets), logits.shape[0]);
  switch (loss) {
    case "crossEntropy":
      return targets ? crossEntropy(logits, targets).neg() : crossEntropy(logits, labels);
    case "margin":
      return targets ? margin(logits, targets).neg() : margin(logits, labels);
    case "dlr":
      // The ratio is of the third logit, of the fourth with a target.
      if (logits.shape[1] < (targets ? 4 : 3)) return attackLoss("margin", logits, labels, targets);
      return dlr(logits, labels, targets);
    default:
      checkSetting("loss", lossSetting, loss satisfies never);
      throw new RangeError(`Cannot attack with the loss ${loss}`);
  }
}

/** What a loss of a caller's returns, checked to be a number for each image. */
function eachOf(losses: unknown, count: number): tf.Tensor1D {
  if (losses instanceof tf.Tensor && losses.rank === 1 && losses.shape[0] === count) {
    return losses as tf.Tensor1D;
  }
  throw new TypeError(
    `Cannot attack with a loss that returns ${
      valueText(losses)
    }: a tensor [${count}], a number for each image, is wanted; a mean ` +
      "over the images is none",
  );
}

/** Which loss is differentiated, and for which classes. */
export interface LossGradientOptions {
  /** The true classes, `[n]`. */
  readonly labels: Labels;
  /** The classes that the attacker wants, `[n]`. */
  readonly targets?: Labels | undefined;
  /** The loss of one image. Default `"crossEntropy"`. */
  readonly loss?: AttackLoss;
}

/**
 * The gradient of the sum of the images' losses with respect to the images.
 *
 * The sum, not the mean: a mean would divide by the batch size, and small gradients would underflow to 0 earlier.
 *
 * @param surrogate What is differentiated.
 * @param images Where, `[n, h, w, c]`.
 * @param options The loss and its classes.
 * @returns `[n, h, w, c]`; uphill is where the attacker wants to go. As the surrogate has it: it may hold NaN or infinity,
 * which {@linkcode finite} takes out. Only what float32 loses between a softmax and its logarithm is kept:
 * `inLogDomain` of `@gcln/kit/tensor`.
 * @throws {RangeError} Where the surrogate does not return `[n, classes]`.
 */
export function lossGradient(
  surrogate: Classifier,
  images: Images,
  { labels, targets, loss = "crossEntropy" }: LossGradientOptions,
): Images {
  const gradient = (x: tf.Tensor, y: tf.Tensor, t?: tf.Tensor) =>
    gradientAt(
      (x: Images) =>
        attackLoss(loss, logitsToClimb(surrogate, x), y as Labels, t as Labels | undefined)
          .sum() as tf.Scalar,
      x as Images,
    );
  // A loss that is a function has no name by which its graph could be found again.
  if (typeof loss === "function") return gradient(images, labels, targets);
  const inputs = targets ? [images, labels, targets] : [images, labels];
  return evaluated(surrogate, `gradient of ${loss}`, inputs, (x, y, t) => [gradient(x!, y!, t)])[0] as Images;
}
