/** Which numbers may be compared, and what is expected of them. */
import { type Asks, isThreatName, type Threat, threatNamed } from "../../attacks/mod.ts";
import type { Evidence } from "../evidence.ts";
import type { AttackDescription } from "../result.ts";
import { knownAttack } from "./published_attacks.ts";

/** What an attack lives on, by its name. */
export function asksOf({ attack }: AttackDescription): Asks {
  return knownAttack(attack).asks;
}

/** The worst case of several attacks is none of them. */
export const WORST_CASE = "worst case";

/** Whether a is smaller than b by more than the noise: their intervals don't touch. */
export function clearlyLess(a: Evidence, b: Evidence): boolean {
  return a.interval[1] < b.interval[0];
}

/** The threat model of a number; undefined where it has none that is known: the worst case, words of one's own. */
function threatOf({ surrogate }: Evidence): Threat | undefined {
  return surrogate !== undefined && isThreatName(surrogate) ? threatNamed(surrogate) : undefined;
}

/** Whether what is differentiated is the defended classifier, so that the attacker knows it; so for words of one's own. */
function knowsDefense(number: Evidence): boolean {
  return number.surrogate !== undefined && (threatOf(number)?.knows ?? "everything") === "everything";
}

/** The white-box attacker of the tables, who takes the gradient as it comes. */
export function isPlainWhiteBox(number: Evidence): boolean {
  return number.attack !== undefined && knowsDefense(number) && threatOf(number)?.gradient === "exact";
}

/** An attacker with full access, whichever gradient it puts in place. */
export function isInsider(number: Evidence): boolean {
  return number.attack !== undefined && knowsDefense(number);
}

/** An attacker without access to the defense. */
export function isOutsider(number: Evidence): boolean {
  return number.attack !== undefined && number.surrogate !== undefined && !knowsDefense(number);
}

/** An attacker who puts a gradient in place, or the worst case of several attacks. */
export function isAdaptive(number: Evidence): boolean {
  return knowsDefense(number) && threatOf(number)?.gradient !== "exact";
}

/** Whether the attack is a single step. */
export function isOneStep({ attack }: Evidence): boolean {
  return attack !== undefined && (knownAttack(attack.attack).oneStep || attack.steps === 1);
}

/** Whether an attack follows gradients: Square and others that only ask do not, and noise doesn't either. */
export function takesGradients({ attack }: Evidence): boolean {
  return attack !== undefined && asksOf(attack) === "gradients";
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

/** Two numbers of a row, of which the second should be no larger. */
export type ComparedPair = readonly [weaker: Evidence, stronger: Evidence];

function pairsWhere(
  row: readonly Evidence[],
  belong: (weaker: Evidence, stronger: Evidence) => boolean,
): ComparedPair[] {
  return row.flatMap((weaker) =>
    row.flatMap((stronger) =>
      weaker !== stronger && belong(weaker, stronger) ? [[weaker, stronger] as const] : []
    )
  );
}

/** A single step of an insider, and an iterated attack of the same one. */
export function oneStepAndMany(row: readonly Evidence[]): ComparedPair[] {
  return pairsWhere(
    row,
    (step, many) =>
      isInsider(step) && isOneStep(step) && many.surrogate === step.surrogate && takesGradients(many) &&
      !isOneStep(many) && reachesAsFar(step, many),
  );
}

/** An attack, and the same with more steps. */
export function fewerAndMoreSteps(row: readonly Evidence[]): ComparedPair[] {
  return pairsWhere(
    row,
    (short, long) =>
      short.attack?.attack === long.attack?.attack && short.surrogate === long.surrogate &&
      short.attack?.steps !== undefined && long.attack?.steps !== undefined &&
      short.attack.steps < long.attack.steps && reachesAsFar(short, long),
  );
}

/** The longest run of each attack, and the longest one of at most half its steps in the same ball. */
export function halfAndAllSteps(row: readonly Evidence[]): ComparedPair[] {
  const steps = ({ attack }: Evidence) => attack!.steps!;
  const doubled = fewerAndMoreSteps(row).filter(([half, all]) =>
    2 * steps(half) <= steps(all) && reachesAsFar(all, half)
  );
  const groups = Map.groupBy(
    doubled,
    ([, { attack, surrogate }]) => JSON.stringify([attack!.attack, surrogate, attack!.ball]),
  );
  return [...groups.values()].map((group) =>
    group.toSorted(([a, b], [c, d]) => steps(d) - steps(b) || steps(c) - steps(a))[0]!
  );
}

/** An insider's attack, and the same in a larger ball. */
export function smallerAndLargerBall(row: readonly Evidence[]): ComparedPair[] {
  return pairsWhere(row, (small, large) => {
    const a = small.attack, b = large.attack;
    return isInsider(small) && a?.attack === b?.attack && small.surrogate === large.surrogate &&
      a?.ball !== undefined && a.ball.norm === b?.ball?.norm && a.ball.epsilon < 0.99 * b.ball.epsilon &&
      (a.steps ?? 0) <= (b.steps ?? Infinity);
  });
}

/**
 * An attacker who knows less, and one by gradients who knows more: the same attack without and with access to the
 * defense, or any that takes no gradient and all that take one.
 */
export function lessAndMoreKnown(row: readonly Evidence[]): ComparedPair[] {
  return pairsWhere(row, (less, more) => {
    if (!isInsider(more) || !takesGradients(more) || !reachesAsFar(less, more)) return false;
    // What pays may well be a gradient that it has put in place.
    if (less.attack === undefined || asksOf(less.attack) === "whatever pays") return false;
    // An attack in a larger ball may be stronger by that alone.
    if (!takesGradients(less)) return reachesAsFar(more, less);
    return isOutsider(less) && less.attack.attack === more.attack!.attack;
  });
}
