import { interval } from "./interval.ts";

/** A share of images that are classified right. */
export interface Share {
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Wilson's 95 % interval. */
  readonly interval: readonly [number, number];
}

/** So many of n images as a share, with its interval. */
export function shareOf(correct: number, n: number): Share {
  return { accuracy: correct / n, interval: interval(correct, n) };
}
