import { checkSettings, list, type Settings, text } from "../kinds/mod.ts";
import type { DataError } from "./data_error.ts";
import type { DatasetKind } from "./define_dataset.ts";
import { classesFor } from "./from_arrays.ts";
import { labelsOf } from "./_labels.ts";
import { readNpyBytes } from "./_npy.ts";
import { readOwnFile, wrongFile } from "./_own_files.ts";
import { chosen, heldOut, type OwnDataOptions, ownDataSettings, ownKind, type Part } from "./own_kind.ts";
import { flatLabels, pixelsOf } from "./_pixels_of.ts";
import type { NumberArray } from "./number_array.ts";
import { readZip } from "./_zip.ts";

/** What the arrays of a file do not tell. */
export interface NpzOptions extends OwnDataOptions {
  /** The classes' names, by label. Default numbers, up to the highest label. */
  readonly classes?: readonly string[];
}

const settings: Settings = { ...ownDataSettings, classes: list(text(), { least: 2 }) };

/** What people call the arrays of images and of labels, and the parts. */
const words = {
  images: ["images", "image", "x", "data"],
  labels: ["labels", "label", "y", "targets", "target"],
  train: ["train"],
  test: ["test", "val", "valid", "validation"],
} as const;

/**
 * The data set in a file of NumPy arrays, as `numpy.savez` and `numpy.savez_compressed` write it.
 *
 * Arrays are found by their names: `x_train`, `y_train`, `x_test`, `y_test`, or `train_images`, `train_labels` and so
 * on (`val` where there is no `test`); else `images` and `labels`, `x` and `y`, `data` and `targets`, or the first and
 * the second array without names, of which a fifth of each class is kept as the test part. Images are `[n, h, w]`,
 * `[n, h, w, 1]` or `[n, h, w, 3]`: bytes, or floats in [0, 1], which become the nearest of the 256 bytes. Labels are
 * whole numbers from 0, `[n]` or `[n, 1]`.
 *
 * @param path The file.
 * @returns Its kind, called after the file and its content, with facts measured on the images.
 * @throws {DataError} Where the file can't be read, or its arrays can't be used; the message names file and array.
 * @throws {RangeError} Where an option is not known, or can't be what it is.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { DataError, npz } from "@gcln/kit/data";
 *
 * const found = await npz("flowers.npz").catch((error) => error); // then (await npz("flowers.npz"))("test")
 * assert(found instanceof DataError || found.facts.classes.length > 1);
 * ```
 */
export async function npz(path: string, options: NpzOptions = {}): Promise<DatasetKind> {
  checkSettings("npz", settings, options);
  const wrong = wrongFile(path), arrays = new Arrays(await readOwnFile(path), wrong);
  const train = arrays.pair("train"), test = arrays.pair("test");
  const whole = train ?? test ?? arrays.pair(undefined);
  if (whole === undefined) {
    throw wrong(
      `it has no arrays of images and labels that are known by their names, such as x_train, y_train, x_test and y_test, ` +
        `or images and labels; it has ${arrays.described()}`,
    );
  }
  const classes = options.classes ?? classesFor([whole.labels, ...(test ? [test.labels] : [])]);
  const checked = (pair: Pair): Part => ({
    pixels: pair.pixels,
    labels: labelsOf(
      pair.labels,
      classes.length,
      (label, why) => wrong(`its array ${pair.called.labels} can't be used: ${label}: ${why}`),
    ),
  });
  const { shape } = whole, each = shape[0] * shape[1] * shape[2], all = checked(whole);
  if (test === undefined) {
    const parts = heldOut(all.labels, options.test ?? 0.2);
    const part = (images: readonly number[]) => chosen(all, images, each);
    return ownKind(path, { classes, shape, train: part(parts.train), test: part(parts.test) }, options);
  }
  if (`${shape}` !== `${test.shape}`) {
    const of = ({ called, shape }: Pair) => `${called.images} (${shape.join(" × ")})`;
    throw wrong(`its arrays ${of(whole)} and ${of(test)} have images of two sizes, one is wanted`);
  }
  const none: Part = { pixels: new Uint8Array(), labels: [] };
  return ownKind(path, { classes, shape, train: train ? all : none, test: checked(test) }, options);
}

/** The images and labels of a part, and what their arrays are called. */
interface Pair extends Part {
  readonly shape: readonly [number, number, number];
  readonly called: { readonly images: string; readonly labels: string };
}

/** The arrays of a file, read when they are asked for. */
class Arrays {
  readonly #entries: Map<string, () => NumberArray>;
  readonly #wrong: (what: string) => DataError;

  constructor(bytes: Uint8Array, wrong: (what: string) => DataError) {
    this.#wrong = wrong;
    this.#entries = new Map(
      readZip(bytes, wrong).filter(({ name }) => name.endsWith(".npy")).map(({ name, content }) => {
        const array = name.slice(0, -".npy".length);
        return [array, () => readNpyBytes(content(), (what) => wrong(`its array ${array}: ${what}`))];
      }),
    );
  }

  /** The images and labels of a part, or of a file without parts; undefined where there are none. */
  pair(part: "train" | "test" | undefined): Pair | undefined {
    const images = this.#find("images", part) ?? (part ? undefined : this.#find("arr_0")),
      labels = this.#find("labels", part) ?? (part ? undefined : this.#find("arr_1"));
    if (images === undefined || labels === undefined) {
      const lone = images ?? labels;
      if (lone === undefined) return undefined;
      const missing = images === undefined ? "images" : "labels";
      throw this.#wrong(`beside its array ${lone} it has none of ${missing}; it has ${this.described()}`);
    }
    const wrong = (name: string) => (what: string) => this.#wrong(`its array ${name} can't be used: ${what}`);
    const { shape, pixels } = pixelsOf(this.#read(images), wrong(images));
    const flat = flatLabels(this.#read(labels), wrong(labels));
    const [h, w, c] = shape, count = pixels.length / (h * w * c);
    if (flat.length !== count) {
      throw this.#wrong(`its array ${labels} has ${flat.length} labels for the ${count} images of ${images}`);
    }
    return { shape, pixels, labels: flat, called: { images, labels } };
  }

  /** The names of all arrays. */
  described(): string {
    return [...this.#entries.keys()].slice(0, 20).map((name) => JSON.stringify(name)).join(", ") ||
      "none at all";
  }

  #read(name: string): NumberArray {
    return this.#entries.get(name)!();
  }

  #find(what: "images" | "labels" | "arr_0" | "arr_1", part?: "train" | "test"): string | undefined {
    const known = what === "arr_0" || what === "arr_1" ? [what] : words[what];
    const wanted = part
      ? words[part].flatMap((part) => known.flatMap((word) => [`${word}_${part}`, `${part}_${word}`]))
      : known;
    for (const name of wanted) {
      const found = [...this.#entries.keys()].find((key) => key.toLowerCase() === name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
