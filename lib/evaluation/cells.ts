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

/**
 * A cache of measurements. Several processes may fill one at once: a file is written under another name and renamed.
 *
 * The key is everything that the measurement depends on, as JSON; its hash is the file's name.
 */
export function cellCache(
  { folder = `${cacheFolder()}/measured`, fresh = false }: CellCacheOptions = {},
): CellCache {
  return {
    async get(key, make) {
      const path = `${folder}/${await digest(key)}.json`;
      const bytes = fresh ? undefined : await readIfThere(path);
      if (bytes !== undefined) {
        const { correct, ...rest } = JSON.parse(new TextDecoder().decode(bytes)).measurement;
        return { ...rest, correct: [...correct].map((verdict: string) => verdict === RIGHT) };
      }
      const measurement = await make();
      const correct = measurement.correct.map((right) => right ? RIGHT : WRONG).join("");
      await writeAtomically(path, JSON.stringify({ key, measurement: { ...measurement, correct } }));
      return measurement;
    },
  };
}
