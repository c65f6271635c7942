import { cifar10, cifar10Source } from "./cifar10.ts";
import type { Dataset } from "./dataset.ts";
import { fashionMnist, fashionMnistSource } from "./fashion_mnist.ts";
import { find, inspect, type LoadOptions, type Source } from "./sources.ts";
import { streetDigits } from "./street_digits.ts";
import { svhn, svhnSource } from "./svhn.ts";

/** The data sets' names, as results and command lines have them. */
export type DatasetName = "street-digits" | "fashion-mnist" | "cifar10" | "svhn";

/**
 * Every data set by its name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { datasets } from "@gcln/kit/data";
 *
 * assertEquals(Object.keys(datasets), ["street-digits", "fashion-mnist", "cifar10", "svhn"]);
 * ```
 */
export const datasets: Readonly<
  Record<DatasetName, (split: "train" | "test", options?: LoadOptions) => Promise<Dataset>>
> = {
  "street-digits": (split) => streetDigits(split),
  "fashion-mnist": fashionMnist,
  "cifar10": cifar10,
  "svhn": svhn,
};

const sources: Readonly<Record<DatasetName, Source | undefined>> = {
  "street-digits": undefined,
  "fashion-mnist": fashionMnistSource,
  "cifar10": cifar10Source,
  "svhn": svhnSource,
};

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
 * @returns One entry for each published file, or one for the archive where its parts are not all there; none for data
 * sets that are made here.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { locate } from "@gcln/kit/data";
 *
 * assertEquals(await locate("street-digits"), []);
 * ```
 */
export async function locate(name: DatasetName, options: LoadOptions = {}): Promise<LocatedFile[]> {
  const source = sources[name];
  if (source === undefined) return [];
  const all = await Promise.all(
    Object.keys(source.checksums).map(async (file): Promise<LocatedFile> => {
      const path = await find(source, file, options);
      if (path === undefined) return { file, state: "missing" };
      return { file, path, state: await inspect(source, file, path) };
    }),
  );
  const parts = all.filter(({ file }) => file !== source.archive);
  const needsArchive = source.archive !== undefined && parts.some(({ path }) => path === undefined);
  return needsArchive ? all.filter(({ file }) => file === source.archive) : parts;
}
