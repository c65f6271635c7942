import type { Evidence } from "../evidence.ts";
import { byRow } from "./comparable.ts";
import type { Suspicion } from "./check.ts";
import { columnNames, inPercent, joinedWords, subjectOf } from "./words.ts";

/** From this share of clean images on, a detector's refusals decide what it is worth. */
const MANY_REFUSALS = 0.1;

/**
 * A detector's number counts refused images as stopped: says how many it refuses, of the attacked and of the clean ones.
 * Without the second the first means nothing, since refusing every image stops every attack.
 *
 * @param evidence Numbers with {@linkcode Evidence.refused}.
 */
export function refusedImages(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row): Suspicion[] => {
    const [first, ...others] = row.filter(({ attack, refused = 0 }) => attack !== undefined && refused > 0);
    if (first === undefined) return [];
    const stopped = joinedWords(
      [first, ...others].map((number) => `${inPercent(number.refused!)} under ${columnNames([number])}`),
    );
    const message = `${subjectOf(first)}: refused images count as stopped, ${stopped}.`;
    const numbers = [first, ...others] as const, clean = first.refusedClean;
    if (clean === undefined) {
      return [{
        severity: "serious",
        message:
          `${message} How many clean images are refused is not known, and refusing all stops every attack.`,
        remedy: "Measure clean images as well, and read no number of a detector without its false positives.",
        numbers,
      }];
    }
    return [{
      severity: clean < MANY_REFUSALS ? "note" : "warning",
      message: `${message} Of clean images it refuses ${inPercent(clean)}, which count as errors.`,
      remedy:
        "Compare detectors with others at equal accuracy on clean images, and attack with an attacker who knows of " +
        "the detector.",
      numbers,
    }];
  });
}
