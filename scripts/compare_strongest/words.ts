import type { BesideStrongest } from "../../lib/experiments/mod.ts";

/** How much more `strongest` may leave than the best other attack: one point. */
export const ALLOWED = 0.01;
/** In how many of ten rows it has to hold. */
const SHARE = 0.9;
/** Differences of whole images are not exact in binary. */
const ROUNDING = 1e-9;

/** Whether `strongest` is no weaker than the best other attack by more than is allowed. */
export function isWithin({ behind }: BesideStrongest): boolean {
  return behind <= ALLOWED + ROUNDING;
}

/** What came out, in a sentence or two. */
export function comparedInWords(rows: readonly BesideStrongest[]): string {
  const weaker = rows.filter((row) => !isWithin(row)), within = rows.length - weaker.length;
  const enough = within >= SHARE * rows.length;
  return `strongest is no weaker than the best other attack by more than one point in ${within} of ${rows.length} rows: ${
    enough ? "as it should be" : "fewer than nine of ten"
  }.${
    weaker.length === 0
      ? ""
      : ` Weaker: ${
        weaker.map(({ row, best, behind }) => `${row} by ${(100 * behind).toFixed(1)} points (${best})`).join(
          "; ",
        )
      }.`
  }`;
}

/** The comparison as rows of a small table, in percent. */
export function comparedRows(
  rows: readonly BesideStrongest[],
): Readonly<Record<string, Readonly<Record<string, number | string>>>> {
  return Object.fromEntries(rows.map((compared) => {
    const { row, strongest, best, left, behind } = compared;
    return [row, {
      "strongest": 100 * strongest,
      "best other": 100 * left,
      "which": best,
      "difference": `${behind > 0 ? "+" : ""}${(100 * behind).toFixed(1)}`,
      "verdict": isWithin(compared) ? "as strong" : "weaker",
    }];
  }));
}
