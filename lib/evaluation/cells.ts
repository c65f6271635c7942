import { cacheFolder, digest, readIfThere, writeAtomically } from "../training/mod.ts";
import type { Measurement } from "./measure.ts";

/** Finished measurements on disk, one file each, so that a stopped table goes on where it was. */
export interface CellCache {
  /** The measurement under this key, from the cache or made now. */
  get(key: unknown, make: () => Promise<Measurement>): Promise<Measurement>;
}

/** Fields of {@link cellCache}. */
export interface CellCacheOptions {
  /** Where the files are; default: the user's cache folder, `gcln/measured`. */
  readonly folder?: string;
  /** Makes everything anew. */
  readonly fresh?: boolean;
}

/** What one image's verdict is in a file. */
const RIGHT = "1", WRONG = "0";

/** A measurement in a file: the verdicts as a word of ones and zeros. */
function write({ correct, ...rest }: Measurement) {
  return { ...rest, correct: correct.map((right) => right ? RIGHT : WRONG).join("") };
}

/** The measurement in a file's bytes, or undefined where they hold none. */
function read(bytes: Uint8Array): Measurement | undefined {
  try {
    const { correct, ...rest } = JSON.parse(new TextDecoder().decode(bytes)).measurement;
    if (!/^[01]+$/.test(correct) || typeof rest.seconds !== "number") return undefined;
    return { ...rest, correct: [...correct].map((verdict) => verdict === RIGHT) };
  } catch {
    return undefined;
  }
}

/**
 * A cache of measurements. Several processes may fill one at once: a file is written under another name and renamed.
 *
 * The key is everything that the measurement depends on, as JSON; its hash is the file's name. A damaged file counts as
 * none, so that the cell is measured again.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cellCache } from "@gcln/kit/evaluation";
 *
 * const folder = await Deno.makeTempDir(), cells = cellCache({ folder });
 * await cells.get({ row: "Mine" }, () => Promise.resolve({ correct: [true, false], seconds: 1 }));
 * const { correct } = await cells.get({ row: "Mine" }, () => Promise.reject(new Error("Not asked for")));
 * assertEquals(correct, [true, false]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function cellCache(
  { folder = `${cacheFolder()}/measured`, fresh = false }: CellCacheOptions = {},
): CellCache {
  return {
    async get(key, make) {
      const path = `${folder}/${await digest(key)}.json`;
      const bytes = fresh ? undefined : await readIfThere(path);
      const known = bytes && read(bytes);
      if (known !== undefined) return known;
      const measurement = await make();
      await writeAtomically(path, JSON.stringify({ key, measurement: write(measurement) }));
      return measurement;
    },
  };
}
