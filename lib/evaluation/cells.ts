import { cacheFolder, isWrittenSince, readIfThere, writeAtomically } from "../files/mod.ts";
import { checkSettings, object, text } from "../kinds/mod.ts";
import { digest, type TrainedSpec } from "../training/mod.ts";
import type { Measurement } from "./measure.ts";
import type { Provenance } from "./result.ts";

/** How a measurement came about, beside what is in its key: enough for a reader to make it again. */
export interface CellProvenance extends Pick<Provenance, "backend" | "date" | "kit" | "commit"> {
  /** The versions of what it ran on, by name: `deno`, `tensorflow.js`, the engine's where it has one of its own. */
  readonly versions: Readonly<Record<string, string>>;
  /** The specs of the networks in play by their names, those first that others are made from: `trained` makes them. */
  readonly networks: Readonly<Record<string, TrainedSpec>>;
}

/** Finished measurements on disk, one file each, so that a stopped table goes on where it was. */
export interface CellCache {
  /**
   * The measurement under this key, from the cache or made now.
   *
   * @param key Everything that the measurement depends on, as JSON.
   * @param make Measures. Fields beside those of a measurement have to be JSON, and come back as they are.
   * @param about How it comes about, for whoever reads the file; the date is added when it is finished.
   */
  get<M extends Measurement>(
    key: unknown,
    make: () => Promise<M>,
    about?: Omit<CellProvenance, "date">,
  ): Promise<M>;
}

/** Fields of {@link cellCache}. */
export interface CellCacheOptions {
  /** Where the files are; default: the user's cache folder, `gcln/measured`. */
  readonly folder?: string;
  /** Makes everything anew. */
  readonly fresh?: boolean;
  /** With `fresh`: what was measured since then is new enough, so that a stopped run goes on. Default: nothing is. */
  readonly since?: Date;
}

const SETTINGS = {
  folder: text(),
  fresh: { wanted: "true or false", accepts: (value: unknown) => typeof value === "boolean" },
  since: object("a Date"),
};

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
 * A file is JSON of three parts: `key`, `measurement` (the verdicts, image by image, with time and passes), and, where
 * the caller tells it, `provenance` (engine, versions, date, and the specs of the networks, which can be trained again).
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
export function cellCache(options: CellCacheOptions = {}): CellCache {
  checkSettings("cellCache", SETTINGS, options);
  const { folder = `${cacheFolder()}/measured`, fresh = false, since } = options;
  const isWanted = async (path: string): Promise<boolean> =>
    !fresh || since !== undefined && await isWrittenSince(path, since);
  return {
    async get<M extends Measurement>(
      key: unknown,
      make: () => Promise<M>,
      about?: Omit<CellProvenance, "date">,
    ): Promise<M> {
      const path = `${folder}/${await digest(key)}.json`;
      const bytes = await isWanted(path) ? await readIfThere(path) : undefined;
      const known = bytes && read(bytes);
      if (known !== undefined) return known as M;
      const measurement = await make();
      const provenance: CellProvenance | undefined = about && { ...about, date: new Date().toISOString() };
      await writeAtomically(path, JSON.stringify({ key, measurement: write(measurement), provenance }));
      return measurement;
    },
  };
}
