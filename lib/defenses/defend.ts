import type { Classifier, Cleaner } from "../tensor/mod.ts";

/**
 * A classifier behind a cleaner: C(G(x)).
 *
 * @param classifier The target classifier C, unchanged by the defense.
 * @param cleaner What images pass first.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defend } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const brightness = defend((images) => images.mean([1, 2]), (images) => images.mul(0.5));
 * assertEquals([...await brightness(tf.ones([1, 2, 2, 1])).data()], [0.5]);
 * ```
 */
export function defend(classifier: Classifier, cleaner: Cleaner): Classifier {
  return (images) => classifier(cleaner(images));
}
