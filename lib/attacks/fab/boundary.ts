import { type Classifier, type Images, type Labels, tf, valueAndGradients } from "../../tensor/mod.ts";
import { logitsToClimb } from "../steps/logits_to_climb.ts";
import { attackLoss } from "../steps/attack_loss.ts";
import { finite } from "../steps/finite.ts";
import type { Norm } from "../steps/ball.ts";
import { classGradients } from "../steps/class_gradients.ts";

/**
 * Which decision boundary FAB goes to: the nearest of all, the one between the label and a given class, or the one
 * around a target. With the last only the target is a success, else any wrong class.
 */
export type FabAim = "nearest" | "class" | "target";

/** The boundary as it looks from some images: value + slope · (z − x) = 0, above 0 on the other side. */
export interface LinearBoundary {
  /** `[n]`. */
  readonly value: tf.Tensor1D;
  /** `[n, h, w, c]`. */
  readonly slope: Images;
}

/**
 * Linearises the boundary that FAB goes to next.
 *
 * @param surrogate What is differentiated.
 * @param images x, `[n, h, w, c]`.
 * @param goal Which boundary; `classes`, `[n]`, are needed but for the nearest. `norm` says what is near.
 */
export function linearBoundary(
  surrogate: Classifier,
  images: Images,
  goal: { readonly aim: FabAim; readonly norm: Norm; readonly labels: Labels; readonly classes?: Labels },
): LinearBoundary {
  if (goal.aim === "nearest") return nearest(surrogate, images, goal);
  const { gradients, aux } = valueAndGradients(({ x }) => {
    const logits = logitsToClimb(surrogate, x as Images), value = difference(logits, goal);
    return { loss: value.sum() as tf.Scalar, aux: { value } };
  }, { x: images });
  return { value: aux.value as tf.Tensor1D, slope: finite(gradients.x as Images) };
}

function difference(
  logits: tf.Tensor2D,
  { aim, labels, classes }: Parameters<typeof linearBoundary>[2],
): tf.Tensor1D {
  if (aim === "target") return attackLoss("margin", logits, labels, classes);
  return logitOf(logits, classes!).sub(logitOf(logits, labels));
}

/** The logit of each class, `[n]`; infinite ones elsewhere do not count. */
function logitOf(logits: tf.Tensor2D, classes: Labels): tf.Tensor1D {
  return tf.where(tf.oneHot(classes, logits.shape[1]).cast("bool"), logits, 0).sum(1);
}

const FAR = 1e30;

/** That of the class with the least |f_k − f_y| / ‖∇ (f_k − f_y)‖, of the dual norm; a class without a slope is far. */
function nearest(
  surrogate: Classifier,
  images: Images,
  { norm, labels }: { readonly norm: Norm; readonly labels: Labels },
): LinearBoundary {
  const [logits, gradients] = classGradients(surrogate, images); // [n, k], [n, k, h, w, c]
  const [n, k] = logits.shape, wide = [n, k, 1, 1, 1];
  const own = tf.oneHot(labels, k).cast<tf.Tensor2D>("float32");
  const values = logits.sub(logitOf(logits, labels).expandDims(1));
  const slopes = gradients.sub(gradients.mul(own.reshape(wide)).sum(1, true));
  const steepness = dual(norm, slopes.reshape([n, k, -1])),
    isRival = own.equal(0).logicalAnd(steepness.greater(0));
  const distances = tf.where(isRival, values.abs().div(steepness.maximum(1 / FAR)).minimum(FAR / 2), FAR);
  const chosen = tf.oneHot(distances.argMin<tf.Tensor1D>(1), k).cast("float32");
  return {
    value: tf.where(chosen.cast("bool"), values, 0).sum(1),
    slope: slopes.mul(chosen.reshape(wide)).sum(1),
  };
}

/** By how much a change of size 1 can raise a linear function: ‖w‖₁ for linf, ‖w‖₂ for l2, ‖w‖∞ for l1. */
function dual(norm: Norm, slopes: tf.Tensor): tf.Tensor {
  const size = slopes.abs(), largest = size.max(2);
  switch (norm) {
    case "linf":
      return size.sum(2);
    case "l2": {
      const scale = largest.maximum(2 ** -126); // so that no square underflows
      return size.div(scale.expandDims(2)).square().sum(2).sqrt().mul(scale);
    }
    case "l1":
      return largest;
    default:
      return norm satisfies never;
  }
}
