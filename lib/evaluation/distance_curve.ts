import { interval } from "./interval.ts";
import type { SecurityPoint } from "./security_curve.ts";

/** How far the nearest adversarial images are that an attack has found, and so how accuracy falls with the radius. */
export interface DistanceCurve {
  /** Half of the images have fallen within it; `Infinity` where fewer than half ever fell. */
  readonly median: number;
  /** The share of images that fell at any distance, in [0, 1]. */
  readonly success: number;
  /**
   * The accuracy in balls of these radii: the share of images whose nearest adversarial image is further away.
   *
   * @param epsilons In any order, in the distances' norm.
   */
  at(epsilons: readonly number[]): SecurityPoint[];
  /**
   * The area under the curve from 0 to a radius, over that radius: 1 where nothing falls before, 0 where all is wrong
   * from the start.
   *
   * @param epsilon The radius, above 0.
   */
  area(epsilon: number): number;
}

/**
 * The security curve of an attack that looks for the smallest change (`deepFool`, `fab`, `carliniWagner`): one run tells
 * the accuracy for every radius.
 *
 * @param distances Of the nearest adversarial image of each image; 0 where it is misclassified as it is, `Infinity` where
 * none was found.
 * @throws {RangeError} Where there are none, or one is negative or NaN.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { distanceCurve } from "@gcln/kit/evaluation";
 *
 * const curve = distanceCurve([0, 0.5, 1, Infinity]);
 * assertEquals(curve.at([0.25, 0.5, 2]).map(({ accuracy }) => accuracy), [0.75, 0.5, 0.25]);
 * assertEquals(curve.median, 0.75);
 * ```
 */
export function distanceCurve(distances: readonly number[]): DistanceCurve {
  const n = distances.length;
  if (n === 0) throw new RangeError("The curve of no distances is not defined");
  const wrong = distances.find((distance) => !(distance >= 0));
  if (wrong !== undefined) throw new RangeError(`Cannot use distance ${wrong}: it must be at least 0`);
  const sorted = distances.toSorted((a, b) => a - b);
  const middle = [sorted[Math.floor((n - 1) / 2)]!, sorted[Math.floor(n / 2)]!];
  return {
    median: middle[1] === Infinity ? Infinity : (middle[0]! + middle[1]!) / 2,
    success: distances.filter((distance) => distance < Infinity).length / n,
    at: (epsilons) =>
      epsilons.map((epsilon) => {
        const correct = distances.map((distance) => distance > epsilon);
        const right = correct.filter(Boolean).length;
        return { epsilon, accuracy: right / n, interval: interval(right, n), correct };
      }),
    area(epsilon) {
      if (!(epsilon > 0 && epsilon < Infinity)) {
        throw new RangeError(`Cannot take the area up to ${epsilon}: it must be finite and above 0`);
      }
      return distances.reduce((sum, distance) => sum + Math.min(distance, epsilon), 0) / (n * epsilon);
    },
  };
}
