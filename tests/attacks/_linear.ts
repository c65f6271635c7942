import { type Classifier, normal, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** What {@link linear} looks for in an image of 3 × 4 grey pixels. */
export const weights = normal<tf.Rank.R4>([1, 3, 4, 1], 0, 1, 1);

/** A model that can be solved by hand: class 1 where w · x > ½ Σ w. */
export const linear: Classifier = (images) => {
  const score = images.sub(0.5).mul(weights).sum([1, 2, 3]);
  return tf.stack([score.neg(), score], 1) as tf.Tensor2D;
};
