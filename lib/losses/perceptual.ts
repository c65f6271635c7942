import { type Images, tf } from "../tensor/mod.ts";

/** Maps images to feature maps of a network, F in Eq. (4). */
export type Features = (images: Images) => readonly tf.Tensor[];

/**
 * The perceptual loss L_P of Eq. (4), ‖F(x°) − F(G(x*))‖₂, the mean over the batch.
 *
 * As printed: the norm is not squared, and all feature maps of an image count as one vector.
 *
 * Departure: the paper takes F from a VGG-19 that was trained on another task, and doesn't say from which layer. Here
 * any feature maps may be given, such as those of the target classifier, so that nothing has to be downloaded.
 *
 * @param features F.
 * @param cleaned G(x*), `[n, h, w, channels]`.
 * @param original x°, `[n, h, w, channels]`.
 * @returns A scalar ≥ 0.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { perceptual } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const pixels = perceptual((images) => [images], tf.ones([2, 3, 3, 1]), tf.zeros([2, 3, 3, 1]));
 * assertAlmostEquals((await pixels.data())[0]!, 3, 1e-6);
 * ```
 */
export function perceptual(features: Features, cleaned: Images, original: Images): tf.Scalar {
  const wanted = features(original);
  const squares = features(cleaned).map((map, i) =>
    tf.squaredDifference(map, wanted[i]!).reshape([map.shape[0]!, -1]).sum(1)
  );
  // At 0 the gradient of the norm would be NaN. The lower bound makes it 0.
  return tf.addN(squares).maximum(1e-30).sqrt().mean();
}

/** How much each feature map counts. */
export interface NormalisedPerceptualOptions {
  /**
   * A weight for each feature map, at least one of them above 0.
   *
   * @default {all the same}
   */
  readonly weights?: readonly number[];
}

/**
 * The perceptual loss that trains well: for each feature map the mean squared difference, divided by the mean square of
 * the original's map; then the (weighted) mean over all maps.
 *
 * Departure: Eq. (4) weights a feature map by its size and by the scale of its activations, so one layer dominates the
 * others; and its gradient doesn't get smaller when the images get closer. This loss has no unit: 0 means equal maps, 1 is
 * the value for cleaned maps that are all zero.
 *
 * @param features F.
 * @param cleaned G(x*), `[n, h, w, channels]`.
 * @param original x°, `[n, h, w, channels]`.
 * @param options How much each map counts.
 * @returns A scalar ≥ 0.
 * @throws {RangeError} If there are not as many weights as maps, or they are not numbers of at least 0 with a sum above 0.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { normalisedPerceptual } from "@gcln/kit/losses";
 *
 * await useBackend();
 * const halved = normalisedPerceptual((x) => [x, x.mul(100)], tf.fill([2, 3, 3, 1], 0.5), tf.ones([2, 3, 3, 1]));
 * assertAlmostEquals((await halved.data())[0]!, 0.25, 1e-6);
 * ```
 */
export function normalisedPerceptual(
  features: Features,
  cleaned: Images,
  original: Images,
  { weights }: NormalisedPerceptualOptions = {},
): tf.Scalar {
  const wanted = features(original);
  if (weights) checkWeights(weights, wanted.length);
  const distances = features(cleaned).map((map, i) => {
    const distance = tf.squaredDifference(map, wanted[i]!).mean().div(
      wanted[i]!.square().mean().add(1e-12),
    );
    return weights ? distance.mul(weights[i]!) : distance;
  });
  return tf.addN(distances).div(weights?.reduce((sum, weight) => sum + weight) ?? distances.length);
}

function checkWeights(weights: readonly number[], maps: number): void {
  const sum = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length === maps && weights.every((weight) => weight >= 0) && sum > 0 && sum < Infinity) return;
  throw new RangeError(
    `Cannot weight ${maps} feature maps by [${weights}]: ${maps} numbers of at least 0 are wanted, not all of them 0`,
  );
}
