import type { Network } from "../../networks/mod.ts";
import { type Images, normal, type Parameters, tf } from "../../tensor/mod.ts";
import { NOISE_STEPS, noised } from "./noise_schedule.ts";

/** How far a purification goes. */
export interface DiffuseOptions {
  /** t*: the share of all steps of noise that an image is given. */
  readonly time: number;
  /** Steps that lead back. */
  readonly steps: number;
}

/** The noisy images as the network takes them: with a channel more that tells the time. */
export function timed(noisy: Images, time: number | tf.Tensor): Images {
  const [n, h, w] = noisy.shape;
  return tf.concat([noisy, tf.zeros([n, h, w, 1]).add(time)], 3) as Images;
}

/**
 * Diffusion purification (Nie et al. 2022): noise is added up to t*, and a diffusion model takes it away again, by DDIM's
 * deterministic steps (Song et al. 2021), evenly from t* to 0.
 *
 * All images are given the same noise, so that what becomes of one does not depend on the others of its batch. Everything has its gradient.
 *
 * @param network Finds the noise.
 * @param parameters The network's.
 * @param images `[n, h, w, c]` in [0, 1].
 * @param seed Fixes the noise.
 * @returns Images in [0, 1].
 */
export function diffused(
  network: Network<Images>,
  parameters: Parameters,
  images: Images,
  seed: number,
  { time, steps }: DiffuseOptions,
): Images {
  const [, h, w, c] = images.shape, first = Math.max(1, Math.round(time * NOISE_STEPS));
  const noise = normal<tf.Rank.R4>([1, h, w, c], 0, 1, seed);
  const start = noised(first);
  let x = images.mul(2).sub(1).mul(start.signal).add(noise.mul(start.spread)) as Images;
  for (let k = 0; k < steps; k++) {
    const step = Math.round(first * (1 - k / steps)), next = Math.round(first * (1 - (k + 1) / steps));
    const now = noised(step), then = noised(next);
    const found = network.apply(parameters, timed(x, step / NOISE_STEPS));
    const clean = x.sub(found.mul(now.spread)).div(now.signal);
    x = clean.mul(then.signal).add(found.mul(then.spread)) as Images;
  }
  return x.add(1).div(2).clipByValue(0, 1) as Images;
}
