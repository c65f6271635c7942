import { deviations } from "./_quantiles.ts";

/**
 * Wilson's score interval (1927) of a share: where the accuracy on all images may lie, given that on n of them.
 *
 * It stays in [0, 1], and is right for shares near 0 and 1, where attacks leave them.
 *
 * @param correct How many of the images were right, 0 to n.
 * @param n How many images there were, > 0.
 * @param level The probability that the interval holds the share, in (0, 1).
 * @returns The lower and the upper end.
 * @throws {RangeError} Where an argument is out of its range.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { interval } from "@gcln/kit/evaluation";
 *
 * const [low, high] = interval(0, 100);
 * assertAlmostEquals(low, 0);
 * assertAlmostEquals(high, 0.037, 0.0005);
 * ```
 */
export function interval(correct: number, n: number, level = 0.95): readonly [number, number] {
  if (!(n > 0)) throw new RangeError(`An interval needs one image or more: got ${n}`);
  if (!(correct >= 0 && correct <= n)) {
    throw new RangeError(`Of ${n} images 0 to ${n} can be right: got ${correct}`);
  }
  if (!(level > 0 && level < 1)) throw new RangeError(`A level must be in (0, 1): got ${level}`);
  const z = deviations(level), share = correct / n, weight = 1 + z * z / n;
  const centre = (share + z * z / (2 * n)) / weight;
  const radius = z / weight * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return [correct === 0 ? 0 : centre - radius, correct === n ? 1 : centre + radius];
}
