import { callable, checkSetting } from "../kinds/mod.ts";
import { frozen, isFrozen } from "./frozen.ts";
import { checkRules, type GradientRules, withGradients } from "./gradient_rules.ts";
import type { Classifier, Images, Logits } from "./images.ts";
import { counted, uncounted } from "./passes.ts";

/** A classifier with another gradient, and the graphs made of it so far. */
export interface Bent extends Classifier {
  /** Frees the graphs; the classifier that was bent lives on. */
  dispose(): void;
}

/**
 * The same classifier with other gradients: what an adaptive attacker differentiates instead of it. The rules hold for the
 * classifier's own kernels, not for the loss that is taken of its logits.
 *
 * Of a frozen classifier it is a frozen one, with graphs of its own. Passes are counted, those of the classifier inside
 * are not counted twice.
 *
 * @param classifier What is bent; it stays as it is.
 * @param rules Gradients by kernel, see {@linkcode withGradients}.
 * @throws {RangeError} Where a kernel has no gradient of that name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bend, gradientAt, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Its gradient is 0 everywhere.
 * const classifier = (x: tf.Tensor4D) => x.mul(255).round().reshape([-1, 2]) as tf.Tensor2D;
 * const bent = bend(classifier, { Round: "identity" });
 * const image = tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]);
 * assertEquals([...await gradientAt((x: tf.Tensor4D) => bent(x).sum(), image).data()], [255, 255]);
 * ```
 */
export function bend(classifier: Classifier, rules: GradientRules): Bent {
  checkSetting("classifier", callable(), classifier);
  checkRules(rules);
  const inside = uncounted(classifier);
  const bent = (images: Images): Logits => withGradients(rules, () => inside(images));
  return isFrozen(classifier) ? frozen(bent) : Object.assign(counted(bent), { dispose() {} });
}
