import { type Images, tf } from "../../tensor/mod.ts";

/** The least logarithm of a logistic's scale: at images in [-1, 1] half a grey level. What is narrower can't be told from it. */
export const LEAST_LOG_SCALE = -5.5;

/** Half of one of the 256 grey levels, where 0 and 255 are -1 and 1. */
export const HALF_A_LEVEL = 1 / 255;

/**
 * The logarithm of the probability of every pixel under a discretised mixture of logistics (Salimans et al. 2017, §2.1-2.2), in
 * nats: a logistic's probability of a grey level is what lies between half a level below and half a level above, and the
 * outermost levels have all that is beyond. The mean of a channel moves with the values of the channels before it.
 *
 * What lies between two points b above a is written as σ(b) σ(-a) (1 − e^(a − b)), which keeps its digits far out in the tails,
 * where Salimans et al. take the density instead.
 *
 * Departure: scales are at least e^-5.5 instead of e^-7, so that numbers of the purification stay within float64.
 *
 * @param numbers What the network says of the pixels, `[n, h, w, …]`: for each of the mixture's parts a weight, then a mean for
 * each channel, the logarithm of a scale for each channel, and how each mean moves with each channel before.
 * @param images `[n, h, w, c]` in [0, 1]; their values are rounded to the 256 grey levels.
 * @returns `[n, h, w]`.
 */
export function logLikelihood(numbers: Images, images: Images): tf.Tensor3D {
  const [n, h, w, channels] = images.shape;
  const pixels = n * h * w, parts = partsIn(numbers.shape[3], channels);
  const levels = images.mul(255).round().reshape([pixels, channels, 1]);
  const values = levels.div(127.5).sub(1);
  const told = numbers.reshape([pixels, -1, parts]); // weights, means, scales, moves: each a row of all parts
  const rows = (from: number, count: number) => told.slice([0, from, 0], [pixels, count, parts]);
  const logScales = rows(1 + channels, channels).maximum(LEAST_LOG_SCALE);
  const moves = rows(1 + 2 * channels, told.shape[1]! - 1 - 2 * channels).tanh();
  const means = tf.concat(
    Array.from({ length: channels }, (_, channel) => {
      const own = rows(1 + channel, 1);
      return Array.from({ length: channel }, (_, before) => before).reduce((mean, before) => {
        const move = moves.slice([0, moveOf(channel, before), 0], [pixels, 1, parts]);
        return mean.add(move.mul(values.slice([0, before, 0], [pixels, 1, 1])));
      }, own as tf.Tensor);
    }),
    1,
  );
  const steepness = logScales.neg().exp(), away = values.sub(means);
  const above = away.add(HALF_A_LEVEL).mul(steepness), below = away.sub(HALF_A_LEVEL).mul(steepness);
  const notDarkest = levels.greater(0).cast("float32"), notBrightest = levels.less(255).cast("float32");
  const between = steepness.mul(-2 * HALF_A_LEVEL).expm1().neg().log(); // log(1 − e^(a − b))
  const each = above.sub(above.softplus()).mul(notBrightest) // log σ(b)
    .sub(below.softplus().mul(notDarkest)) //                   log σ(−a)
    .add(between.mul(notDarkest.mul(notBrightest)));
  const weights = told.slice([0, 0, 0], [pixels, 1, parts]).reshape([pixels, parts]).logSoftmax();
  return each.sum(1).add(weights).logSumExp<tf.Tensor>(1).reshape([n, h, w]);
}

/** Where the move of a channel's mean with a channel before it stands among all moves. */
export function moveOf(channel: number, before: number): number {
  return channel * (channel - 1) / 2 + before;
}

/** How many parts a mixture has that is told by so many numbers. */
export function partsIn(numbers: number, channels: number): number {
  return numbers / (1 + 2 * channels + channels * (channels - 1) / 2);
}
