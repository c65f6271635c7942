import { join } from "node:path";
import { sha256 } from "../../lib/files/mod.ts";

/** A file that is not what it has to be. */
export interface Damage {
  readonly path: string;
  /** What is wrong with it. */
  readonly what: string;
}

/** The networks that come with the kit. */
export interface ShippedHealth {
  /** How many are as they were shipped. */
  readonly whole: number;
  readonly damaged: readonly Damage[];
}

const FOLDER = "fixtures/trained", DIGESTS = "fixtures/trained_sha256.json";

/** Compares each network that comes with the kit with its digest; paths are those in the checkout. */
export async function shippedHealth(root: string): Promise<ShippedHealth> {
  let digests: Readonly<Record<string, string>>;
  try {
    digests = JSON.parse(await Deno.readTextFile(join(root, DIGESTS)));
  } catch {
    return {
      whole: 0,
      damaged: [{ path: DIGESTS, what: "it is not there, or no JSON: no network is used" }],
    };
  }
  const names = await Array.fromAsync(Deno.readDir(join(root, FOLDER)), ({ name }) => name).catch(() => []);
  const damaged: Damage[] = [];
  for (const name of [...new Set([...Object.keys(digests), ...names])].toSorted()) {
    const path = `${FOLDER}/${name}`, what = await damageOf(join(root, path), digests[name]);
    if (what !== undefined) damaged.push({ path, what });
  }
  return { whole: Object.keys(digests).filter((name) => !isIn(damaged, name)).length, damaged };
}

function isIn(damaged: readonly Damage[], name: string): boolean {
  return damaged.some(({ path }) => path === `${FOLDER}/${name}`);
}

async function damageOf(path: string, digest: string | undefined): Promise<string | undefined> {
  if (digest === undefined) return `${DIGESTS} does not know it: it is not used`;
  const bytes = await Deno.readFile(path).catch(() => undefined);
  if (bytes === undefined) return "it is not there, or may not be read";
  return await sha256(bytes) === digest
    ? undefined
    : "its content is not what was shipped (its SHA-256 differs)";
}
