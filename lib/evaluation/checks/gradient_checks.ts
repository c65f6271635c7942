import { isAdaptive, takesGradients } from "./attackers.ts";
import { byRow, clearlyLess, lowest } from "./comparable.ts";
import { columnNames, inPercent, joinedWords, severity, subjectOf, withAccuracy } from "./words.ts";
import { CANNOT_MOVE, severityOf, ZERO_REMEDY } from "./fault_checks.ts";
import type { Suspicion } from "./check.ts";
import type { Evidence } from "../evidence.ts";

/**
 * The attacker's gradient is exactly zero on some images, so that it can't move them: with rounding as it is, for
 * example.
 *
 * @param evidence Numbers with {@linkcode Evidence.zeroGradient}.
 */
export function zeroGradients(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const [first, ...others] = row.filter((number) =>
      takesGradients(number) && (number.zeroGradient ?? 0) > 0
    );
    if (first === undefined) return [];
    const all = [first, ...others], shares = all.map(({ zeroGradient }) => zeroGradient!);
    const alike = Map.groupBy(all, ({ zeroGradient }) => inPercent(zeroGradient!));
    const where = [...alike].map(([share, cells]) => `${share} of the images under ${columnNames(cells)}`);
    return [{
      severity: severityOf(Math.max(...shares)),
      message: `${subjectOf(first)}: the attacker's gradient is exactly zero on ${joinedWords(where)}. ` +
        CANNOT_MOVE,
      remedy: ZERO_REMEDY,
      numbers: [first, ...others] as const,
    }];
  });
}

/**
 * The same attack leaves clearly more with one replaced gradient than with another. Both may be called BPDA.
 *
 * @param evidence All numbers.
 */
export function choiceOfGradient(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const replaced = row.filter((number) => isAdaptive(number) && takesGradients(number));
    return [...Map.groupBy(replaced, ({ attack }) => JSON.stringify(attack)).values()].flatMap((same) => {
      const best = lowest(same)!;
      const weaker = same.filter((number) =>
        number.surrogate !== best.surrogate && clearlyLess(best, number)
      );
      const [first, ...others] = weaker.toSorted((a, b) => b.accuracy - a.accuracy);
      if (first === undefined) return [];
      const all = [first, ...others, best];
      return [{
        severity: severity(all, "warning"),
        message:
          `${subjectOf(first)}: the same attack leaves ${withAccuracy([first, ...others], all)}, but only ` +
          `${withAccuracy([best], all)}. All that differs is the gradient that is put in place.`,
        remedy: "An attacker takes the better one: read the lowest number, and say whose gradient it took.",
        numbers: [first, ...others, best] as const,
      }];
    });
  });
}
