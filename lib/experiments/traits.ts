import type { DefenseTrait } from "../evaluation/mod.ts";
import type { Figure } from "./figure.ts";
import type { MeasuredRow, Row, Table } from "./table.ts";

/** Passes of a random defense that are averaged, to attack it and, with other draws, to score it. */
export const RANDOM_DRAWS = 8;

/**
 * What a defense is made of, as far as it matters to an attacker: parametric noise is random, and the GCLN rounds, which
 * has no gradient. The classifier alone has a gradient everywhere, adversarially trained or not.
 *
 * @param row What defends.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { traitsOf } from "@gcln/kit/experiments";
 *
 * assertEquals(traitsOf({ defense: "parametric noise" }), ["randomised"]);
 * ```
 */
export function traitsOf(row: MeasuredRow): readonly DefenseTrait[] {
  switch (row.defense) {
    case "none":
    case "adversarial training":
      return [];
    case "parametric noise":
      return ["randomised"];
    case "gcln":
      return ["non-differentiable"];
    default:
      return row satisfies never;
  }
}

/**
 * What the defenses of an experiment are made of, by the heads of their rows or the names of their curves: the `traits`
 * that `checklist` asks for. Rows that are not measured yet are left out.
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
  const defenses = "rows" in experiment ? Object.entries(experiment.rows) : Object.values(experiment.panels)
    .flatMap(({ curves }) => Object.entries(curves))
    .map(([name, curve]): [string, Row] => [
      name,
      curve.over === "q" ? { ...curve.defense, q: curve.at[0]! } : curve.defense,
    ]);
  return Object.fromEntries(
    defenses.flatMap(([name, row]) =>
      row.defense === "not measured yet" ? [] : [[name, traitsOf(row)] as const]
    ),
  );
}
