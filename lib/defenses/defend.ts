import { valueText } from "../kinds/mod.ts";
import { type Classifier, type Cleaner, type Images, leavingResult, tf } from "../tensor/mod.ts";

/**
 * A classifier behind a cleaner: C(G(x)).
 *
 * @param classifier The target classifier C, unchanged by the defense.
 * @param cleaner What images pass first.
 * @returns It throws a `TypeError` where the cleaner returns no images, as many as it was given.
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
  return (images) => leavingResult(() => classifier(cleanedBy(cleaner, images)));
}

/** What a cleaner returns, checked to be images. */
function cleanedBy(cleaner: Cleaner, images: Images): Images {
  const cleaned = cleaner(images) as unknown, [count] = images.shape;
  if (cleaned instanceof tf.Tensor && cleaned.rank === 4 && cleaned.shape[0] === count) {
    return cleaned as Images;
  }
  const got = cleaned instanceof Promise ? "a promise" : valueText(cleaned);
  throw new TypeError(
    `Cannot classify what a cleaner returns: got ${got}, images [${count}, h, w, c] are wanted`,
  );
}
