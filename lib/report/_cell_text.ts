import type { Cell } from "../evaluation/mod.ts";
import type { ResultTable } from "./_result_tables.ts";

/** A fraction as percent with one decimal; `-` where there is no number. */
export function percent(fraction: number | null): string {
  return fraction === null ? "-" : (100 * fraction).toFixed(1);
}

/** The footnote marks of a cell's two numbers. */
export interface Marks {
  readonly measured: string;
  readonly reported: string;
}

/** What a cell tells: its accuracy, else the share of images that a detector refuses; null where nothing was measured. */
export function measuredShare(
  { accuracy, refused }: Pick<Cell, "accuracy" | "refused">,
): number | null {
  return accuracy ?? refused ?? null;
}

/** An interval as `[81.2–87.2]` percent. */
export function intervalText([low, high]: readonly [number, number]): string {
  return `[${percent(low)}–${percent(high)}]`;
}

/** A cell as `84.2 (86.1)`: the measured number, then the paper's in parentheses; `†` where the paper quotes it. */
export function cellText(cell: Cell, marks: Marks = { measured: "", reported: "" }): string {
  const { reported, quoted } = cell, share = measuredShare(cell);
  const ours = share === null ? "" : `${percent(share)}${marks.measured}`;
  const theirs = reported === null ? "" : `(${percent(reported)}${quoted ? "†" : ""}${marks.reported})`;
  return `${ours} ${theirs}`.trim() || "-";
}

/** `n = 500, seeds 1, 2`; empty where neither is known. */
export function countText({ n, seeds }: Cell): string {
  return [
    n === undefined ? "" : `n = ${n}`,
    seeds?.length ? `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}` : "",
  ].filter(Boolean).join(", ");
}

/** `Gradient calls: 10 an image; took 12.3 s`; empty where neither is known. */
export function costText({ gradientCalls, seconds }: Cell): string {
  const time = seconds === undefined ? "" : `ook ${seconds.toFixed(1)} s`;
  if (gradientCalls === undefined) return time && `T${time}`;
  const calls = `Gradient calls: ${Number(gradientCalls.toPrecision(6))} an image`;
  return time ? `${calls}; t${time}` : calls;
}

/** Whether no cell of a row has been measured. */
export function isUnmeasured(row: Readonly<Record<string, Cell>>): boolean {
  return Object.values(row).every((cell) => measuredShare(cell) === null);
}

/** A sentence that explains the notation of these tables' cells. */
export function legend(tables: readonly ResultTable[]): string {
  const cells = cellsOf(tables);
  const measured = cells.some((cell) => measuredShare(cell) !== null);
  const parts = [
    measured
      ? "Accuracy in percent: measured, in parentheses as the paper reports it"
      : "Nothing is measured yet; in parentheses: accuracy in percent as the paper reports it",
  ];
  if (cells.some(({ quoted, reported }) => quoted && reported !== null)) {
    parts.push("† quoted by the paper from another one");
  }
  if (cells.some(({ accuracy, refused }) => accuracy === null && refused !== undefined)) {
    parts.push("refused: the share of clean images that a detector refuses, which are errors");
  }
  parts.push("- no number");
  return `${parts.join("; ")}.`;
}

/** All cells of some tables. */
export function cellsOf(tables: readonly ResultTable[]): Cell[] {
  return tables.flatMap(({ table }) => Object.values(table.rows)).flatMap((row) => Object.values(row));
}
