import { FLOAT, LANES } from "../sizes.ts";
import { job } from "./job.ts";

/**
 * Sums over pixels of `vectors` vectors, one by one channel: of dy and of dy (x − mean), or where dy is 0 of x − mean and its
 * square. A part: `share` pixels, with sums of its own in `y`.
 */
export const moments = job(["x", "dy", "mean", "y", "vectors", "pixels", "share"], (kernels, s, part) => {
  const first = part * s.share,
    count = Math.min(s.share, s.pixels - first),
    pixel = s.vectors * LANES * FLOAT;
  const to = s.y + 2 * part * pixel, x = s.x + first * pixel;
  if (s.dy) kernels.slopes!(x, s.dy + first * pixel, s.mean, to, s.vectors, count);
  else kernels.deviations!(x, x, s.mean, to, s.vectors, count);
});

/** y = a u + b (x − mean) + d, with a mean, an a, a b and a d for each channel. A part: `share` pixels. */
export const blend = job(["u", "x", "y", "factors", "vectors", "pixels", "share"], (kernels, s, part) => {
  const first = part * s.share, count = Math.min(s.share, s.pixels - first);
  const [u, x, y] = [s.u, s.x, s.y].map((start) => start + first * s.vectors * LANES * FLOAT);
  kernels.blend!(u!, x!, y!, s.factors, s.vectors, count);
});
