import type { Cell, LikenessResult } from "../evaluation/mod.ts";
import { cellsOf } from "./_cell_text.ts";
import { resultTables } from "./_result_tables.ts";
import type { ExperimentResult } from "./experiment_result.ts";

/** The circumstances of a result, in short phrases: profile, data set, n, seeds, backend, date. */
export function circumstances(result: ExperimentResult | LikenessResult): string[] {
  const cells: readonly Pick<Cell, "accuracy" | "n" | "seeds">[] = "attacks" in result
    ? [{ accuracy: 1, n: result.n }]
    : cellsOf(resultTables(result));
  const counts = [
    ...new Set(cells.flatMap(({ accuracy, n }) => accuracy === null || n === undefined ? [] : [n])),
  ];
  const seeds = [...new Set(cells.flatMap(({ seeds }) => seeds ?? []))].sort((a, b) => a - b);
  const { backend, date } = result.provenance;
  return [
    `profile ${result.profile}`,
    `data set ${result.dataset}`,
    ...(counts.length === 0 ? [] : [`n = ${range(counts)}`]),
    ...(seeds.length === 0 ? [] : [`${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`]),
    backend,
    ...(date ? [date.slice(0, 10)] : []),
  ];
}

function range(values: readonly number[]): string {
  const low = Math.min(...values), high = Math.max(...values);
  return low === high ? `${low}` : `${low} to ${high}`;
}
