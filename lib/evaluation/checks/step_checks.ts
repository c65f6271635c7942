import { WORST_CASE } from "./attackers.ts";
import { byRow, clearlyLess, lowest } from "./comparable.ts";
import { fewerAndMoreSteps, halfAndAllSteps, oneStepAndMany } from "./compared_pairs.ts";
import { inPercent, MASKED, severity, subjectOf, withAccuracy } from "./words.ts";
import type { Suspicion } from "./check.ts";
import type { Evidence } from "../evidence.ts";

/**
 * One step of an attacker with access is stronger than many. An iterated attack contains the single step, so the search
 * must have been misled. Black-box columns are left out: one step may well transfer better than many.
 *
 * @param evidence All numbers.
 */
export function oneStepStronger(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const against = oneStepAndMany(row).filter(([step, many]) => clearlyLess(step, many));
    return [...Map.groupBy(against, ([step]) => step)].map(([step, pairs]) => {
      const [first, ...others] = pairs.map(([, many]) => many) as [Evidence, ...Evidence[]];
      const all = [step, first, ...others], iterated = withAccuracy([first, ...others], all);
      return {
        severity: severity(all, "serious"),
        message:
          `${subjectOf(step)}: the single step of ${step.name ?? step.column} leaves ${
            inPercent(step.accuracy)
          } right, but ` +
          `iterated attacks leave more: ${iterated}. More steps should never be weaker.`,
        remedy: MASKED +
          "Check that it isn't zero, pass rounding straight through (BPDA), and count each image as " +
          "right only if it survives every attack.",
        numbers: [first, step, ...others] as const,
      };
    });
  });
}

/** `10 steps of PGD`; on a curve, `10 steps`. */
function stepsOf({ attack, name, column }: Evidence): string {
  return name === undefined ? `${attack!.steps} steps of ${column}` : `${attack!.steps} steps`;
}

/**
 * The same attack with more steps is weaker.
 *
 * @param evidence All numbers.
 */
export function moreStepsWeaker(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const against = fewerAndMoreSteps(row).filter(([short, long]) => clearlyLess(short, long));
    return [...Map.groupBy(against, ([, long]) => long)].map(([long, pairs]) => {
      const strongest = lowest(pairs.map(([short]) => short))!;
      return {
        severity: severity([long, strongest], "warning"),
        message: `${subjectOf(long)}: ${stepsOf(long)} leave ${inPercent(long.accuracy)} right, but ` +
          `${stepsOf(strongest)} only ${inPercent(strongest.accuracy)}.`,
        remedy:
          "The attack is likely to lose what it had: keep each image's best step, take smaller steps, or " +
          "look for a masked gradient.",
        numbers: [long, strongest] as const,
      };
    });
  });
}

/**
 * The strongest attack of a row has not converged: with half its steps or fewer it leaves clearly more, and no attack
 * leaves less than it does. {@linkcode checklist} asks this; {@linkcode findingsIn} does not, since a row of few numbers
 * could hardly be without it.
 *
 * @param evidence All numbers.
 */
export function stepsStillCount(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const best = lowest(
      row.filter(({ attack, surrogate }) => attack !== undefined && surrogate !== WORST_CASE),
    );
    return halfAndAllSteps(row)
      .filter(([half, all]) => all === best && all.interval[0] > 0 && clearlyLess(all, half))
      .map(([half, all]) => ({
        severity: severity([half, all], "warning"),
        message:
          `${subjectOf(all)}: ${stepsOf(all)} leave ${inPercent(all.accuracy)} right, where ${
            stepsOf(half)
          } ` +
          `left ${inPercent(half.accuracy)}. It still finds more with every step.`,
        remedy: "Double the steps until nothing changes, or take APGD, which finds its own step size.",
        numbers: [all, half] as const,
      }));
  });
}
