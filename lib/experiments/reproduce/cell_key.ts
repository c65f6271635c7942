import { attackNamed } from "../../attacks/mod.ts";
import { defenseOf, type Deployment } from "../../defenses/mod.ts";
import { backendName } from "../../tensor/mod.ts";
import type { MeasuredColumn } from "../table.ts";
import { CODE_VERSION, type Run } from "./prepare.ts";

/** Everything that a measurement depends on. Of a user's own defense or attack this is its code as well. */
export async function keyOf(
  { circumstances: { profile, seed, search = "float32" }, test }: Run,
  column: MeasuredColumn,
  defense: Deployment,
) {
  const attack = column.kind === "attack" ? column.attack : undefined;
  const threat = column.kind === "attack" ? column.surrogate : undefined;
  const { code, traits } = defenseOf(defense.row);
  return {
    networks: [...defense.networks, ...threat ? await defense.attackersNetworks(threat) : []],
    defense: code === undefined ? undefined : { row: defense.row, code },
    refusals: traits.includes("detects") ? "counted" : undefined,
    attack,
    attackCode: attack && attackNamed(attack.attack).code,
    surrogate: threat,
    learned: threat && defense.surrogateSettings(threat),
    search: attack === undefined || search === "float32" ? undefined : search,
    data: test.checksum,
    profile: profile.name,
    backend: backendName(),
    seed,
    code: CODE_VERSION,
  };
}
