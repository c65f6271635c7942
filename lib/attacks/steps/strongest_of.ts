import { leadOf } from "../../judge/mod.ts";
import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { byImage } from "./by_image.ts";
import { iterateAll } from "./iterated.ts";

/** Options of {@linkcode strongestOf}. */
export interface StrongestOfOptions {
  /** The number of candidates. */
  readonly count: number;
  /** The target classes of the attack; without them any wrong class is a success. */
  readonly targets?: Labels;
}

/** Image by image, keeps the version with the larger lead, and that lead. */
export function keepStronger<T extends Readonly<{ images: Images; lead: tf.Tensor1D }>>(
  kept: T,
  rival: T,
): T {
  const better = rival.lead.greater(kept.lead);
  return {
    ...kept,
    images: byImage(better, rival.images, kept.images),
    lead: tf.where(better, rival.lead, kept.lead),
  };
}

/**
 * Chooses for each image the version with the largest lead ({@linkcode leadOf}) from several attacked versions of a batch.
 *
 * @param surrogate The classifier that gives the leads.
 * @param batch The original images and their labels.
 * @param options The number of candidates.
 * @param candidate Makes the candidate of an index: attacked images `[n, h, w, c]`.
 * @returns New images; the caller frees them.
 */
export function strongestOf(
  surrogate: Classifier,
  { labels }: Batch,
  { count, targets }: StrongestOfOptions,
  candidate: (index: number) => Images,
): Images {
  return tf.tidy(() => {
    const withLead = (index: number) => {
      const images = candidate(index);
      return { images, lead: leadOf(surrogate, images, labels, targets) };
    };
    const first = withLead(0);
    return iterateAll(first, count - 1, (kept, i) => keepStronger(kept, withLead(i + 1))).images;
  });
}
