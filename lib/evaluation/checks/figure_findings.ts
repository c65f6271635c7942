import { byRow, reachesEveryImage } from "./comparable.ts";
import { inPercent, joinedWords } from "./words.ts";
import { measuredEvidence } from "../evidence.ts";
import type { Finding } from "./finding.ts";
import { type FigureName, reported } from "../reported.ts";
import type { PanelResult } from "../result.ts";

/** From this radius on every image can be made the same grey, which leaves no more than guessing. */
const ANY_IMAGE = 0.5;

/**
 * Which curves come down to guessing where every image can be made the same grey, at ε ≥ 0.5 (L∞), as those of a sound
 * evaluation must. Points of those that do not are doubted by {@linkcode measuredFindings}, one by one.
 *
 * @param panel A measured panel; where it has no `chance`, nothing is said.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { chanceReached } from "@gcln/kit/evaluation";
 *
 * const attack = { attack: "pgd", ball: { norm: "linf", epsilon: 1 } };
 * const point = { x: 1, accuracy: 0.02, n: 100, reported: null, quoted: false, attack };
 * const [finding] = chanceReached({ series: { PNI: [point] }, chance: 0.1 });
 * assertStringIncludes(finding!.message, "PNI (2.0%) comes down to guessing (10.0%)");
 * ```
 */
export function chanceReached({ series, chance }: Pick<PanelResult, "series" | "chance">): Finding[] {
  if (chance === undefined) return [];
  const far = measuredEvidence({ dataset: "", series }).filter(({ attack }) =>
    attack && reachesEveryImage(attack)
  );
  const down = byRow(far).flatMap((curve) => {
    const most = Math.max(...curve.map(({ accuracy }) => accuracy));
    return curve.every(({ interval: [low] }) => low <= chance)
      ? [`${curve[0]!.row} (${inPercent(most)})`]
      : [];
  });
  if (down.length === 0) return [];
  return [{
    severity: "note",
    message: `At ε ≥ ${ANY_IMAGE}, where every image can be made the same grey, ${joinedWords(down)} ${
      down.length === 1 ? "comes" : "come"
    } down to guessing (${inPercent(chance)}), as a sound evaluation must.`,
    remedy: "Read the curves before that end: an attack that gets there may still miss images on the way.",
  }];
}

/**
 * What can't be checked of the paper's own curves over the radius, since their points are not printed.
 *
 * @param figure A figure.
 * @param place Which of its panels.
 */
export function reportedFigureFindings(figure: FigureName, place: "left" | "right"): Finding[] {
  const { x, range, anchors, claims } = reported(figure).panels[place], end = range?.[1] ?? 0;
  if (x !== "ε" || end < ANY_IMAGE) return [];
  const known = anchors.map(({ series, accuracy, x }) => `${series} at ε = ${x}: ${inPercent(accuracy)}`);
  return [{
    severity: "warning",
    message:
      `The paper draws this panel up to ε = ${end} and prints no points; its tables have ${
        joinedWords(known)
      }, and ` +
      `its text ends at ε = 0.3: "${
        claims.join(" ")
      }" From ε = ${ANY_IMAGE} on every image can be made the same ` +
      "grey, and no classifier is better than guessing: a curve that is above it there shows an attack that fails.",
    remedy:
      "Compare with a curve whose attacker has a gradient (BPDA), and see whether it comes down to guessing.",
    about: { source: "reported", table: `${figure}-${place}` },
  }];
}
