/**
 * The optimality of an attack (AttackBench, Cinà et al. 2025): the area between ρ(0) and its security curve divided by the
 * area between ρ(0) and the lower envelope of all curves, from 0 to the radius at which the envelope ends.
 *
 * ρ(ε) is the share of images whose nearest misclassified version is further away than ε, so the area up to E is
 * ρ(0) E − mean min(d, E).
 *
 * Departure: where some image was fooled by no attack, the envelope never reaches 0; it then ends at the last radius at which
 * it falls.
 *
 * @param distances The distance of each image; infinite where the attack failed, 0 where the original is misclassified.
 * @param best The smallest distances of all attacks, in the same order.
 * @returns In [0, 1], 1 is best; NaN where no attack has fooled any image.
 */
export function optimality(distances: readonly number[], best: readonly number[]): number {
  const end = Math.max(...best.filter((d) => d < Infinity), 0);
  const area = (of: readonly number[]) =>
    of.reduce((sum, d, i) => sum + (best[i] === 0 ? 0 : end - Math.min(d, end)), 0);
  return area(distances) / area(best);
}

/** The smallest distance of each image. */
export function envelope(all: readonly (readonly number[])[]): number[] {
  return all[0]!.map((_, image) => Math.min(...all.map((distances) => distances[image]!)));
}
