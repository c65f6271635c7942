import { attackNamed, choosesSurrogates } from "../../attacks/mod.ts";
import { defenseOf, type DefenseRow, type Deployment } from "../../defenses/mod.ts";
import { backendName } from "../../tensor/mod.ts";
import type { MeasuredColumn } from "../table.ts";
import { CODE_VERSION, type Run } from "./prepare.ts";

/** A row as a part of a key: with the code of a user's own defense; absent where the names of its networks tell enough. */
export function rowInKey(
  row: DefenseRow,
): { readonly row: DefenseRow; readonly code?: string } | undefined {
  const { code, keptBy } = defenseOf(row);
  if (code !== undefined) return { row, code };
  return keptBy === "row" ? { row } : undefined;
}

/** The names of other surrogates, where there are any. */
function namesOf(surrogates: object): readonly string[] | undefined {
  const names = Object.keys(surrogates);
  return names.length === 0 ? undefined : names.sort();
}

/** Everything that a measurement depends on. Of a user's own defense or attack this is its code as well. */
export async function keyOf(
  { circumstances: { profile, seed, search = "float32" }, test }: Run,
  column: MeasuredColumn,
  defense: Deployment,
) {
  const attack = column.kind === "attack" ? column.attack : undefined;
  const threat = column.kind === "attack" ? column.surrogate : undefined;
  const { traits } = defenseOf(defense.row);
  return {
    networks: [...defense.networks, ...threat ? await defense.attackersNetworks(threat) : []],
    defense: rowInKey(defense.row),
    refusals: traits.includes("detects") ? "counted" : undefined,
    attack,
    attackCode: attack && attackNamed(attack.attack).code,
    surrogate: threat,
    surrogates: attack && threat && choosesSurrogates(attack)
      ? namesOf(defense.otherSurrogates(threat))
      : undefined,
    learned: threat && defense.surrogateSettings(threat),
    search: attack === undefined || search === "float32" ? undefined : search,
    data: test.checksum,
    profile: profile.name,
    backend: backendName(),
    seed,
    code: CODE_VERSION,
  };
}
