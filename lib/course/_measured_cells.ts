import type { Cell, Result } from "../evaluation/mod.ts";
import { type Mark, right, wrong } from "./mark.ts";

/** A measured number of a result, and where it stands. */
export interface MeasuredCell {
  readonly row: string;
  readonly column: string;
  readonly cell: Cell & { readonly accuracy: number };
}

/** The numbers that were measured; none where the value is no result of a table. */
export function measuredCells(result: unknown): MeasuredCell[] {
  const { rows } = Object(result) as Partial<Result>;
  return Object.entries(Object(rows) as Result["rows"]).flatMap(([row, cells]) =>
    Object.entries(Object(cells) as Result["rows"][string]).flatMap(([column, cell]) => {
      const { accuracy } = Object(cell) as Cell;
      return typeof accuracy === "number" ? [{ row, column, cell: { ...cell, accuracy } }] : [];
    })
  );
}

/** A column that an exercise asks for: what its attack is, and the hint for those who have none. */
export interface AskedColumn {
  readonly is: (cell: Cell) => boolean;
  readonly hint: string;
}

/**
 * The mark of a table that should have some columns: wrong with the hint of the first that is missing, else right with what
 * they have left.
 *
 * @param takeHome What to think about, behind the numbers.
 */
export function markColumns(result: unknown, columns: readonly AskedColumn[], takeHome: string): Mark {
  const measured = measuredCells(result);
  if (measured.length === 0) {
    return wrong(
      "This holds no measured table. Give what `reproduce` returns: `const result = await reproduce(…)`.",
    );
  }
  const missing = columns.find(({ is }) => !measured.some(({ cell }) => is(cell)));
  if (missing !== undefined) return wrong(missing.hint);
  const said = measured.filter(({ cell }) => columns.some(({ is }) => is(cell)))
    .map(({ row, column, cell }) => `${row}, ${column}: ${percent(cell.accuracy)}`);
  return right(`You have measured ${said.join("; ")}. ${takeHome}`);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Whether ε is near a value: 8/255 and 8/256 count as the same. */
export function hasEpsilon({ attack }: Cell, epsilon: number): boolean {
  const given = attack?.ball?.epsilon;
  return given !== undefined && Math.abs(given - epsilon) < 0.05 * epsilon;
}
