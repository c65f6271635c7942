import { FLOAT, LANES } from "../sizes.ts";
import { job } from "./job.ts";

/** The functions of single numbers that there are kernels for. */
export const functions = [
  ...["add", "subtract", "multiply", "divide", "larger", "smaller", "mask", "relu", "sign"] as const,
] as const;

/**
 * A function of each of `vectors` vectors, of which `kernel` is the index in {@link functions}. A part: `share` vectors.
 * With a `period`, which divides both counts, b has that many vectors and is used again and again.
 */
export const each = job(["a", "b", "y", "kernel", "vectors", "share", "period"], (kernels, s, part) => {
  const first = part * s.share, count = Math.min(s.share, s.vectors - first), offset = first * LANES * FLOAT;
  const f = kernels[functions[s.kernel]!]!;
  if (s.period) f(s.a + offset, s.b, s.y + offset, s.period, count / s.period);
  else f(s.a + offset, s.b + offset, s.y + offset, count, 1);
});
