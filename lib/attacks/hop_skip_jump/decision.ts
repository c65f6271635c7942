import { type Classifier, evaluated, type Images, type Labels, type tf } from "../../tensor/mod.ts";
import { isFallen, logitsOf } from "../../judge/mod.ts";

/** What an attacker asks who is told a class and nothing else. */
export interface Question {
  /** Whether the class has to be this one, or any but this one. */
  readonly aim: "towards" | "away from";
  /** Targets or labels, `[n]`. */
  readonly classes: Labels;
}

/**
 * Whether the answer is what the attacker wants: one query for each image.
 *
 * @param victim What is asked. Its logits are looked at for the largest alone.
 * @param images `[n, h, w, c]`.
 * @param question What is wanted of each.
 * @returns `[n]`, bool.
 */
export function decides(victim: Classifier, images: Images, { aim, classes }: Question): tf.Tensor1D {
  return evaluated(victim, `decision ${aim}`, [images, classes], (images, classes) => {
    const told = logitsOf(victim, images as Images), given = classes as Labels;
    return [aim === "towards" ? isFallen(told, given, given) : isFallen(told, given)];
  })[0] as tf.Tensor1D;
}
