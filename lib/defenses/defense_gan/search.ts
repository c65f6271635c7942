import { bpda } from "../../attacks/mod.ts";
import type { Network } from "../../networks/mod.ts";
import { gradientAt, type Images, normal, type Parameters, tf } from "../../tensor/mod.ts";

/** How {@link nearestGenerated} searches. */
export interface NearestOptions {
  /** Steps of gradient descent. */
  readonly steps: number;
  /** Random starts, the best of which counts. */
  readonly starts: number;
  /** The step size, of the mean squared error's gradient; default 10, as in Samangouei et al. */
  readonly rate?: number;
  /** Fixes the starts. */
  readonly seed: number;
}

const MOMENTUM = 0.7;

/**
 * The generated image that is nearest to an image (Samangouei et al. 2018, Eq. 4): gradient descent with momentum on the latent numbers,
 * from several random starts.
 *
 * All images have the same starts, so that what is found for one does not depend on the others. The way is differentiable: a
 * gradient goes back through all steps of the search.
 *
 * @param generator From `[n, 1, 1, latent]` to images.
 * @param parameters The generator's.
 * @param latent How many latent numbers there are.
 * @param images `[n, h, w, c]`.
 * @returns As many images, all of them generated.
 */
export function nearestGenerated(
  generator: Network<Images>,
  parameters: Parameters,
  latent: number,
  images: Images,
  { steps, starts, rate = 10, seed }: NearestOptions,
): Images {
  const n = images.shape[0], pixels = images.size / n;
  const wanted = images.tile([starts, 1, 1, 1]) as Images; //                     start by start, all images
  const first = normal<tf.Rank.R4>([starts, 1, 1, latent], 0, 1, seed);
  let at = first.expandDims(1).tile([1, n, 1, 1, 1]).reshape([starts * n, 1, 1, latent]) as tf.Tensor4D;
  let velocity: tf.Tensor = tf.zerosLike(at);
  const errors = (z: tf.Tensor4D) =>
    generator.apply(parameters, z).squaredDifference(wanted).sum([1, 2, 3]).div(pixels);
  for (let step = 0; step < steps; step++) {
    const slope = gradientAt((z: tf.Tensor4D) => errors(z).sum() as tf.Scalar, at);
    velocity = velocity.mul(MOMENTUM).sub(slope.mul(rate));
    at = at.add(velocity) as tf.Tensor4D;
  }
  const chosen = bpda(smallest, { backward: "skip" })(errors(at).reshape([starts, n]) as tf.Tensor2D);
  const found = generator.apply(parameters, at).reshape([starts, n, pixels]);
  return found.mul(chosen.expandDims(2)).sum(0).reshape(images.shape) as Images;
}

/** 1 in the row of each column's smallest number, the first of equals; else 0. */
function smallest(errors: tf.Tensor2D): tf.Tensor2D {
  const rows = tf.range(0, errors.shape[0], 1, "int32").expandDims(1);
  return rows.equal(errors.argMin(0).expandDims(0)).cast("float32");
}
