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

/** What one pass forwards and one back tell of each image. */
export interface GradientAndLead {
  /** Of the sum of the losses, `[n, h, w, c]`, as the surrogate has it. */
  readonly gradient: Images;
  /** `[n]`; minus infinity where it is NaN. */
  readonly loss: tf.Tensor1D;
  /** The lead, `[n]`: above 0 where the attack has succeeded. */
  readonly strength: tf.Tensor1D;
}

/** What is differentiated, and what counts as success. */
export interface GradientAndLeadOptions {
  /** The true classes, `[n]`. */
  readonly labels: Labels;
  /** The classes that the attacker wants, `[n]`. */
  readonly targets: Labels | undefined;
  /** The loss of one image. */
  readonly loss: AttackLoss;
  /** Whether success is to win the target, or to lose the label. Without targets it is the label. */
  readonly goal: "target" | "label";
}

/** The gradient, the loss and the margin of each image, from one pass forwards and one back. */
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
    const strength = lead(aux.told as Logits, y as Labels, goal === "target" ? t as Labels : undefined);
    return [gradients.x!, withoutNaN(aux.each, -Infinity), strength];
  };
  const inputs = targets ? [images, labels, targets] : [images, labels];
  // A loss that is a function has no name by which its graph could be found again.
  const [gradient, each, strength] = typeof loss === "function"
    ? all(images, labels, targets)
    : evaluated(surrogate, `gradient and value of ${loss}, ${goal}`, inputs, (x, y, t) => all(x!, y!, t));
  return { gradient: gradient as Images, loss: each as tf.Tensor1D, strength: strength as tf.Tensor1D };
}
