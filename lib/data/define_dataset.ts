import {
  callable,
  checkSettings,
  object,
  type Registry,
  registry,
  type Settings,
  settingsByName,
  text,
  valueText,
} from "../kinds/mod.ts";
import type { Dataset } from "./dataset.ts";
import { checkSplit, type Split } from "./dataset_content.ts";
import { checkFacts, type DatasetFacts } from "./facts.ts";
import { type LoadOptions, loadSettings, type Source } from "./sources.ts";

/** What {@link defineDataset} makes a data set's kind of. */
export interface DatasetDefinition<Name extends string = string, Options extends object = object> {
  /**
   * By which specs, command lines, caches and files of results know it: letters, digits, dots, hyphens and underscores.
   * Networks that are kept are found again as long as the training images under this name are the same.
   */
  readonly name: Name;
  /** As captions and headings write it: "Fashion-MNIST". Default the name. */
  readonly title?: string;
  /** Who made it, or where it comes from. Default "own data". */
  readonly source?: string;
  /** What is known of it; {@link factsOf} takes them from images in memory. */
  readonly facts: DatasetFacts;
  /** The options that `load` takes beside those of all data sets, which say where files are. */
  readonly settings?: Settings;
  /** Its published files, for those who look whether they are there. */
  readonly files?: Source;
  /**
   * Loads one of the two parts; name, classes and shape of what it gives must be those above. It is asked often, to see
   * whether the images are still the same: where loading takes long, keep the data set in a variable.
   */
  load(split: Split, options: LoadOptions & Options): Dataset | Promise<Dataset>;
}

/** A data set before it is loaded: its facts, and a function that loads one of its two parts. */
export interface DatasetKind<Name extends string = string, Options extends object = object> {
  /** Loads one of the two parts. Options that say where files are do nothing for a data set that has none. */
  (split: Split, options?: LoadOptions & Options): Promise<Dataset>;
  /** By which specs, command lines, caches and files of results know it. */
  readonly name: Name;
  /** As captions and headings write it. */
  readonly title: string;
  /** Who made it, or where it comes from. */
  readonly source: string;
  /** What is known of it without loading it. */
  readonly facts: DatasetFacts;
  /** All options that loading it takes. */
  readonly settings: Settings;
  /** Its published files; undefined where there are none. */
  readonly files: Source | undefined;
  /**
   * The checksum of the training images as they are now, for the names of networks that are trained on them. The images of
   * the kit's own data sets never change: for these it is undefined, and their name says enough. It is undefined as well
   * where there are no images to train on.
   */
  content(): Promise<string | undefined>;
}

/** The kinds that are known by their names. */
export const knownKinds: Registry<DatasetKind> = registry<DatasetKind>("data set");

/**
 * Makes a data set known by its name, so that specs, tables, caches and command lines can have it. One's own is treated
 * like those of the kit.
 *
 * @returns The kind: call it with `"train"` or `"test"` to load a part.
 * @throws {RangeError} Where the name is not safe in a file name or one of the kit's own, or the facts contradict each
 * other. The kind throws one for options that it does not know, and where what is loaded is not what was defined.
 *
 * @example A data set of one's own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dataset, datasetNamed, defineDataset, factsOf, type Split } from "@gcln/kit/data";
 *
 * const classes = ["dark", "bright"], shape = [8, 8, 1] as const;
 * const part = (split: Split, size: number) => {
 *   const labels = Array.from({ length: size }, (_, image) => image % 2);
 *   const pixels = Uint8Array.from({ length: size * 64 }, (_, i) => (labels[i >> 6] ? 160 : 60) + i % 37);
 *   return dataset({ name: "shades", split, classes, shape, pixels, labels });
 * };
 * const parts = { train: part("train", 200), test: part("test", 50) };
 * const facts = factsOf(parts, { mirrors: true });
 * export const shades = defineDataset({ name: "shades", facts, load: (split) => parts[split] });
 *
 * assertEquals((await shades("test")).size, 50);
 * assertEquals(await datasetNamed("shades"), shades);
 * ```
 */
export function defineDataset<const Name extends string, Options extends object = object>(
  definition: DatasetDefinition<Name, Options>,
): DatasetKind<Name, Options> {
  checkSettings("defineDataset", parts, definition, ["name", "facts", "load"]);
  const { name, title = name, source = "own data", facts, files } = definition;
  checkFacts(name, facts);
  const settings = { ...loadSettings, ...definition.settings };
  const load = async (split: Split, options?: LoadOptions & Options): Promise<Dataset> => {
    checkSplit(split);
    checkSettings(name, settings, options ?? {});
    const loaded = await definition.load(split, options ?? {} as LoadOptions & Options);
    checkLoaded(definition, split, loaded);
    return loaded;
  };
  const isKits = !knownKinds.isClosed();
  const kind = Object.defineProperties(load, {
    name: { value: name, enumerable: true },
    title: { value: title, enumerable: true },
    source: { value: source, enumerable: true },
    facts: { value: facts, enumerable: true },
    settings: { value: settings, enumerable: true },
    files: { value: files, enumerable: true },
    content: {
      value: async () => isKits || facts.examples.train === 0 ? undefined : (await kind("train")).checksum,
    },
  }) as unknown as DatasetKind<Name, Options>;
  knownKinds.add(kind as unknown as DatasetKind);
  return kind;
}

const parts: Settings = {
  name: {
    wanted: "a name of letters, digits, dots, hyphens and underscores",
    accepts: (value) => typeof value === "string" && /^[A-Za-z0-9][\w.-]{0,99}$/.test(value),
  },
  title: text(),
  source: text(),
  facts: object("an object of facts"),
  settings: settingsByName(),
  files: object("a source of files"),
  load: callable(),
};

/** Throws where what was loaded is not what was defined. */
function checkLoaded({ name, facts }: DatasetDefinition, split: Split, loaded: Dataset): void {
  if (typeof loaded !== "object" || loaded === null || !("pixels" in loaded && "batches" in loaded)) {
    throw new TypeError(
      `Cannot use ${valueText(loaded)} as data set ${valueText(name)}: dataset({ … }) makes one`,
    );
  }
  const differ = (what: string, got: unknown, wanted: unknown) => {
    if (`${got}` !== `${wanted}`) {
      throw new RangeError(
        `Cannot use what data set ${valueText(name)} loads: its ${what} is ${
          valueText(got)
        }, its definition says ${valueText(wanted)}`,
      );
    }
  };
  differ("name", loaded.name, name);
  differ("split", loaded.split, split);
  differ("shape", loaded.shape, facts.shape);
  differ("count of classes", loaded.classes.length, facts.classes.length);
}
