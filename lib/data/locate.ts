import { knownDataset } from "./datasets.ts";
import { checkSettings } from "../kinds/mod.ts";
import { find, inspect, type LoadOptions, loadSettings, type Source } from "./sources.ts";

/** One of a data set's files, and whether it is there. */
export interface LocatedFile {
  /** Its published name. */
  readonly file: string;
  /** Where it is; absent where it was not found. */
  readonly path?: string;
  /** `complete`, `missing`, or what is wrong with it. */
  readonly state: string;
}

/**
 * Where a data set's files are on this machine, and whether they are as published. Reads them whole; downloads nothing.
 *
 * @param name The name of a data set that is known.
 * @returns One entry for each published file, or one for the archive where its parts are not all there; none for data
 * sets that have no published files.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { locate } from "@gcln/kit/data";
 *
 * assertEquals(await locate("street-digits"), []);
 * ```
 */
export async function locate(name: string, options: LoadOptions = {}): Promise<LocatedFile[]> {
  checkSettings("locate", loadSettings, options);
  const source = knownDataset(name).files;
  if (source === undefined) return [];
  const found = await located(source, options);
  if (source.alternative === undefined || found.every(isThere)) return found;
  const others = await located(source.alternative, options);
  return others.every(isThere) ? others : found;
}

async function located(source: Source, options: LoadOptions): Promise<LocatedFile[]> {
  const all = await Promise.all(
    Object.keys(source.checksums).map(async (file): Promise<LocatedFile> => {
      const path = await find(source, file, options);
      if (path === undefined) return { file, state: "missing" };
      return { file, path, state: await inspect(source, file, path) };
    }),
  );
  const parts = all.filter(({ file }) => file !== source.archive);
  const needsArchive = source.archive !== undefined && !parts.every(isThere);
  return needsArchive ? all.filter(({ file }) => file === source.archive) : parts;
}

function isThere({ path }: LocatedFile): boolean {
  return path !== undefined;
}
