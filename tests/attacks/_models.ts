/** Small models that can be solved by hand, or nearly so, and images for them. */
import { type Batch, type Classifier, type Images, normal, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** What {@link linear} looks for in an image of 3 × 4 grey pixels. */
export const weights = normal<tf.Rank.R4>([1, 3, 4, 1], 0, 1, 1);

/** Two classes: class 1 where w · x > ½ Σ w. */
export const linear: Classifier = (images) => {
  const score = images.sub(0.5).mul(weights).sum([1, 2, 3]);
  return tf.stack([score.neg(), score], 1) as tf.Tensor2D;
};

/** A column for each class of {@link fourPlanes}, which looks at 3 × 4 grey pixels. */
export const columns = normal<tf.Rank.R2>([12, 4], 0, 1, 1);

/** Four classes: that of the column with the largest product. */
export const fourPlanes: Classifier = (images) =>
  images.sub(0.5).reshape<tf.Tensor2D>([-1, 12]).matMul(columns) as tf.Tensor2D;

/** Six greyish images for {@link fourPlanes}, no pixel near black or white, with the labels that it gives them. */
export function central(spread = 0.05): Batch {
  const images = uniform<tf.Rank.R4>([6, 3, 4, 1], 0.5 - spread, 0.5 + spread, 4);
  return { images, labels: fourPlanes(images).argMax(1) };
}

const pixels = 5 * 4 * 3;
const slopes = normal<tf.Rank.R2>([pixels, 5], 0, 1, 1), bends = normal<tf.Rank.R2>([pixels, 5], 0, 1, 2);

/** A model of images of 5 × 4 colour pixels that is not linear, and sure of nothing. */
export const bent: Classifier = (images) => {
  const x = images.sub(0.5).reshape<tf.Tensor2D>([-1, pixels]);
  return x.matMul(slopes).add(x.matMul(bends).square());
};

/** Six images for {@link bent}, some pixels black or white, with the labels that it gives them. */
export function scattered(): Batch {
  const images = uniform<tf.Rank.R4>([6, 5, 4, 3], -0.2, 1.2, 3).clipByValue(0, 1) as Images;
  return { images, labels: bent(images).argMax(1) };
}

/** The largest difference of two tensors. */
export async function gap(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  return (await a.sub(b).abs().max().data())[0]!;
}

/** A tensor's values. */
export async function numbers(x: tf.Tensor): Promise<number[]> {
  return [...await x.data()];
}
