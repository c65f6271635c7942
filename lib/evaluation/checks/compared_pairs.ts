/** Pairs of numbers of a row, of which it is known which should be the smaller one. */
import type { Evidence } from "../evidence.ts";
import { asksOf, isInsider, isOneStep, isOutsider, takesGradients } from "./attackers.ts";
import { reachesAsFar } from "./comparable.ts";

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
 * A weaker and a stronger attacker: the same attack without and with access to the defense; or an attack that follows no
 * gradient, and each attack that follows one.
 */
export function lessAndMoreKnown(row: readonly Evidence[]): ComparedPair[] {
  return pairsWhere(row, (less, more) => {
    if (!isInsider(more) || !takesGradients(more) || !reachesAsFar(less, more)) return false;
    // An attack that tries everything may well have replaced a gradient.
    if (less.attack === undefined || asksOf(less.attack) === "whatever pays") return false;
    // An attack in a larger ball may be stronger by that alone.
    if (!takesGradients(less)) return reachesAsFar(more, less);
    return isOutsider(less) && less.attack.attack === more.attack!.attack;
  });
}
