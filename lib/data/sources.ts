import { join } from "node:path";
import { cacheFolder } from "../files/mod.ts";
import { callable, either, object, type Settings, text, word } from "../kinds/mod.ts";
import { DataError } from "./data_error.ts";
import { download, type DownloadProgress } from "./download.ts";
import { checksumLike, fileChecksumLike, fileSize, readUnpacked, unusable, wrongChecksum } from "./_files.ts";
import { progressBar } from "./progress_bar.ts";
import { flag } from "./_settings.ts";

/** Where a data set comes from and what is done with what is missing. */
export interface LoadOptions {
  /** Looked in first, and in its subfolder of the data set's name. Default the environment's `GCLN_DATA`. */
  readonly folder?: string;
  /** Where downloads are kept, a folder for each data set. Default `gcln/data` in the user's cache folder. */
  readonly cache?: string;
  /** Whether files that are found nowhere are downloaded. Default true. */
  readonly download?: boolean;
  /** Is told how far a download is. Default a bar on the terminal. */
  readonly progress?: DownloadProgress;
  /**
   * What the files must be: SHA-256 (hex) of each by name, of the unpacked content where `.gz` is the name's only
   * packing; or `unchecked`, for files of one's own in the same format. Default what was published.
   */
  readonly checksums?: Readonly<Record<string, string>> | "unchecked";
  /** An address that has the files, in place of the official one. */
  readonly mirror?: string;
}

/** The options of every data set. */
export const loadSettings: Settings = {
  folder: text(),
  cache: text(),
  download: flag({ default: true }),
  progress: callable(),
  checksums: either(word(["unchecked"]), object("checksums by file name")),
  mirror: text(),
};

/** A data set's files as they were published. */
export interface Source {
  /** The data set; also the name of its folder in the cache. */
  readonly name: string;
  /** Where its files are published, with a slash at the end. */
  readonly address: string;
  /** Folders in which other tools keep it, below the user's data folder. */
  readonly layouts: readonly string[];
  /** Folders of system packages. */
  readonly system: readonly string[];
  /**
   * SHA-256 (hex) by file name, of the unpacked content where `.gz` is the name's only packing; MD5 where nothing else
   * was published.
   */
  readonly checksums: Readonly<Record<string, string>>;
  /** The bytes of its largest file, packed or unpacked: what is longer is none of them. Default 2 GiB. */
  readonly largest?: number;
  /** The one of the files that holds all the others. */
  readonly archive?: string;
  /** How else to get it, for the error. */
  readonly hint?: string;
  /** The same data in other files, which will do as well. */
  readonly alternative?: Source;
  /** Other names under which people keep a file. Default none. */
  readonly otherNames?: (file: string) => readonly string[];
}

/** Where downloads of a data set are kept. */
export function dataFolder(name: string, { cache = join(cacheFolder(), "data") }: LoadOptions = {}): string {
  return join(cache, name);
}

/** All folders a data set is looked for in, in this order. */
export function foldersOf(source: Source, options: LoadOptions = {}): string[] {
  const { folder = Deno.env.get("GCLN_DATA") } = options;
  const own = folder ? ["", source.name, ...source.layouts].map((below) => join(folder, below)) : [];
  return [...own, dataFolder(source.name, options), ...source.system];
}

/**
 * The first of the folders' files that has the name or another that people give it, with or without its `.gz`; Kaggle's
 * archives have it in a folder of its own name.
 */
export async function find(
  source: Source,
  file: string,
  options: LoadOptions = {},
): Promise<string | undefined> {
  const packed = [file, ...source.otherNames?.(file) ?? []];
  const names = packed.flatMap((name) => isGzip(name) ? [name, name.slice(0, -".gz".length)] : [name]);
  for (const folder of foldersOf(source, options)) {
    for (const name of names) {
      for (const path of [join(folder, name, name), join(folder, name)]) {
        if (await Deno.stat(path).then(() => true, () => false)) return path;
      }
    }
  }
  return undefined;
}

/** The path of a file that is found or downloaded. */
export async function obtain(source: Source, file: string, options: LoadOptions = {}): Promise<string> {
  const found = await find(source, file, options);
  if (found !== undefined) return found;
  const { download: mayDownload = true, progress = progressBar(), mirror = source.address } = options;
  const hint = `Put it into a folder that GCLN_DATA names${source.hint ? `, or ${source.hint}` : ""}`;
  if (!mayDownload) {
    const folders = foldersOf(source, options).join(", ");
    throw new DataError(
      `Cannot find ${file} of ${source.name} in ${folders}. ${hint}, or allow the download`,
    );
  }
  const path = join(dataFolder(source.name, options), file), wanted = wantedChecksum(source, file, options);
  const check = async (part: string) => {
    try {
      return wrongChecksum(await contentChecksum(file, part, wanted, mostBytes(source, options)), wanted);
    } catch (error) {
      if (error instanceof DataError) return "it is empty, cut off or damaged";
      throw error;
    }
  };
  try {
    await download(`${mirror.replace(/\/?$/, "/")}${file}`, path, {
      check,
      progress,
      largest: mostBytes(source, options),
    });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${error.message}. ${hint}`, { cause: error });
  }
  return path;
}

/** The checksum a file must have, if any. */
export function wantedChecksum(
  source: Source,
  file: string,
  { checksums = {} }: LoadOptions,
): string | undefined {
  return checksums === "unchecked" ? undefined : checksums[file] ?? source.checksums[file];
}

/** Files of one's own in a published format may be this much larger than the published ones. */
const OWN_FILES = 8;

/** The most bytes that a file of a source may unpack to, as far as can be told before its checksum is known. */
export function mostBytes({ largest = 2 ** 31 }: Source, { checksums }: LoadOptions = {}): number {
  return largest * (checksums === undefined ? 1 : OWN_FILES);
}

/** A file's unpacked bytes, found or downloaded, whose form `read` checks before its checksum is. */
export async function load<T>(
  source: Source,
  file: string,
  options: LoadOptions,
  read: (bytes: Uint8Array, path: string) => T,
): Promise<T> {
  const path = await obtain(source, file, options),
    bytes = await readUnpacked(path, mostBytes(source, options));
  const wanted = wantedChecksum(source, file, options),
    wrong = wrongChecksum(checksumLike(wanted, bytes), wanted);
  // What is wrong with the form says more than that the checksum is wrong.
  const content = read(bytes, path);
  if (wrong) throw unusable(path, wrong);
  return content;
}

/** What a file that is there is: `complete`, or what is wrong with it. */
export async function inspect(source: Source, file: string, path: string): Promise<string> {
  try {
    await fileSize(path);
    const wanted = source.checksums[file];
    return wrongChecksum(await contentChecksum(file, path, wanted, mostBytes(source)), wanted) ?? "complete";
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}

async function contentChecksum(
  file: string,
  path: string,
  wanted: string | undefined,
  most: number,
): Promise<string> {
  return isGzip(file)
    ? checksumLike(wanted, await readUnpacked(path, most))
    : await fileChecksumLike(wanted, path);
}

/** Whether gzip is all that a file is packed with. */
function isGzip(file: string): boolean {
  return file.endsWith(".gz") && !file.endsWith(".tar.gz");
}
