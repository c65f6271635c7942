import { breaksOf } from "../../defenses/mod.ts";
import type { ResultHead } from "../../evaluation/mod.ts";
import { isMeasured, type Row } from "../table.ts";

/** What other people's evaluations left of the defenses of some rows or curves, as a part of a result. */
export function breaksIn(
  rows: readonly (readonly [head: string, row: Row])[],
  dataset: string,
): Pick<ResultHead, "breaks"> {
  const known = rows.flatMap(([head, row]) => {
    const found = isMeasured(row) ? breaksOf(row, dataset) : [];
    return found.length === 0 ? [] : [[head, found] as const];
  });
  return known.length === 0 ? {} : { breaks: Object.fromEntries(known) };
}
