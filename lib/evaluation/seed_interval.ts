import { deviations, studentDeviations } from "./_quantiles.ts";
import { interval } from "./interval.ts";

/** What was measured from one seed. */
export interface SeedTally {
  /** How many images were right, 0 to n. */
  readonly correct: number;
  /** How many there were, > 0. */
  readonly n: number;
}

/**
 * The interval of a mean accuracy over seeds, each with networks and images of its own.
 *
 * Two things are not known: how other images would fare, and how networks from other seeds would. How far k seeds lie
 * apart tells of both, by Student's t with k − 1 degrees of freedom, but few seeds may agree by chance; so the interval is
 * never narrower than Wilson's of all images together. It is computed as Wilson's interval of a smaller number of images, the
 * number that makes it as wide, so that it stays in [0, 1]. Of one seed it is Wilson's.
 *
 * @param seeds At least one, of equally many images.
 * @param level The probability that the interval holds the accuracy, in (0, 1).
 * @returns The lower and the upper end.
 * @throws {RangeError} Where there is no seed, or the seeds have not equally many images.
 *
 * @example Usage
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { interval, seedInterval } from "@gcln/kit/evaluation";
 *
 * const alike = seedInterval([50, 50, 50].map((correct) => ({ correct, n: 100 })));
 * assertEquals(alike, interval(150, 300));
 * const [low, high] = seedInterval([40, 50, 60].map((correct) => ({ correct, n: 100 })));
 * assert(low < 0.35 && high > 0.65); // 4.3 standard errors of 0.058, drawn in a little
 * ```
 */
export function seedInterval(seeds: readonly SeedTally[], level = 0.95): readonly [number, number] {
  const [first] = seeds, k = seeds.length;
  if (first === undefined) throw new RangeError("An interval over seeds needs one seed or more");
  if (seeds.some(({ n }) => n !== first.n)) {
    const counts = seeds.map(({ n }) => n).join(", ");
    throw new RangeError(`An interval over seeds needs equally many images from each: got ${counts}`);
  }
  const images = k * first.n, correct = seeds.reduce((sum, { correct }) => sum + correct, 0);
  const mean = correct / images;
  const apart = seeds.reduce((sum, { correct, n }) => sum + (correct / n - mean) ** 2, 0) / (k - 1); // s²
  if (k === 1 || apart === 0) return interval(correct, images, level);
  const ratio = deviations(level) / studentDeviations(level, k - 1);
  const worth = ratio ** 2 * k * mean * (1 - mean) / apart; // z² p (1 − p) / m = t² s² / k
  const counted = Math.min(images, worth);
  return interval(mean * counted, counted, level);
}
