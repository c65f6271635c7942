import { type Classifier, evaluated, gradientAt, type Images, tf } from "../../tensor/mod.ts";
import { finite } from "./finite.ts";
import { logitsToClimb, logitsToTell } from "./logits_to_climb.ts";

/**
 * The logits `[n, k]`, and the gradient of each, {@linkcode finite}, `[n, k, h, w, c]`: k passes forwards and back.
 * Last the logits that a verdict goes by, `[n, k]`: {@linkcode logitsToTell}.
 *
 * @param surrogate What is differentiated.
 * @param images Where, `[n, h, w, c]`.
 */
export function classGradients(
  surrogate: Classifier,
  images: Images,
): [tf.Tensor2D, tf.Tensor5D, tf.Tensor2D] {
  return evaluated(surrogate, "logits and their gradients", [images], (x) => {
    const logits = logitsToClimb(surrogate, x as Images);
    const gradients = Array.from({ length: logits.shape[1] }, (_, k) =>
      gradientAt(
        (x: Images) => logitsToClimb(surrogate, x).slice([0, k], [-1, 1]).sum() as tf.Scalar,
        x as Images,
      ));
    return [logits, finite(tf.stack(gradients, 1)), logitsToTell(surrogate, x as Images, logits)];
  }) as [tf.Tensor2D, tf.Tensor5D, tf.Tensor2D];
}
