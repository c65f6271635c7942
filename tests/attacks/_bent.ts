import {
  type Batch,
  type Classifier,
  type Images,
  normal,
  type tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";

await useBackend();

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
