import { type MeasuredRow, specsOf } from "../../lib/defenses/mod.ts";
import {
  circumstancesOf,
  type ExperimentOptions,
  isMeasured,
  type Table,
} from "../../lib/experiments/mod.ts";
import { idOf, isTrained, type TrainedSpec, withNeeded } from "../../lib/training/mod.ts";

/** The work of a table in pieces that may run at once, each on a machine of its own. */
export interface Plan {
  /** The networks that have to be trained, by level: what a network needs is on an earlier one. */
  readonly networks: readonly (readonly TrainedSpec[])[];
  /** The heads of the row and column of each cell. What is made of other cells (a worst case) is left for the end. */
  readonly cells: readonly (readonly [row: string, column: string])[];
}

/** Which part of a table. Default all of it. */
export interface Part {
  readonly rows?: readonly string[] | undefined;
  readonly columns?: readonly string[] | undefined;
}

/**
 * The plan of a table.
 *
 * @param retrain Whether networks that are there are trained all the same.
 */
export async function planOf(
  table: Table,
  { rows, columns }: Part,
  options: ExperimentOptions,
  retrain = false,
): Promise<Plan> {
  const circumstances = circumstancesOf(table, options);
  const shown = Object.entries(table.columns).filter(([head]) => columns?.includes(head) ?? true);
  const measured = Object.entries(table.rows).filter(([head, row]) =>
    isMeasured(row) && (rows?.includes(head) ?? true)
  ) as [string, MeasuredRow][];
  const threats = shown.flatMap(([, column]) => column.kind === "attack" ? [column.surrogate] : []);
  const levels = new Map<string, number>(), missing = new Map<string, TrainedSpec>();
  for (const seed of circumstances.seeds) {
    for (const spec of measured.flatMap(([, row]) => specsOf(row, { ...circumstances, seed }, { threats }))) {
      const id = await idOf(spec);
      const needed = await Promise.all(withNeeded(spec).filter((other) => other !== spec).map(idOf));
      levels.set(id, 1 + Math.max(-1, ...needed.map((other) => levels.get(other) ?? -1)));
      if (missing.has(id)) continue;
      if (retrain || !await isTrained(spec, circumstances.training)) missing.set(id, spec);
    }
  }
  const networks: TrainedSpec[][] = [];
  for (const [id, spec] of missing) (networks[levels.get(id)!] ??= []).push(spec);
  return {
    networks: [...networks].filter((level) => level?.length > 0),
    cells: measured.flatMap(([row]) =>
      shown.filter(([, { kind }]) => kind === "clean" || kind === "attack").map(([column]) =>
        [row, column] as const
      )
    ),
  };
}
