import {
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  type Logits,
  type tf,
  valueAndGradients,
} from "../../tensor/mod.ts";
import { lead } from "../../judge/mod.ts";
import { logitsToClimb, logitsToTell } from "./logits_to_climb.ts";
import { type AttackLoss, attackLoss } from "./attack_loss.ts";
import { withoutNaN } from "./finite.ts";

/** The result of one forward and one backward pass. */
export interface GradientAndLead {
  /** The gradient of the sum of the losses, `[n, h, w, c]`. It may hold NaN or infinity. */
  readonly gradient: Images;
  /** The loss of each image, `[n]`; minus infinity where it is NaN. */
  readonly loss: tf.Tensor1D;
  /** The lead, `[n]`: above 0 where the attack has succeeded. */
  readonly lead: tf.Tensor1D;
}

/** The loss, and what counts as success. */
export interface GradientAndLeadOptions {
  /** The true classes, `[n]`. */
  readonly labels: Labels;
  /** The target classes of the attack, `[n]`. */
  readonly targets: Labels | undefined;
  /** The loss of one image. */
  readonly loss: AttackLoss;
  /** Whether success is a prediction of the target, or any but the label. Without targets it is `label`. */
  readonly goal: "target" | "label";
}

/** The gradient, the loss and the lead of each image, from one forward and one backward pass. */
export function gradientAndLead(
  surrogate: Classifier,
  images: Images,
  { labels, targets, loss, goal }: GradientAndLeadOptions,
): GradientAndLead {
  const all = (x: tf.Tensor, y: tf.Tensor, t?: tf.Tensor): tf.Tensor[] => {
    const { gradients, aux } = valueAndGradients(({ x }) => {
      const logits = logitsToClimb(surrogate, x as Images),
        [labels, targets] = [y as Labels, t as Labels | undefined];
      const each = attackLoss(loss, logits, labels, targets);
      return {
        loss: each.sum() as tf.Scalar,
        aux: { each, told: logitsToTell(surrogate, x as Images, logits) },
      };
    }, { x });
    const leads = lead(aux.told as Logits, y as Labels, goal === "target" ? t as Labels : undefined);
    return [gradients.x!, withoutNaN(aux.each, -Infinity), leads];
  };
  const inputs = targets ? [images, labels, targets] : [images, labels];
  // A loss that is a function has no name by which its graph could be found again.
  const [gradient, each, leads] = typeof loss === "function"
    ? all(images, labels, targets)
    : evaluated(surrogate, `gradient and value of ${loss}, ${goal}`, inputs, (x, y, t) => all(x!, y!, t));
  return { gradient: gradient as Images, loss: each as tf.Tensor1D, lead: leads as tf.Tensor1D };
}
