import type { FigureResult, Result } from "../evaluation/mod.ts";
import type { ExperimentResult } from "./experiment_result.ts";

/** A table of a result, or one panel of a figure written as a table. */
export interface ResultTable {
  /** A panel's table is named after the panel: `figure4-right`. */
  readonly table: Result;
  /** The head above the rows' heads: what a panel's columns are, such as `steps`; empty for a table. */
  readonly corner: string;
  /** The columns' heads as they are printed: 0.0313726. */
  readonly heads: readonly string[];
  /** The caption above a panel's table; empty where the result is one table. */
  readonly caption: string;
}

/** A result as tables: one for each panel. */
export function resultTables(result: ExperimentResult): ResultTable[] {
  if ("rows" in result) return [{ table: result, corner: "", heads: result.columns, caption: "" }];
  if ("series" in result) return [panelTable(result, "")];
  const { panels, ...head } = result;
  return Object.entries(panels).map(([panel, { x, series, caption }]) =>
    panelTable({ ...head, experiment: `${head.experiment}-${panel}`, x, series }, caption)
  );
}

function panelTable(figure: FigureResult, caption: string): ResultTable {
  const table = asTable(figure),
    heads = table.columns.map((column) => String(Number(Number(column).toPrecision(6))));
  return { table, corner: figure.x, heads, caption };
}

/** A figure as a table: one row for each curve, one column for each value on the horizontal axis. */
function asTable(figure: FigureResult): Result {
  const { series, x: _, breaks: __, ...head } = figure, curves = Object.entries(series);
  const xs = new Set(curves.flatMap(([, points]) => points.map(({ x }) => x)));
  return {
    ...head,
    columns: [...xs].sort((a, b) => a - b).map(String),
    rows: Object.fromEntries(
      curves.map(([name, points]) => [name, Object.fromEntries(points.map((p) => [`${p.x}`, p]))]),
    ),
  };
}
