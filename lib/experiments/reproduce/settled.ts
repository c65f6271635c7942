import { type AttackSpec, threatNamed } from "../../attacks/mod.ts";
import type { Profile } from "../../defenses/mod.ts";
import type { Column } from "../table.ts";

/** A column whose attack has the profile's settings where it says nothing itself; an old name of a threat model is today's. */
export function settled<C extends Column>(column: C, { attacks }: Profile): C {
  if (column.kind !== "attack") return column;
  const { attack } = column,
    given = attacks?.[attack.attack] ?? {},
    surrogate = threatNamed(column.surrogate).name;
  const open = Object.entries(given).filter(([setting]) => !Object.hasOwn(attack, setting));
  return { ...column, surrogate, attack: { ...attack, ...Object.fromEntries(open) } as AttackSpec };
}
