import { markdownTable } from "./_markdown_table.ts";
import { type Displayed, markdown } from "./display.ts";

/** Options of {@linkcode tabulated}. */
export interface TabulatedOptions {
  /** The head above the rows' heads; default none. */
  readonly corner?: string;
  /** The number of decimals; default 1. */
  readonly digits?: number;
}

/** The value of a cell; `null` is shown as "-". */
export type TabulatedValue = number | string | null;

/**
 * A small table of numbers or texts that a notebook renders. For the result of an experiment use `shown`.
 *
 * @param rows Values by the heads of their row and column. The table has the columns of all rows, in order of appearance.
 * @param options The corner's head, and the number of decimals.
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
  const text = (value: TabulatedValue | undefined) =>
    typeof value === "number" ? value.toFixed(digits) : value ?? "-";
  const line = ([head, row]: [string, (typeof rows)[string]]) => [head, ...columns.map((c) => text(row[c]))];
  return markdown(markdownTable([corner, ...columns], Object.entries(rows).map(line)));
}
