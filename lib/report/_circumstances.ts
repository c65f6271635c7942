import type { Cell, LikenessResult, Provenance } from "../evaluation/mod.ts";
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
    ...(result.part === undefined ? [] : [`only a part: ${result.part}`]),
    ...(counts.length === 0 ? [] : [`n = ${range(counts)}`]),
    ...(seeds.length === 0 ? [] : [`${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`]),
    backend,
    ...(date ? [date.slice(0, 10)] : []),
  ];
}

/** The kit that made a result, `kit 0.1.0 (commit 5af2a84)`, as far as the result tells. */
export function kitText({ kit, commit }: Provenance): string[] {
  const [hash, ...rest] = (commit ?? "").split(" ");
  const short = [hash!.slice(0, 7), ...rest].join(" ");
  if (kit === undefined) return commit ? [`commit ${short}`] : [];
  return [`kit ${kit}${commit ? ` (commit ${short})` : ""}`];
}

function range(values: readonly number[]): string {
  const low = Math.min(...values), high = Math.max(...values);
  return low === high ? `${low}` : `${low} to ${high}`;
}
