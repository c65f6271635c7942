import type { PublishedBreak } from "../../defenses/mod.ts";
import type { Evidence } from "../evidence.ts";
import type { Suspicion } from "./check.ts";
import { isAdaptive } from "./attackers.ts";
import { byRow, inMainBall, lowest } from "./comparable.ts";
import { columnName, inPercent, lengthText, subjectOf } from "./words.ts";

/** How far a worst case may be above a published break, as a fraction. */
const BREAK_MARGIN = 0.1;
/** Balls are as large as each other up to here: 0.031 is taken for 8/255. */
const AS_LARGE = 0.98;
/** A defense of which others left less than this is broken by its kind, whatever the images. */
const BROKEN = 0.1;

/**
 * The worst case of a row is more than ten points above what somebody else's evaluation left of the same defense, in a ball
 * that was no larger. Of another data set only what left less than a tenth counts, and as a note: how much is left of a
 * defense that stands depends on the images.
 *
 * @param evidence All numbers.
 */
export function abovePublishedBreak(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const worst = lowest(row.filter(isAdaptive)),
      ball = worst?.attack?.ball ?? inMainBall(row)[0]?.attack?.ball;
    if (worst === undefined || ball === undefined) return [];
    const isWithin = (found: PublishedBreak) =>
      found.ball?.norm === ball.norm && ball.epsilon >= AS_LARGE * found.ball.epsilon;
    const isAbove = ({ left }: PublishedBreak) =>
      worst.accuracy - left > BREAK_MARGIN && worst.interval[0] > left;
    const [lower] = (worst.breaks ?? []).filter(isWithin).filter(isAbove)
      .filter(({ on, left }) => on === worst.dataset || left < BROKEN)
      .toSorted((a, b) => Number(a.on !== worst.dataset) - Number(b.on !== worst.dataset) || a.left - b.left);
    return lower === undefined ? [] : [suspicionOf(worst, lower)];
  });
}

function suspicionOf(
  worst: Evidence,
  { by, attack, on, ball, left, source, differs }: PublishedBreak,
): Suspicion {
  const gap = (100 * (worst.accuracy - left)).toFixed(1), isSame = on === worst.dataset;
  const apart = [
    ...(isSame ? [] : [`the images there are ${on}, here ${worst.dataset}`]),
    ...(differs === undefined ? [] : [`there it is ${differs}`]),
  ];
  return {
    severity: isSame ? "warning" : "note",
    message:
      `${subjectOf(worst)}: ${inPercent(worst.accuracy)} under ${
        columnName(worst, [worst])
      } is ${gap} points above ` +
      `the ${inPercent(left)} that ${by} left of this defense by ${attack} on ${on}, ε = ${
        lengthText(ball!.epsilon)
      }.`,
    remedy: `The attack is not good enough yet, or the defense differs${
      apart.length === 0 ? "" : `: ${apart.join("; ")}`
    }. Attack it as they did (${source}) before reading the number as robustness.`,
    numbers: [worst],
  };
}
