import { join } from "node:path";
import { type DatasetKind, knownKinds } from "./define_dataset.ts";
import { imageFolder } from "./image_folder.ts";
import * as kinds from "./kinds.ts";
import { npz } from "./npz.ts";

/** One of the kit's data sets. */
export type OwnDataset = typeof kinds[keyof typeof kinds];

/** A data set's name, as specs, results and command lines have it: one of the kit's, or that of one's own. */
export type DatasetName = OwnDataset["name"] | (string & Record<never, never>);

const own = Object.values(kinds) as readonly DatasetKind[];
knownKinds.close();

/**
 * Every data set of the kit by its name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { datasets } from "@gcln/kit/data";
 *
 * assertEquals(datasets["street-digits"].name, "street-digits");
 * assertEquals(datasets.cifar10.facts.examples, { train: 50_000, test: 10_000 });
 * ```
 */
export const datasets: { readonly [Kind in OwnDataset as Kind["name"]]: Kind } = Object.fromEntries(
  knownKinds.all().filter((kind) => own.includes(kind)).map((kind) => [kind.name, kind]),
) as { readonly [Kind in OwnDataset as Kind["name"]]: Kind };

/** How a name on the command line says that it is a path. */
const places = {
  folder: (path: string) => imageFolder(path),
  npz: (path: string) => npz(path),
} as const;

/**
 * A data set that is known already: one of the kit's, or one that was defined in this program.
 *
 * @throws {RangeError} Where none has the name; the message has the nearest one.
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { cifar10, knownDataset } from "@gcln/kit/data";
 *
 * assertEquals(knownDataset("cifar10"), cifar10);
 * assertThrows(() => knownDataset("cifar-10"), RangeError, 'did you mean "cifar10"?');
 * ```
 */
export function knownDataset(name: string): DatasetKind {
  return knownKinds.named(name);
}

/** The names of all data sets that are known: the kit's, and those that were defined in this program. */
export function knownDatasets(): readonly string[] {
  return knownKinds.all().map(({ name }) => name);
}

/**
 * The data set that a name stands for, as command lines and experiments take it.
 *
 * @param name One of the kit's; the name of one that was defined in this program; `folder:PATH` for a folder of images
 * ({@link imageFolder}); `npz:PATH` for a file of NumPy arrays ({@link npz}). A kind stands for itself.
 * @throws {RangeError} Where none has the name; the message has the nearest one.
 * @throws {DataError} Where what is at a path can't be used.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cifar10, datasetNamed } from "@gcln/kit/data";
 *
 * assertEquals(await datasetNamed("cifar10"), cifar10);
 * ```
 */
export async function datasetNamed(name: string | DatasetKind): Promise<DatasetKind> {
  if (typeof name === "function") return name;
  const [, place, path] = /^(\w+):(.*)$/s.exec(String(name)) ?? [];
  if (place === undefined || !Object.hasOwn(places, place)) {
    if (!knownKinds.has(name) && /[/\\]/.test(name)) {
      throw new RangeError(
        `Cannot use data set "${name}": a folder of images is written folder:${name}, a file of arrays npz:${name}`,
      );
    }
    return knownDataset(name);
  }
  if (path === "") throw new RangeError(`Cannot use data set "${name}": a path is wanted behind the colon`);
  // Behind the colon a shell leaves the tilde as it is.
  const home = /^~(?=\/)/.test(path!) ? Deno.env.get("HOME") : undefined;
  return await places[place as keyof typeof places](home === undefined ? path! : join(home, path!.slice(2)));
}
