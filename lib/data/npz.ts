import { checkSettings, list, type Settings, text } from "../kinds/mod.ts";
import type { DatasetKind } from "./define_dataset.ts";
import { classesFor } from "./from_arrays.ts";
import { labelsOf } from "./_labels.ts";
import { NpzArrays, type NpzPair } from "./_npz_arrays.ts";
import { readOwnFile, wrongFile } from "./_own_files.ts";
import {
  chosen,
  heldOut,
  type OwnDataOptions,
  ownDataSettings,
  ownKind,
  type PixelsAndLabels,
} from "./own_kind.ts";

/** What the arrays of a file do not tell. */
export interface NpzOptions extends OwnDataOptions {
  /** The classes' names, by label. Default numbers, up to the highest label. */
  readonly classes?: readonly string[];
}

const settings: Settings = { ...ownDataSettings, classes: list(text(), { least: 2 }) };

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
  const wrong = wrongFile(path), arrays = new NpzArrays(await readOwnFile(path), wrong);
  const train = arrays.pair("train"), test = arrays.pair("test");
  const whole = train ?? test ?? arrays.pair(undefined);
  if (whole === undefined) {
    throw wrong(
      `it has no arrays of images and labels that are known by their names, such as x_train, y_train, x_test and y_test, ` +
        `or images and labels; it has ${arrays.described()}`,
    );
  }
  const classes = options.classes ?? classesFor([whole.labels, ...(test ? [test.labels] : [])]);
  const checked = (pair: NpzPair): PixelsAndLabels => ({
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
    const of = ({ called, shape }: NpzPair) => `${called.images} (${shape.join(" × ")})`;
    throw wrong(`its arrays ${of(whole)} and ${of(test)} have images of two sizes, one is wanted`);
  }
  const none: PixelsAndLabels = { pixels: new Uint8Array(), labels: [] };
  return ownKind(path, { classes, shape, train: train ? all : none, test: checked(test) }, options);
}
