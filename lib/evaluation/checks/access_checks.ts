import { isAdaptive, isOneStep, isPlainWhiteBox, takesGradients } from "./attackers.ts";
import { byRow, clearlyLess, lowest } from "./comparable.ts";
import { lessAndMoreKnown } from "./compared_pairs.ts";
import { columnName, inPercent, MASKED, severity, subjectOf, withAccuracy } from "./words.ts";
import type { Suspicion } from "./check.ts";
import type { Evidence } from "../evidence.ts";

/** How many points the headline may be above the worst case, as a fraction. */
const HEADLINE_MARGIN = 0.05;

/**
 * An attacker without access to the defense (black-box, or one who doesn't know of it) is stronger than the same
 * attack with access; or an attack that takes no gradient (queries alone, noise) is stronger than every attack by
 * gradients.
 *
 * @param evidence All numbers.
 */
export function outsiderStronger(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) =>
    [...Map.groupBy(lessAndMoreKnown(row), ([outsider]) => outsider)].flatMap(([outsider, pairs]) => {
      const blind = !takesGradients(outsider), comparable = pairs.map(([, insider]) => insider);
      const [first, ...others] = comparable.filter((insider) => clearlyLess(outsider, insider));
      if (first === undefined || (blind && others.length + 1 < comparable.length)) return [];
      const all = [outsider, first, ...others], inside = withAccuracy([first, ...others], all);
      const who = blind ? "which takes no gradient" : "an attack without access to the defense";
      return [{
        severity: severity(all, "serious"),
        message:
          `${subjectOf(outsider)}: ${columnName(outsider, all)}, ${who}, leaves ${
            inPercent(outsider.accuracy)
          } right; ` +
          `with access, there remain ${inside}. Knowing more should never make an attacker weaker.`,
        remedy: "Read the smaller number as an upper bound of the robustness. " + MASKED +
          "Put another in its place (BPDA), or start from the other attack's images.",
        numbers: [first, outsider, ...others] as const,
      }];
    })
  );
}

/**
 * The headline, white-box PGD with the exact gradient (else the strongest iterated attack), is far above what an adaptive
 * attack leaves.
 *
 * @param evidence All numbers.
 */
export function headlineAboveWorstCase(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const iterated = row.filter((number) => isPlainWhiteBox(number) && !isOneStep(number));
    const headline = lowest(iterated.filter(({ attack }) => attack!.attack === "pgd")) ?? lowest(iterated);
    const worst = lowest(row.filter(isAdaptive));
    if (headline === undefined || worst === undefined || !clearlyLess(worst, headline)) return [];
    const gap = headline.accuracy - worst.accuracy, all = [headline, worst];
    if (gap < HEADLINE_MARGIN) return [];
    const [above, below] = all.map((number) => withAccuracy([number], all));
    return [{
      severity: severity(all, "serious"),
      message: `${subjectOf(headline)}: ${above} is not the worst case, ${below} is lower by ${
        (100 * gap).toFixed(1)
      } points.`,
      remedy: "Compare defenses by the worst case over all attacks, adaptive ones (BPDA) included.",
      numbers: [headline, worst] as const,
    }];
  });
}
