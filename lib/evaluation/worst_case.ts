import { checkSetting, list, object } from "../kinds/mod.ts";
import { addFaults, hasFaults, NO_FAULTS, standing } from "../judge/mod.ts";
import type { GradientShares } from "./gradient_shares.ts";
import type { Measurement } from "./measure.ts";

/** Of a measurement. */
const VERDICTS = list({ wanted: "true or false", accepts: (value) => typeof value === "boolean" });

/**
 * Which images survive every one of several measurements: the worst case, image by image.
 *
 * It is at most the smallest of their accuracies, and less where attacks fool different images.
 *
 * Faults of all of them are its faults. Gradients are those of the attack that had most of them, since one attack that can
 * move an image is enough.
 *
 * @param measurements Of the same images in the same order, at least one.
 * @throws {RangeError} Where there is none, or where they are not of equally many images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { worstCase } from "@gcln/kit/evaluation";
 *
 * const { correct } = worstCase([
 *   { correct: [true, false, true], seconds: 1 },
 *   { correct: [true, true, false], seconds: 1 },
 * ]);
 * assertEquals(correct, [true, false, false]);
 * ```
 */
export function worstCase(measurements: readonly Measurement[]): Measurement {
  checkSetting("measurements", list(object("a measurement, { correct }")), measurements);
  const [first] = measurements;
  if (first === undefined) throw new RangeError("The worst case of no measurements is not defined");
  for (const { correct } of measurements) checkSetting("correct", VERDICTS, correct);
  const counts = new Set(measurements.map(({ correct }) => correct.length));
  if (counts.size > 1) {
    throw new RangeError(
      `The worst case needs measurements of the same images: got ${[...counts].join(", ")} images`,
    );
  }
  const images = standing(first.correct.length);
  for (const [i, { correct }] of measurements.entries()) {
    images.record(`measurement ${i}`, images.everyone, { stands: correct });
  }
  const useless = ({ zero, notFinite }: GradientShares) => zero + notFinite;
  const [gradients] = measurements.flatMap(({ gradients }) => gradients ? [gradients] : [])
    .toSorted((a, b) => useless(a) - useless(b));
  const faults = measurements.reduce((sum, { faults = NO_FAULTS }) => addFaults(sum, faults), NO_FAULTS);
  return {
    correct: images.takenBy().map((by) => by === null),
    seconds: measurements.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(gradients ? { gradients } : {}),
    ...(hasFaults(faults) ? { faults } : {}),
  };
}
