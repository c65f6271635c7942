/** Which numbers may be compared, and how. */
import type { Evidence } from "../evidence.ts";
import type { AttackDescription } from "../result.ts";

/** Whether a is smaller than b by more than the noise: their intervals don't touch. */
export function clearlyLess(a: Evidence, b: Evidence): boolean {
  return a.interval[1] < b.interval[0];
}

/** Whether b is allowed at least the distance of a, to within the paper's 8/255 for 8/256. */
export function reachesAsFar(a: Evidence, b: Evidence): boolean {
  const from = a.attack?.ball, to = b.attack?.ball;
  if (from === undefined || to === undefined) return true;
  return from.norm === to.norm && to.epsilon > from.epsilon * 0.99;
}

/** From here on every image can be made the same grey. */
const ANY_IMAGE = 0.5;

/** Whether an attack may turn every image into any other, or at least all into the same grey. */
export function reachesEveryImage({ ball }: AttackDescription): boolean {
  return ball?.norm === "linf" && ball.epsilon >= ANY_IMAGE;
}

/** Numbers that may be compared with each other: of one defense, data set and source. */
export function byRow(evidence: readonly Evidence[]): Evidence[][] {
  const groups = Map.groupBy(evidence, ({ row, dataset, source }) => JSON.stringify([row, dataset, source]));
  return [...groups.values()];
}

/** The numbers of a row in the ball that most of its attacks have, attacks without a ball left out. */
export function inMainBall(row: readonly Evidence[]): Evidence[] {
  const balls = Map.groupBy(
    row.filter(({ attack }) => attack?.ball),
    ({ attack }) => JSON.stringify(attack!.ball),
  );
  return [...balls.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
}

/** The lowest of some numbers. */
export function lowest(numbers: readonly Evidence[]): Evidence | undefined {
  return numbers.toSorted((a, b) => a.accuracy - b.accuracy)[0];
}
