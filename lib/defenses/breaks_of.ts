import { defenseOf, type DefenseRow } from "./defense.ts";
import type { PublishedBreak } from "./published_break.ts";

/**
 * What other people's evaluations left of the defense of a row, its settings considered: those on this data set first, then
 * those that left least.
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
  const elsewhere = ({ on }: PublishedBreak) => Number(on !== dataset);
  return breaks.filter(isMeant).toSorted((a, b) => elsewhere(a) - elsewhere(b) || a.left - b.left);
}
