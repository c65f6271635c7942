import type { MinimalResult } from "../attacks/mod.ts";
import { checkSetting, list, size, valueText } from "../kinds/mod.ts";
import type { SecurityPoint } from "./security_curve.ts";
import { shareOf } from "./share.ts";

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
 * The distances that an attack for the smallest change has found (`deepFool`, `fab`, `carliniWagnerL2`, …), for
 * {@linkcode distanceCurve}: `Infinity` where it found nothing, and 0 only where the image was wrong as it was.
 *
 * @param found What the attack returns; it stays the caller's. Reads back.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { distancesOf } from "@gcln/kit/evaluation";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const success = tf.tensor1d([true, false], "bool"), distance = tf.tensor1d([0.25, 0]);
 * assertEquals(await distancesOf({ success, distance }), [0.25, Infinity]);
 * ```
 */
export async function distancesOf(found: Pick<MinimalResult, "distance" | "success">): Promise<number[]> {
  const [distances, success] = await Promise.all([found.distance.data(), found.success.data()]);
  return Array.from(distances, (distance, i) => success[i] ? distance : Infinity);
}

/**
 * The security curve of an attack that looks for the smallest change (`deepFool`, `fab`, `carliniWagner`): one run tells
 * the accuracy for every radius.
 *
 * @param distances Of the nearest adversarial image of each image, as {@linkcode distancesOf} tells them: `Infinity` where
 * none was found, and 0 only where the image is misclassified as it is. An attack that failed has no distance 0.
 * @throws {TypeError} Where no list of distances is given.
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
export function distanceCurve(distances: ArrayLike<number>): DistanceCurve {
  if (typeof distances !== "object" || distances === null || typeof distances.length !== "number") {
    throw new TypeError(
      `Cannot draw the curve of ${valueText(distances)}: a list of distances is wanted (distancesOf)`,
    );
  }
  const each = Array.from(distances), n = each.length;
  if (n === 0) throw new RangeError("The curve of no distances is not defined");
  const wrong = each.findIndex((distance) => !(typeof distance === "number" && distance >= 0));
  if (wrong >= 0) {
    throw new RangeError(`Cannot use distance ${valueText(each[wrong])}: it must be a number of at least 0`);
  }
  const sorted = each.toSorted((a, b) => a - b);
  const middle = [sorted[Math.floor((n - 1) / 2)]!, sorted[Math.floor(n / 2)]!];
  return {
    median: middle[1] === Infinity ? Infinity : (middle[0]! + middle[1]!) / 2,
    success: each.filter((distance) => distance < Infinity).length / n,
    at(epsilons) {
      checkSetting("epsilons", list(size()), epsilons);
      return epsilons.map((epsilon) => {
        const correct = each.map((distance) => distance > epsilon);
        return { epsilon, ...shareOf(correct.filter(Boolean).length, n), correct };
      });
    },
    area(epsilon) {
      if (!(epsilon > 0 && epsilon < Infinity)) {
        throw new RangeError(`Cannot take the area up to ${epsilon}: it must be finite and above 0`);
      }
      return each.reduce((sum, distance) => sum + Math.min(distance, epsilon), 0) / (n * epsilon);
    },
  };
}
