import { defenseOf, type DefenseRow } from "./defense.ts";
import type { PublishedBreak } from "./published_break.ts";

/**
 * What other people's evaluations left of the defense of a row, its settings considered: those on this data set first,
 * and of them those within a ball in L∞, the norm of all tables; then those that left least.
 *
 * @param row The row.
 * @param dataset The name of the data set that the row is measured on.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { breaksOf, none } from "@gcln/kit/defenses";
 *
 * const [worst] = breaksOf(none(), "cifar10");
 * assertEquals([worst?.by, worst?.left], ["Croce et al. 2021", 0]);
 * ```
 */
export function breaksOf(row: DefenseRow, dataset: string): readonly PublishedBreak[] {
  const { breaks, settings } = defenseOf(row), given = row as unknown as Readonly<Record<string, unknown>>;
  const isMeant = ({ where = {} }: PublishedBreak) =>
    Object.entries(where).every(([name, value]) => (given[name] ?? settings[name]?.default) === value);
  const distance = ({ on, ball }: PublishedBreak) =>
    2 * Number(on !== dataset) + Number(ball?.norm !== "linf");
  return breaks.filter(isMeant).toSorted((a, b) => distance(a) - distance(b) || a.left - b.left);
}
