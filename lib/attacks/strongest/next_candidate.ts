/** The results of a candidate so far. */
export interface Prospect {
  /** Its promise from the search, in [0, 1]; see {@linkcode worth}. */
  readonly promise: number;
  /** Its attempts since the search, in order: the number of images, and the number that it broke. */
  readonly attempts: readonly { readonly images: number; readonly broke: number }[];
}

/** The weight of a promise, as a number of images. */
const WEIGHT = 4;
/** The factor for an expectation for each of the last attempts without a success. */
const DISCOUNT = 0.6;

/** The share of the images that a candidate is expected to break, from its promise and its last two attempts. */
export function expectation({ promise, attempts }: Prospect): number {
  const recent = attempts.slice(-2);
  const sum = (of: "images" | "broke") => recent.reduce((total, attempt) => total + attempt[of], 0);
  const failures = attempts.length - 1 - attempts.findLastIndex(({ broke }) => broke > 0);
  return (WEIGHT * promise + sum("broke")) / (WEIGHT + sum("images")) * DISCOUNT ** failures;
}

/** The index of the candidate to attack with next: the one with the largest expectation, the first of equals. */
export function nextOf(prospects: readonly Prospect[]): number {
  let best = 0;
  prospects.forEach((prospect, i) => {
    if (expectation(prospect) > expectation(prospects[best]!)) best = i;
  });
  return best;
}

/**
 * The worth of an attempt of the search, in [0, 1], as a mean over the images: 1 for an image that fell, up to a half for one
 * that came closer to the boundary.
 *
 * @param before The margins of the images before the attempt, all ≤ 0.
 * @param now The margins that the attempt reached.
 */
export function worth(before: readonly number[], now: readonly number[]): number {
  const each = before.map((margin, i) => {
    if (now[i]! > 0) return 1;
    if (margin === -Infinity) return now[i]! > margin ? 0.5 : 0;
    return margin < 0 ? 0.5 * Math.max(0, Math.min(1, 1 - now[i]! / margin)) : 0;
  });
  return each.length === 0 ? 0 : each.reduce((a, b) => a + b) / each.length;
}
