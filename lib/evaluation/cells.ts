import {
  cacheFolder,
  DamagedError,
  isLocked,
  openSealedJson,
  readIfThere,
  sayUnused,
  sealedJson,
  withLock,
  writeAtomically,
} from "../files/mod.ts";
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
  /** Whether another process is at work under this key now, so that it pays to take another one first. Default: none is. */
  isBusy?(key: unknown): Promise<boolean>;
  /**
   * Does some work, such as all cells of a row, and lets other processes see by {@linkcode isBusy} that this one is at it.
   * Default: it is done without a sign.
   */
  busyWith?<T>(key: unknown, work: () => Promise<T>): Promise<T>;
}

/** Fields of {@link cellCache}. */
export interface CellCacheOptions {
  /** Where the files are; default: the user's cache folder, `gcln/measured`. */
  readonly folder?: string;
  /** Makes everything anew. */
  readonly fresh?: boolean;
  /**
   * With `fresh`: the moment at which the run began, which is its name. What the same run has measured is taken, so that it
   * goes on after a stop; what any other run has measured is not, whatever the clock says. Default: nothing is taken.
   */
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

/** A measurement in a file, and the run with `fresh` that made it, if one did. */
interface Kept {
  readonly measurement: Measurement;
  readonly run: unknown;
}

/** What a file's bytes hold under the name of a key. */
async function read(bytes: Uint8Array, name: string): Promise<Kept> {
  const { key, measurement, run } = await openSealedJson(bytes, ["key", "measurement", "provenance"]);
  if (await digest(key) !== name) throw new DamagedError("it is the measurement of another cell");
  const { correct, ...rest } = measurement as Omit<Measurement, "correct"> & { readonly correct: string };
  if (!/^[01]+$/.test(correct) || typeof rest.seconds !== "number") {
    throw new DamagedError("it is no measurement");
  }
  return { run, measurement: { ...rest, correct: [...correct].map((verdict) => verdict === RIGHT) } };
}

/**
 * A cache of measurements. Several processes may fill one at once: a file is written under another name and renamed, and
 * what one of them measures the others wait for. A process that is killed lets its cell go.
 *
 * The key is everything that the measurement depends on, as JSON; its hash is the file's name. A file that is damaged
 * or holds another cell is named on stderr, and the cell is measured again. Files of earlier versions carry no digest; of
 * them the key and the form are checked.
 *
 * A file is JSON: `key`, `measurement` (the verdicts, image by image, with time and passes), and, where
 * the caller tells it, `provenance` (engine, versions, date, and the specs of the networks, which can be trained again);
 * `run`, where a run with `fresh` made it; and `sha256`, the digest of all its other bytes.
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
  const run = fresh ? since?.toISOString() : undefined;
  /** What is kept in a file, if it is whole and the run may take it. */
  const found = async (path: string, name: string, says: boolean): Promise<Measurement | undefined> => {
    const bytes = fresh && run === undefined ? undefined : await readIfThere(path);
    if (bytes === undefined) return undefined;
    try {
      const kept = await read(bytes, name);
      return fresh && kept.run !== run ? undefined : kept.measurement;
    } catch (error) {
      if (says) sayUnused(path, error instanceof DamagedError ? error.message : "it is no measurement");
      return undefined;
    }
  };
  return {
    async get<M extends Measurement>(
      key: unknown,
      make: () => Promise<M>,
      about?: Omit<CellProvenance, "date">,
    ): Promise<M> {
      const name = await digest(key), path = `${folder}/${name}.json`, known = await found(path, name, false);
      if (known !== undefined) return known as M;
      return await withLock(`${folder}/${name}.lock`, async () => {
        const meanwhile = await found(path, name, true);
        if (meanwhile !== undefined) return meanwhile as M;
        const measurement = await make();
        const provenance: CellProvenance | undefined = about && { ...about, date: new Date().toISOString() };
        await writeAtomically(
          path,
          await sealedJson({ key, measurement: write(measurement), provenance, run }),
        );
        return measurement;
      });
    },
    busyWith: async (key, work) => await withLock(`${folder}/${await digest(key)}.lock`, work),
    isBusy: async (key) => await isLocked(`${folder}/${await digest(key)}.lock`),
  };
}
