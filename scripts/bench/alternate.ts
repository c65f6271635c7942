/** The middle of some numbers; of an even count the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/**
 * Runs several sides in turn, so that what slows the machine down for a while slows them all: once each without being
 * counted, then so many times.
 *
 * @param sides Each returns how long it took.
 * @param times How often each counts.
 * @returns What each took, in the order of the sides.
 */
export async function alternate(
  sides: readonly (() => Promise<number>)[],
  times: number,
): Promise<number[][]> {
  for (const side of sides) await side();
  const taken = sides.map((): number[] => []);
  for (let time = 0; time < times; time++) {
    for (const [i, side] of sides.entries()) taken[i]!.push(await side());
  }
  return taken;
}
