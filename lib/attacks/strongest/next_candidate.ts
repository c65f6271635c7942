/** What is known of a candidate. */
export interface Prospect {
  /** From the search, in [0, 1]: the share of images that fell, and in part of what came near. */
  readonly promise: number;
  /** Its attempts since, in order: on how many images, and how many of them fell. */
  readonly attempts: readonly { readonly images: number; readonly broke: number }[];
}

/** As how many images a promise counts. */
const WEIGHT = 4;
/** What remains of an expectation after each attempt at the end of which nothing more had fallen. */
const DISCOUNT = 0.6;

/** The share of the images that a candidate is expected to break, from its promise and its last two attempts. */
export function expectation({ promise, attempts }: Prospect): number {
  const recent = attempts.slice(-2);
  const sum = (of: "images" | "broke") => recent.reduce((total, attempt) => total + attempt[of], 0);
  const barren = attempts.length - 1 - attempts.findLastIndex(({ broke }) => broke > 0);
  return (WEIGHT * promise + sum("broke")) / (WEIGHT + sum("images")) * DISCOUNT ** barren;
}

/** Which candidate the next steps should go to: the one of the largest expectation, the first of equals. */
export function nextOf(prospects: readonly Prospect[]): number {
  let best = 0;
  prospects.forEach((prospect, i) => {
    if (expectation(prospect) > expectation(prospects[best]!)) best = i;
  });
  return best;
}

/**
 * What an attempt of the search is worth, in [0, 1]: 1 for each image that fell, up to a half for one that came nearer to
 * the boundary, on average.
 *
 * @param before The margins of the images before it, all ≤ 0.
 * @param now Those that it has reached by itself.
 */
export function worth(before: readonly number[], now: readonly number[]): number {
  const each = before.map((margin, i) => {
    if (now[i]! > 0) return 1;
    if (margin === -Infinity) return now[i]! > margin ? 0.5 : 0;
    return margin < 0 ? 0.5 * Math.max(0, Math.min(1, 1 - now[i]! / margin)) : 0;
  });
  return each.length === 0 ? 0 : each.reduce((a, b) => a + b) / each.length;
}
