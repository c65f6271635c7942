import { isInsider, isOneStep } from "./attackers.ts";
import { byRow, clearlyLess, lowest, reachesEveryImage } from "./comparable.ts";
import { smallerAndLargerBall } from "./compared_pairs.ts";
import { inPercent, radius, severity, subjectOf, withAccuracy } from "./words.ts";
import type { Check, Suspicion } from "./check.ts";
import type { Evidence } from "../evidence.ts";

/**
 * An attack that may change every pixel to grey still leaves more right than guessing would.
 *
 * @param known How many classes there are. Default: what each number says. A number that does not say it is not checked.
 * @returns The check. It looks at L∞ balls of ε ≥ 0.5.
 */
export function largeBallSurvived(known?: number): Check {
  const guessing = ({ classes }: Evidence) => 1 / (known ?? classes ?? 1); // of one class nothing is above guessing
  return (evidence) =>
    evidence.filter((number) =>
      isInsider(number) && reachesEveryImage(number.attack!) && number.interval[0] > guessing(number)
    ).map((number) => ({
      severity: severity([number], "serious"),
      message:
        `${subjectOf(number)}: ${withAccuracy([number], [number])}, with ε = ${
          number.attack!.ball!.epsilon
        }. ` +
        "So large a change can make every image the same grey, which leaves no more than guessing, " +
        `${inPercent(guessing(number))}.`,
      remedy:
        "The attack fails, not the defense holds: check its gradient, its steps (ε / 50 or more, 100 of " +
        "them) and its loss before any of its numbers is read.",
      numbers: [number],
    }));
}

/**
 * The same attack is weaker in a larger ball, which contains the smaller one.
 *
 * @param evidence All numbers.
 */
export function largerBallWeaker(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const against = smallerAndLargerBall(row).filter(([small, large]) => clearlyLess(small, large));
    return [...Map.groupBy(against, ([, large]) => large)].map(([large, pairs]) => {
      const small = lowest(pairs.map(([small]) => small))!, all = [large, small];
      return {
        severity: severity(all, isOneStep(large) ? "warning" : "serious"),
        message: `${subjectOf(large)}: ${withAccuracy([large], all)}, with ε = ${radius(large)}, but only ` +
          `${withAccuracy([small], all)}, with ε = ${radius(small)}, which is part of it.`,
        remedy: isOneStep(large)
          ? "One step jumps over what is near: take an iterated attack, or try several step sizes."
          : "The attack loses its way: take smaller steps and more of them, keep each image's best step, " +
            "and look for a masked gradient.",
        numbers: [large, small] as const,
      };
    });
  });
}
