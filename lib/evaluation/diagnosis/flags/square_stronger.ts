import { checkSetting, list, object } from "../../../kinds/mod.ts";
import { inPercent } from "../../checks/words.ts";
import type { Measurement } from "../../measure.ts";
import { worstCase } from "../../worst_case.ts";
import type { Flag } from "./flag.ts";

/** How many points Square may add to what white-box attacks have done, as a fraction. */
const SQUARE_MARGIN = 0.002 + 1e-9;

/**
 * AutoAttack's last check: Square, which takes no gradient, brings the worst case over white-box attacks down by more
 * than 0.2 points.
 *
 * @param whiteBox What attacks by gradients leave, at least one.
 * @param square What Square leaves of the same images.
 * @returns The flag, or nothing.
 * @throws {RangeError} Where there is no white-box measurement, or they are not of equally many images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { squareStronger } from "@gcln/kit/evaluation";
 *
 * const pgd = { correct: [true, true, false] }, square = { correct: [true, false, true] };
 * assertEquals(squareStronger([pgd], square)?.flag, "square");
 * assertEquals(squareStronger([pgd, { correct: [true, false, true] }], square), undefined);
 * ```
 */
export function squareStronger(
  whiteBox: readonly Pick<Measurement, "correct">[],
  square: Pick<Measurement, "correct">,
): Flag | undefined {
  checkSetting("whiteBox", list(object("a measurement, { correct }")), whiteBox);
  checkSetting("square", object("a measurement, { correct }"), square);
  if (whiteBox.length === 0) throw new RangeError("Cannot compare Square with no white-box attack");
  const left = (of: readonly Pick<Measurement, "correct">[]) => {
    const { correct } = worstCase(of.map(({ correct }) => ({ correct, seconds: 0 })));
    return correct.filter(Boolean).length / correct.length;
  };
  const without = left(whiteBox), including = left([...whiteBox, square]);
  if (without - including <= SQUARE_MARGIN) return undefined;
  return {
    flag: "square",
    severity: "serious",
    message:
      `White-box attacks together leave ${
        inPercent(without)
      } right; Square, which takes no gradient, brings ` +
      `that down to ${inPercent(including)}.`,
    remedy:
      "The gradient is likely to be masked. Put another in its place (BPDA), give Square more queries and " +
      "restarts, and read the smaller number as an upper bound.",
  };
}
