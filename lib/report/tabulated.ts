import { grid } from "./_grid.ts";
import { type Displayed, markdown } from "./display.ts";

/** Options of {@linkcode tabulated}. */
export interface TabulatedOptions {
  /** What stands above the heads of the rows; default nothing. */
  readonly corner?: string;
  /** Decimals of numbers; default 1. */
  readonly digits?: number;
}

/** What may stand in a cell; `null` is shown as "-". */
export type TabulatedValue = number | string | null;

/**
 * A few numbers as a small table that a notebook renders and a terminal shows as it is. For a result of an experiment
 * there is `shown`.
 *
 * @param rows Values by the heads of their row and column; the columns are those of all rows, in order of appearance.
 * @param options The corner's head, and the decimals.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { jupyterDisplay, tabulated } from "@gcln/kit/report";
 *
 * const table = tabulated({ "q = 5": { "error": 1.443 }, "q = 10": { "error": 2.887 } }, { digits: 2 });
 * assertStringIncludes((await table[jupyterDisplay]())["text/markdown"]!, "| q = 10 |  2.89 |");
 * ```
 */
export function tabulated(
  rows: Readonly<Record<string, Readonly<Record<string, TabulatedValue>>>>,
  { corner = "", digits = 1 }: TabulatedOptions = {},
): Displayed {
  const columns = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))];
  const said = (value: TabulatedValue | undefined) =>
    typeof value === "number" ? value.toFixed(digits) : value ?? "-";
  const line = ([head, row]: [string, (typeof rows)[string]]) => [head, ...columns.map((c) => said(row[c]))];
  return markdown(grid([corner, ...columns], Object.entries(rows).map(line)));
}
