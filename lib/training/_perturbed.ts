import { type AnyBall, bounds, clip, radii } from "../attacks/mod.ts";
import type { Network } from "../networks/mod.ts";
import type { Images, Parameters, tf } from "../tensor/mod.ts";

/** The result of {@link perturb}. */
export interface Perturbed {
  /** x + ε tanh u in the ball and in [0, 1], where u is the generator's correction. */
  readonly attacked: Images;
  /** ε u, which has no bound. Where it is large, tanh is flat and the generator stops learning. */
  readonly unbounded: tf.Tensor;
}

/** Perturbs images with AdvGAN's generator. The kit's generator returns an image plus its correction u. */
export function perturb(
  generator: Network<Images>,
  parameters: Parameters,
  ball: AnyBall,
  images: Images,
): Perturbed {
  const correction = generator.apply(parameters, images).sub(images);
  const epsilon = radii(ball, images.shape[0]);
  const moved = images.add(correction.tanh().mul(epsilon)) as Images;
  return { attacked: clip(bounds(ball, images), moved), unbounded: correction.mul(epsilon) };
}

/** Throws if a ball is not of the linf norm. */
export function checkLinf({ norm }: AnyBall): void {
  if (norm !== "linf") {
    throw new RangeError(`Cannot bound AdvGAN's perturbations in ${norm}: an linf ball is wanted`);
  }
}
