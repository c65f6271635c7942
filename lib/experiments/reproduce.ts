import type { PanelsResult, Result } from "../evaluation/mod.ts";
import { checkHead } from "./check_experiment.ts";
import { checkPanels } from "./check_figure.ts";
import { measuringSettings, withKnownDataset } from "./circumstances.ts";
import type { Figure } from "./figure.ts";
import { checkSettings, list, type Settings, text, valueText } from "../kinds/mod.ts";
import { type FigureOptions, figureResult } from "./reproduce/figure_result.ts";
import { type TableOptions, tableResult } from "./reproduce/table_result.ts";
import type { Table } from "./table.ts";

/** Fields of {@link reproduce} for a table. */
export type ReproduceOptions = TableOptions;

/** Fields of {@link reproduce} for a figure. */
export type ReproduceFigureOptions = FigureOptions;

const tableSettings: Settings = { ...measuringSettings, rows: list(text()), columns: list(text()) };
const figureSettings: Settings = { ...measuringSettings, panels: list(text()), curves: list(text()) };

/** Measures a table. */
export async function reproduce(table: Table, options?: ReproduceOptions): Promise<Result>;
/** Measures a figure. */
export async function reproduce(figure: Figure, options?: ReproduceFigureOptions): Promise<PanelsResult>;
/**
 * Measures a table or a figure of the paper, cell by cell, and adds the paper's numbers. A point of a curve is measured like
 * a cell, with the same networks, test images and cache.
 *
 * Commands and notebooks both call it. Each finished cell is stored, so a stopped run resumes; the points of one run of an
 * attack (over its steps) are stored together. Networks are shipped with the kit (profile `quick`), found in the cache, or
 * trained. If the profile has several seeds, a cell is the mean over them; the worst case is computed image by image for
 * each seed.
 *
 * @param experiment A table or a figure, as data.
 * @returns The result with its findings; accuracies are fractions.
 * @throws {TypeError} If `experiment` is no table and no figure.
 * @throws {RangeError} If a row, a column, a panel, a curve, a profile or a data set is not known, an option is not allowed,
 * or the attack of a curve over steps has restarts or stops on success.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reproduce, table1 } from "@gcln/kit/experiments";
 *
 * const { rows } = await reproduce(table1, { rows: ["PixelDefend"], columns: ["BIM"], examples: 10 });
 * assertEquals(rows["PixelDefend"]?.["BIM"]?.reported, 0.7);
 * ```
 */
export async function reproduce(
  experiment: Table | Figure,
  options: ReproduceOptions | ReproduceFigureOptions = {},
): Promise<Result | PanelsResult> {
  if (isTable(experiment)) {
    checkHead(experiment);
    checkSettings("reproduce", tableSettings, options);
    return await tableResult(experiment, await withKnownDataset(experiment, options));
  }
  if (isFigure(experiment)) {
    checkHead(experiment);
    checkPanels(experiment);
    checkSettings("reproduce", figureSettings, options);
    return await figureResult(experiment, await withKnownDataset(experiment, options));
  }
  throw new TypeError(
    `Cannot reproduce ${
      valueText(experiment)
    }: a table (with rows and columns) or a figure (with panels) is wanted`,
  );
}

/** Whether an experiment is a table. */
export function isTable(experiment: unknown): experiment is Table {
  return has(experiment, "rows") && has(experiment, "columns");
}

/** Whether an experiment is a figure. */
export function isFigure(experiment: unknown): experiment is Figure {
  return has(experiment, "panels");
}

function has(value: unknown, field: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  const found = (value as Readonly<Record<string, unknown>>)[field];
  return typeof found === "object" && found !== null;
}
