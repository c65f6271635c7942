import { type DefenseTrait, traitsOf } from "../defenses/mod.ts";
import { type Figure, pointsOf } from "./figure.ts";
import { isMeasured, type Row, type Table } from "./table.ts";

/**
 * The traits of the defenses of an experiment, by the heads of their rows or the names of their curves: the `traits` option of
 * `checklist`. Rows that are not measured yet are left out.
 *
 * @param experiment A table or a figure.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checklist } from "@gcln/kit/evaluation";
 * import { reproduce, table1, traitsIn } from "@gcln/kit/experiments";
 *
 * const rows = ["No Defense"], columns = ["PGD"];
 * const [list] = checklist(await reproduce(table1, { rows, columns, examples: 4 }), { traits: traitsIn(table1) });
 * const item = list!.items.find(({ item }) => item.includes("(EOT)"));
 * assertEquals([item?.status, item?.evidence], ["holds", "Nothing in the defense is random."]);
 * ```
 */
export function traitsIn(experiment: Table | Figure): Record<string, readonly DefenseTrait[]> {
  const rows: (readonly [string, Row | undefined])[] = "rows" in experiment
    ? Object.entries(experiment.rows)
    : Object.values(experiment.panels).flatMap(({ curves }) => Object.entries(curves))
      .map(([name, curve]) => [name, pointsOf(curve)[0]?.row] as const);
  return Object.fromEntries(
    rows.flatMap(([name, row]) => row && isMeasured(row) ? [[name, traitsOf(row)] as const] : []),
  );
}
