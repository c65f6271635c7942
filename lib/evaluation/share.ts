import { interval } from "./interval.ts";

/** A share of images that are classified right. */
export interface Share {
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Wilson's 95 % interval. */
  readonly interval: readonly [number, number];
}

/** The share of n images that so many are, with its interval. */
export function shareOf(correct: number, n: number): Share {
  return { accuracy: correct / n, interval: interval(correct, n) };
}
