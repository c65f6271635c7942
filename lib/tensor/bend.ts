import { callable, checkSetting } from "../kinds/mod.ts";
import { frozen, isFrozen } from "./frozen.ts";
import { checkRules, type GradientRules, withGradients } from "./gradient_rules.ts";
import type { Classifier, Images, Logits } from "./images.ts";
import { counted, uncounted } from "./passes.ts";

/** A classifier with replaced gradients, and the graphs made of it so far. */
export interface Bent extends Classifier {
  /** Frees the graphs; the original classifier stays usable. */
  dispose(): void;
}

/**
 * The same classifier with other gradients, for an adaptive attacker to differentiate. The rules hold for the kernels of the
 * classifier, not for the loss of its logits.
 *
 * Where the classifier is frozen, the result is frozen too, with graphs of its own. Each pass is counted once.
 *
 * @param classifier The original; it does not change.
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
