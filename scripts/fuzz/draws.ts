/** Random draws that a seed repeats. */
export interface Draws {
  /** A whole number from 0 to below n. */
  below(n: number): number;
  /** One of a list. */
  one<T>(of: readonly T[]): T;
}

/** Draws from a seed: Mulberry32. */
export function drawsFrom(seed: number): Draws {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return { below, one: (of) => of[below(of.length)]! };
}
