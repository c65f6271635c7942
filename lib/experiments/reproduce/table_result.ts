import {
  type Cell,
  measuredFindings,
  type Measurement,
  reported,
  reportedFindings,
  type Result,
  tableNames,
  worstCase,
} from "../../evaluation/mod.ts";
import { chosen, type ExperimentCircumstances, type MeasuringOptions } from "../circumstances.ts";
import { checkColumn, checkRow } from "../check_experiment.ts";
import type { Column, MeasuredColumn, Table } from "../table.ts";
import { breaksIn } from "./breaks_in.ts";
import { cellOf } from "./cell.ts";
import { measureCells, notesOnTraining } from "./measure_cells.ts";
import { noteOnSubstitute } from "./note_on_substitute.ts";
import { notesOnSeeds } from "./notes_on_seeds.ts";
import { settled } from "./settled.ts";

/** Which part of a table. */
export interface TableOptions extends MeasuringOptions {
  /** Heads of the rows to measure; default: all. */
  readonly rows?: readonly string[];
  /** Heads of the columns to measure; default: all. The worst case is over all columns of the table nevertheless. */
  readonly columns?: readonly string[];
}

/** Measures a table, row by row, and sets the paper's numbers beside it. */
export async function tableResult(table: Table, options: TableOptions): Promise<Result> {
  const rows = chosen("row", Object.keys(table.rows), options.rows);
  const heads = chosen("column", Object.keys(table.columns), options.columns);
  for (const row of rows) checkRow(row, table.rows[row]!);
  for (const [head, column] of Object.entries(table.columns)) checkColumn(head, column);
  const attacked = attackedColumns(table, heads);
  const { circumstances, provenance, measurements, seeds, elsewhere } = await measureCells(
    table,
    rows.map((label) => ({
      label,
      head: label,
      row: table.rows[label]!,
      cells: attacked.map(([label, column]) => ({ label, column })),
    })),
    options,
  );
  const { profile, dataset } = circumstances;
  const paper = tableNames.find((name) => name === table.name);
  const cellsOf = (row: string, i: number): Record<string, Cell> => {
    const found = new Map(attacked.map(([head], j) => [head, measurements[i]![j]!]));
    const judged = [...found].flatMap(([head, measured]) =>
      table.columns[head]!.kind === "refusals" ? [] : [measured]
    );
    const printed = paper && reported(paper).rows[row];
    return Object.fromEntries(heads.map((head) => {
      const column = settled(table.columns[head]!, profile);
      const cell = column.kind === "worst case" ? worstCases(judged, seeds[i]!) : found.get(head)!;
      const reported = { reported: printed?.values[head] ?? null, quoted: printed?.quoted ?? false };
      return [head, cellOf(cell, table.rows[row]!, column, seeds[i]!, reported)];
    }));
  };
  const { notes: onSeeds = [] } = notesOnSeeds(
    rows.map((row, i) => ({ row: table.rows[row]!, head: row, seeds: seeds[i]! })),
  );
  const notes = [
    ...onSeeds,
    ...notesOnTraining({ elsewhere }),
    ...noteOnFewer(rows, circumstances, options),
    ...noteOnSubstitute(Object.fromEntries(heads.map((head) => [head, table.columns[head]!])), circumstances),
  ];
  const result = {
    experiment: table.name,
    profile: profile.name,
    dataset,
    caption: table.title,
    columns: heads,
    rows: Object.fromEntries(rows.map((row, i) => [row, cellsOf(row, i)])),
    ...breaksIn(rows.map((row) => [row, table.rows[row]!]), dataset),
    provenance,
    ...(notes.length > 0 ? { notes } : {}),
  };
  const printed = paper === undefined ? [] : reportedFindings(paper)
    .filter(({ about }) => about?.row === undefined || rows.includes(about.row));
  return { ...result, findings: [...measuredFindings(result), ...printed] };
}

/** What is said of rows that are measured on fewer images than the others. */
function noteOnFewer(
  rows: readonly string[],
  { fewerExamples = {} }: ExperimentCircumstances,
  { examples }: TableOptions,
): readonly string[] {
  const fewer = rows.filter((row) => examples === undefined && row in fewerExamples);
  if (fewer.length === 0) return [];
  const named = fewer.map((row) => `${row} (${fewerExamples[row]})`).join(", ");
  return [`Measured on fewer images, since attacks on it take long: ${named}.`];
}

/** The columns that have to be measured for those that are wanted: all of them for a worst case. */
function attackedColumns(
  { columns }: Table,
  wanted: readonly string[],
): (readonly [string, MeasuredColumn])[] {
  const isWorst = (column: Column) => column.kind === "worst case";
  const heads = wanted.some((head) => isWorst(columns[head]!)) ? Object.keys(columns) : wanted;
  return heads.flatMap((head) => {
    const column = columns[head]!;
    switch (column.kind) {
      case "worst case":
        return [];
      case "refusals": // counted when clean images are judged
        return [[head, { kind: column.of, only: "detects" }] as const];
      default:
        return [[head, column] as const];
    }
  });
}

/** Image by image what survives all columns of a row, from each seed. */
function worstCases(
  columns: readonly (readonly (Measurement | undefined)[])[],
  seeds: readonly number[],
): readonly (Measurement | undefined)[] {
  return seeds.map((_, i) => {
    const all = columns.flatMap((measurements) => measurements[i] ?? []);
    return all.length === 0 ? undefined : worstCase(all);
  });
}
