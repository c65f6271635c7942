import { type Classifier, evaluated, gradientAt, type Images, tf } from "../../tensor/mod.ts";
import { finite } from "./finite.ts";
import { logitsOf } from "../../judge/mod.ts";

/**
 * The logits `[n, k]`, and the gradient of each, {@linkcode finite}, `[n, k, h, w, c]`: k passes forwards and back.
 *
 * @param surrogate What is differentiated.
 * @param images Where, `[n, h, w, c]`.
 */
export function classGradients(surrogate: Classifier, images: Images): [tf.Tensor2D, tf.Tensor5D] {
  return evaluated(surrogate, "logits and their gradients", [images], (x) => {
    const logits = logitsOf(surrogate, x as Images);
    const gradients = Array.from({ length: logits.shape[1] }, (_, k) =>
      gradientAt(
        (x: Images) => logitsOf(surrogate, x).slice([0, k], [-1, 1]).sum() as tf.Scalar,
        x as Images,
      ));
    return [logits, finite(tf.stack(gradients, 1))];
  }) as [tf.Tensor2D, tf.Tensor5D];
}
