import type { Cell, Result } from "../evaluation/mod.ts";
import { isUnmeasured, measuredShare } from "./_cell_text.ts";
import type { ResultTable } from "./_result_tables.ts";

/** Which rows a table shows: those with a measured number, or all. */
export type RowChoice = "measured" | "all";

/** A column as it is printed. */
export interface LaidColumn {
  /** Its head: `PGD`; `BPDA, lowest of 5`. */
  readonly head: string;
  /** The columns of the result that it stands for: one, or several of one kind. */
  readonly names: readonly string[];
}

/** A table as it is printed. */
export interface TableLayout extends ResultTable {
  /** The columns, the clean accuracy and the worst case first. */
  readonly laid: readonly LaidColumn[];
  /** The heads of the rows that are shown. */
  readonly shown: readonly string[];
  /** The heads of the rows that are left out, since nothing of them is measured. */
  readonly leftOut: readonly string[];
}

/** The fewest columns of one kind that become one, and the most columns of a table that needs no folding. */
const FOLD_FROM = 3, FITS = 7;

/**
 * How a table is printed. "Clean" and "Worst case" come first: what the reader wants to know. Of a wide table, neighbouring
 * columns of one kind become one column with the lowest number: those whose heads begin with the same word, and of which the
 * paper reports nothing. Rows without a measurement are left out, unless no row has one or all are wanted; columns without
 * anything in the rows that are shown are left out too.
 */
export function layout(result: ResultTable, rows: RowChoice = "measured"): TableLayout {
  const { table, heads } = result, names = Object.keys(table.rows);
  const pending = names.filter((name) => isUnmeasured(table.rows[name]!));
  const leftOut = rows === "all" || pending.length === names.length ? [] : pending;
  const isFigure = result.corner !== "";
  const headOf = (column: string) => heads[table.columns.indexOf(column)]!;
  const plain = (column: string): LaidColumn => ({ head: headOf(column), names: [column] });
  const shown = names.filter((name) => !leftOut.includes(name));
  const hasNumber = (column: string) =>
    shown.some((name) => {
      const cell = table.rows[name]![column];
      return cell !== undefined &&
        (measuredShare(cell) !== null || cell.reported !== null || cell.note !== undefined);
    });
  return {
    ...result,
    laid: isFigure ? table.columns.map(plain) : folded(table, inOrder(table).filter(hasNumber)),
    shown,
    leftOut,
  };
}

/** The cell of a printed column: of several columns the lowest one, without the paper's number. */
export function laidCell(
  row: Readonly<Record<string, Cell>>,
  { names }: LaidColumn,
): { readonly name: string; readonly cell: Cell } | undefined {
  const [first, ...others] = names.flatMap((name) =>
    row[name] === undefined ? [] : [{ name, cell: row[name]! }]
  );
  const share = ({ cell }: { readonly cell: Cell }) => measuredShare(cell) ?? Infinity;
  return first && others.reduce((best, other) => share(other) < share(best) ? other : best, first);
}

/** The columns of a table in the order in which they are printed. */
function inOrder(table: Result): string[] {
  const { columns } = table, worst = columns.filter((column) => isWorst(table, column));
  if (worst.length === 0) return [...columns];
  const clean = columns.find((column) => /^(clean|no attack)$/i.test(column)) ??
    columns.find((column) => isClean(table, column));
  const first = [...(clean === undefined ? [] : [clean]), ...worst];
  return [...first, ...columns.filter((column) => !first.includes(column))];
}

function cellsIn({ rows }: Result, column: string): Cell[] {
  return Object.values(rows).flatMap((row) => row[column] ?? []);
}

/** Whether a column is the worst case over others. */
export function isWorst(table: Result, column: string): boolean {
  const measured = cellsIn(table, column).filter(({ accuracy }) => accuracy !== null);
  if (measured.length === 0) return /^worst case$/i.test(column);
  return measured.every(({ surrogate }) => surrogate === "worst case");
}

function isClean(table: Result, column: string): boolean {
  const measured = cellsIn(table, column).filter(({ accuracy }) => accuracy !== null);
  return measured.length > 0 &&
    measured.every(({ attack, surrogate }) => attack === undefined && surrogate === undefined);
}

function folded(table: Result, columns: readonly string[]): LaidColumn[] {
  const runs: { readonly kind: string; readonly names: string[] }[] = [];
  for (const column of columns) {
    const isReported = cellsIn(table, column).some(({ reported }) => reported !== null);
    const kind = isReported || isWorst(table, column) ? "" : column.split(" ")[0]!;
    const last = runs.at(-1);
    if (kind !== "" && last?.kind === kind) last.names.push(column);
    else runs.push({ kind, names: [column] });
  }
  return runs.flatMap(({ kind, names }): LaidColumn[] =>
    columns.length > FITS && names.length >= FOLD_FROM
      ? [{ head: `${kind}, lowest of ${names.length}`, names }]
      : names.map((name) => ({ head: name, names: [name] }))
  );
}
