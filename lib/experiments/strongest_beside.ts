import type { AttackSpec, Ball } from "../attacks/mod.ts";
import type { Cell, Result } from "../evaluation/mod.ts";
import { type AttackColumn, type Column, isMeasured, type Table } from "./table.ts";

/** A row of a comparison of `strongest` with other attacks on the same images. */
export interface BesideStrongest {
  /** The row's head. */
  readonly row: string;
  /** What `strongest` leaves. */
  readonly strongest: number;
  /** The column that leaves least of all others. */
  readonly best: string;
  /** What that column leaves. */
  readonly left: number;
  /** How much more `strongest` leaves, as a share of all images; below 0 where it leaves less. */
  readonly behind: number;
}

/** The heads of the columns with AutoAttack. */
const AUTO_ATTACK = "AutoAttack", AUTO_ATTACK_THROUGH = "AutoAttack, BPDA";
/** The budget of `strongest` where the table has no such column. */
const BUDGET = 300;

const isStrongest = (column: Column): column is AttackColumn =>
  column.kind === "attack" && column.attack.attack === "strongest";

/**
 * A table for comparing `strongest` with AutoAttack and with all attacks that the table has for each row: its measured rows,
 * its attacks in the ball of `strongest`, and AutoAttack's standard version, on what an adaptive attacker differentiates
 * and, of defenses that have no gradient somewhere, through straight-through rounding.
 *
 * Cells that the table has already keep their keys: only AutoAttack is measured anew.
 *
 * @param table A table with attacks.
 * @throws {RangeError} If no attack of the table has a ball.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { strongestBeside, table1 } from "@gcln/kit/experiments";
 *
 * const { name, columns, rows } = strongestBeside(table1);
 * assertEquals([name, "AutoAttack" in columns, "Worst case" in columns], ["strongest-table1", true, false]);
 * assertEquals(Object.values(rows).filter(({ defense }) => defense === "not measured yet"), []);
 * ```
 */
export function strongestBeside(table: Table): Table {
  const attacks = Object.entries(table.columns).filter((entry): entry is [string, AttackColumn] =>
    entry[1].kind === "attack"
  );
  const own = attacks.find(([, column]) => isStrongest(column));
  const ball = (own ?? attacks[0])?.[1].attack.ball as Ball | undefined;
  if (ball === undefined) {
    throw new RangeError(
      `Cannot compare attacks of ${JSON.stringify(table.name)}: a column with an attack in a ball is wanted`,
    );
  }
  const inBall = attacks.filter(([, { attack }]) => isSame(attack.ball as Ball, ball));
  const autoAttack: AttackSpec = { attack: "autoAttack", ball };
  return {
    ...table,
    name: `strongest-${table.name}`,
    title: `strongest beside other attacks on the same images; ${table.title}`,
    rows: Object.fromEntries(Object.entries(table.rows).filter(([, row]) => isMeasured(row))),
    columns: {
      "Clean": { kind: "clean" },
      ...Object.fromEntries(inBall.filter(([, column]) => !isStrongest(column))),
      [AUTO_ATTACK]: { kind: "attack", surrogate: "adaptive", attack: autoAttack },
      [AUTO_ATTACK_THROUGH]: {
        kind: "attack",
        surrogate: "straight-through",
        only: "non-differentiable",
        attack: autoAttack,
      },
      "Strongest": own?.[1] ??
        { kind: "attack", surrogate: "adaptive", attack: { attack: "strongest", ball, budget: BUDGET } },
    },
  };
}

function isSame(a: Ball | undefined, b: Ball): boolean {
  return a !== undefined && a.norm === b.norm && a.epsilon === b.epsilon;
}

/**
 * How `strongest` compares with the best other attack of each row, image sets being the same.
 *
 * @param result What `reproduce` measured of {@linkcode strongestBeside}. Rows that were not measured are left out.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { besideStrongest } from "@gcln/kit/experiments";
 *
 * const cell = (accuracy: number) => ({ accuracy, reported: null, quoted: false, attack: { attack: "pgd" } });
 * const rows = { "Mine": { "PGD": cell(0.5), "Strongest": { ...cell(0.25), attack: { attack: "strongest" } } } };
 * assertEquals(besideStrongest({ rows }), [
 *   { row: "Mine", strongest: 0.25, best: "PGD", left: 0.5, behind: -0.25 },
 * ]);
 * ```
 */
export function besideStrongest({ rows }: Pick<Result, "rows">): readonly BesideStrongest[] {
  return Object.entries(rows).flatMap(([row, cells]) => {
    const attacked = Object.entries(cells).filter(([, { accuracy, attack }]) => accuracy !== null && attack);
    const isOurs = ([, { attack }]: readonly [string, Cell]) => attack!.attack === "strongest";
    const [ours] = attacked.filter(isOurs);
    const [best] = attacked.filter((entry) => !isOurs(entry)).toSorted(([, a], [, b]) =>
      a.accuracy! - b.accuracy!
    );
    if (ours === undefined || best === undefined) return [];
    const strongest = ours[1].accuracy!, left = best[1].accuracy!;
    return [{ row, strongest, best: best[0], left, behind: strongest - left }];
  });
}
