import { attacks } from "../attacks/mod.ts";
import { architectureCode } from "../networks/mod.ts";

/**
 * Digests of the code of a user's own architectures and attacks that a spec names: a network that was trained by other code
 * under the same name is another network. Undefined if all are the kit's.
 */
export function ownCodeIn(spec: unknown): readonly string[] | undefined {
  const codes = new Set<string>();
  const attackCode = (name: string) => attacks().find((attack) => attack.name === name)?.code;
  const look = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    const { architecture, attack } = value as Readonly<Record<string, unknown>>;
    for (const [code, name] of [[architectureCode, architecture], [attackCode, attack]] as const) {
      const found = typeof name === "string" ? code(name) : undefined;
      if (found !== undefined) codes.add(`${name} ${found}`);
    }
    Object.values(value).forEach(look);
  };
  look(spec);
  return codes.size === 0 ? undefined : [...codes].sort();
}
