import { leadOf } from "../../judge/mod.ts";
import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { byImage } from "./by_image.ts";
import { iterateAll } from "./iterated.ts";

/** What {@linkcode strongestOf} chooses from. */
export interface StrongestOfOptions {
  /** How many candidates there are. */
  readonly count: number;
  /** The classes that the attacker wants; without them any wrong class will do. */
  readonly targets?: Labels;
}

/**
 * How far each image is over the boundary, as the judge says it ({@linkcode leadOf}): the margin of the best other class over
 * the label, or of the target over the best other class. It is above 0 exactly where the attack has succeeded.
 *
 * @param surrogate What classifies.
 * @param images `[n, h, w, c]`.
 * @param labels The true classes, `[n]`.
 * @param targets The classes that the attacker wants, `[n]`.
 * @returns `[n]`.
 */
export function strength(
  surrogate: Classifier,
  images: Images,
  labels: Labels,
  targets?: Labels,
): tf.Tensor1D {
  return leadOf(surrogate, images, labels, targets);
}

/** Image by image, the larger strength and the images it belongs to. */
export function keepStronger<T extends Readonly<{ images: Images; strength: tf.Tensor1D }>>(
  kept: T,
  rival: T,
): T {
  const better = rival.strength.greater(kept.strength);
  return {
    ...kept,
    images: byImage(better, rival.images, kept.images),
    strength: tf.where(better, rival.strength, kept.strength),
  };
}

/**
 * Of several attacked versions of a batch the strongest of each image.
 *
 * @param surrogate What judges them.
 * @param batch The images as they were.
 * @param options How many candidates there are.
 * @param candidate Makes one, from its number; `[n, h, w, c]`.
 * @returns New images, the caller's to free.
 */
export function strongestOf(
  surrogate: Classifier,
  { labels }: Batch,
  { count, targets }: StrongestOfOptions,
  candidate: (index: number) => Images,
): Images {
  return tf.tidy(() => {
    const judged = (index: number) => {
      const images = candidate(index);
      return { images, strength: strength(surrogate, images, labels, targets) };
    };
    const first = judged(0);
    return iterateAll(first, count - 1, (kept, i) => keepStronger(kept, judged(i + 1))).images;
  });
}
