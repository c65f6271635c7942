/** The median of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/**
 * Runs several sides in turn, so that other work on the machine slows all of them down: once as a warm-up, then `times` times.
 *
 * @param sides Each runs once and returns its time.
 * @param times The number of runs that count.
 * @returns The times of each side, in the order of the sides.
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
