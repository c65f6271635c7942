import {
  type Cell,
  measuredFindings,
  type Measurement,
  reported,
  reportedFindings,
  type Result,
  tableNames,
  worstCase,
} from "../evaluation/mod.ts";
import { contestant } from "./contestant.ts";
import { cellOf, measured, settled, threatsIn } from "./reproduce/cell.ts";
import { chosen, forgetAttacksOn, isMeasured, labelled, prepare, type Run } from "./reproduce/runs.ts";
import type { MeasuringOptions } from "./setting.ts";
import type { Column, Row, Table } from "./table.ts";

/** Fields of {@link reproduce}. */
export interface ReproduceOptions extends MeasuringOptions {
  /** Heads of the rows to measure; default: all. */
  readonly rows?: readonly string[];
  /** Heads of the columns to measure; default: all. The worst case is over all columns of the table nevertheless. */
  readonly columns?: readonly string[];
}

/** Columns by their heads. */
type Columns = Readonly<Record<string, Column>>;

/** The columns that have to be measured for those that are wanted. */
function neededFor(all: Columns, wanted: readonly string[]): Columns {
  if (wanted.some((head) => all[head]!.kind === "worst case")) return all;
  return Object.fromEntries(wanted.map((head) => [head, all[head]!]));
}

/** The measurements of one row from one seed by column, the worst case after the others. */
async function measurementsOf(
  run: Run,
  label: (column: string) => string,
  row: Row,
  columns: Columns,
): Promise<ReadonlyMap<string, Measurement>> {
  const found = new Map<string, Measurement>();
  if (!isMeasured(row)) return found;
  const who = await contestant(row, run.setting, {
    threats: threatsIn(Object.values(columns)),
    networks: run.networks,
  });
  try {
    for (const [head, column] of Object.entries(columns)) {
      if (column.kind === "worst case") continue; // of what the others gave
      const measurement = await measured(run, label(head), column, who);
      if (measurement !== undefined) found.set(head, measurement);
    }
  } finally {
    forgetAttacksOn(who, run);
    who.dispose();
  }
  if (found.size > 0) {
    const measurement = worstCase([...found.values()]);
    for (const [head, { kind }] of Object.entries(columns)) {
      if (kind === "worst case") found.set(head, measurement);
    }
  }
  return found;
}

/**
 * Measures a table of the paper, cell by cell, and sets what the paper reports beside it.
 *
 * The interpreter of tables, as `reproduceFigure` is of figures: commands and notebooks both call it. Each finished cell
 * is kept, so a run that was stopped goes on where it was. Networks are shipped with the kit (profile `quick`), found in the
 * cache, or trained. Where the profile has several seeds, a cell is the mean over them; the worst case is taken image by
 * image from each.
 *
 * @param table The experiment, as data.
 * @returns The result with its findings; accuracies are fractions.
 * @throws {RangeError} Where a row, a column, a profile or a data set is not known.
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
export async function reproduce(table: Table, options: ReproduceOptions = {}): Promise<Result> {
  const rows = chosen("row", Object.keys(table.rows), options.rows);
  const heads = chosen("column", Object.keys(table.columns), options.columns);
  const needed = neededFor(table.columns, heads);
  const defenses = rows.map((row) => table.rows[row]!).filter(isMeasured);
  const { setting, runs, provenance } = await prepare(
    table,
    defenses.map((row) => ({ row, threats: threatsIn(Object.values(needed)) })),
    options,
  );
  const { profile, dataset, seeds } = setting;
  const columns = Object.fromEntries(
    Object.entries(needed).map(([head, column]) => [head, settled(column, profile)]),
  );
  const name = tableNames.find((name) => name === table.name);
  const found: ReadonlyMap<string, Measurement>[][] = rows.map(() => []);
  for (const run of runs) {
    try {
      for (const [i, row] of rows.entries()) {
        const label = (head: string) => labelled(`${row}, ${head}`, run, runs);
        found[i]!.push(await measurementsOf(run, label, table.rows[row]!, columns));
      }
    } finally {
      run.networks.dispose();
    }
  }
  const measuredRows: Record<string, Record<string, Cell>> = {};
  for (const [i, row] of rows.entries()) {
    const paper = name && reported(name).rows[row];
    measuredRows[row] = Object.fromEntries(heads.map((head) => {
      const printed = { reported: paper?.values[head] ?? null, quoted: paper?.quoted ?? false };
      const measurements = found[i]!.map((cells) => cells.get(head));
      return [head, cellOf(measurements, table.rows[row]!, columns[head]!, seeds, printed)];
    }));
  }
  const result = {
    experiment: table.name,
    profile: profile.name,
    dataset,
    caption: table.title,
    columns: heads,
    rows: measuredRows,
    provenance,
  };
  const printed = name === undefined ? [] : reportedFindings(name)
    .filter(({ about }) => about?.row === undefined || rows.includes(about.row));
  return { ...result, findings: [...measuredFindings(result), ...printed] };
}
