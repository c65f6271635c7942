import { extname, join } from "node:path";
import { checkSettings } from "../kinds/mod.ts";
import type { DataError } from "./data_error.ts";
import type { DatasetKind } from "./define_dataset.ts";
import { decoded, type ImageFile } from "./_image_files.ts";
import { reasonOf, wrongFile } from "./_own_files.ts";
import {
  chosen,
  heldOut,
  type OwnDataOptions,
  ownDataSettings,
  ownKind,
  type PixelsAndLabels,
} from "./own_kind.ts";

/** Folders of training images, in small letters. */
const TRAIN = ["train", "training"];
/** Folders of test images, in small letters: the first that is there; the others then stay unread. */
const TEST = ["test", "testing", "val", "valid", "validation"];

const READ = [".png", ".jpg", ".jpeg"];
const UNREAD = [".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".avif", ".heic", ".jp2"];

/** What systems and archivers leave in folders. */
const LEFT_BEHIND = ["__MACOSX", "Thumbs.db", "desktop.ini"];

/** What was found in the folders of the classes. */
interface Listing {
  readonly classes: readonly string[];
  readonly images: readonly ImageFile[];
}

/**
 * The data set in a folder of images, as torchvision's `ImageFolder` has it: a folder for each class, with PNG or JPEG
 * images in it and in its subfolders. Classes and images come in the order of their names, so that `10` is before `2`.
 *
 * Where there are folders `train` and `test` that hold the classes' folders (or `Training`, `val` and their like, in large
 * or small letters), these are the two parts. Else a fifth of each class is kept as the test part. All images need one size. Where all are grey, there is one channel; where
 * some are in colour, grey ones get three equal channels. Transparency is left out, as PIL's `convert("RGB")` does; 16
 * bits a channel become 8. Hidden files and files that are no images are passed over; an image of another format is an
 * error.
 *
 * @param path The folder.
 * @returns Its kind, called after the folder and its content (`pets-1f3a09bc`), with facts measured on the images. All
 * images are in memory, a byte a channel.
 * @throws {DataError} Where something in the folder can't be used; the message names it.
 * @throws {RangeError} Where an option is not known, or can't be what it is.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { DataError, imageFolder } from "@gcln/kit/data";
 *
 * const found = await imageFolder("pets").catch((error) => error); // then (await imageFolder("pets"))("test")
 * assert(found instanceof DataError || found.facts.classes.length > 1);
 * ```
 */
export async function imageFolder(path: string, options: OwnDataOptions = {}): Promise<DatasetKind> {
  checkSettings("imageFolder", ownDataSettings, options);
  const folders = await partsOf(path);
  const train = folders.train === undefined ? undefined : await listed(folders.train);
  const test = folders.test === undefined ? undefined : await listed(folders.test, train?.classes);
  const { classes } = (train ?? test)!, images = [...train?.images ?? [], ...test?.images ?? []];
  const { shape, pixels } = await decoded(images), each = shape[0] * shape[1] * shape[2];
  const all: PixelsAndLabels = { pixels, labels: images.map(({ label }) => label) };
  const first = train?.images.length ?? 0, numbers = images.map((_, image) => image);
  const parts = train === undefined || test !== undefined
    ? { train: numbers.slice(0, first), test: numbers.slice(first) }
    : heldOut(all.labels, options.test ?? 0.2);
  const part = (images: readonly number[]) => chosen(all, images, each);
  return ownKind(path, { classes, shape, train: part(parts.train), test: part(parts.test) }, options);
}

/** The folders of the parts; where there are no parts, the folder itself is the one to train on. */
async function partsOf(path: string): Promise<Partial<Record<"train" | "test", string>>> {
  const folders = (await entriesOf(path)).filter(({ isFolder }) => isFolder).map(({ name }) => name);
  // A folder of images that is called train may also be a class, of railway trains.
  const parts: string[] = [];
  for (const name of folders) {
    const isPart = [...TRAIN, ...TEST].includes(name.toLowerCase()) &&
      (await entriesOf(join(path, name))).some(({ isFolder }) => isFolder);
    if (isPart) parts.push(name);
  }
  if (parts.length === 0) return { train: path };
  const others = folders.filter((name) => !parts.includes(name));
  if (others.length > 0) {
    throw wrongFile(path)(
      `beside ${parts.join(" and ")}, which hold folders of classes, it has ${others.slice(0, 5).join(", ")}`,
    );
  }
  const first = (names: readonly string[]) =>
    names.flatMap((name) => parts.filter((part) => part.toLowerCase() === name))[0];
  const train = first(TRAIN), test = first(TEST);
  return {
    ...(train ? { train: join(path, train) } : {}),
    ...(test ? { test: join(path, test) } : {}),
  };
}

/** The images of a part. */
async function listed(path: string, known?: readonly string[]): Promise<Listing> {
  const wrong = wrongFile(path), entries = await entriesOf(path);
  const found = entries.filter(({ isFolder }) => isFolder).map(({ name }) => name);
  if (found.length === 0) {
    const images = entries.filter(({ name }) => READ.includes(extname(name).toLowerCase())).length;
    const has = images > 0 ? `its ${images} images are in no folders` : "it has no folders";
    throw wrong(`${has}; a folder for each class is wanted, CLASS/IMAGE.png`);
  }
  if (found.length === 1 && known === undefined) {
    throw wrong(`it has one class only, ${found[0]}; a folder for each class is wanted, two at least`);
  }
  const classes = known ?? found, images: ImageFile[] = [];
  for (const name of found) {
    const label = classes.indexOf(name), folder = join(path, name);
    if (label < 0) throw wrongFile(folder)("no training image is of this class");
    const paths = await imagesIn(folder, []);
    if (paths.length === 0) throw wrongFile(folder)("it has no PNG or JPEG image");
    for (const path of paths) images.push({ path, label });
  }
  return { classes, images };
}

/** The paths of all images in a folder and below it. */
async function imagesIn(folder: string, above: readonly string[]): Promise<string[]> {
  const real = await Deno.realPath(folder);
  // A link to a folder that this one lies in: all images of all classes would be of this one.
  if (above.some((folder) => folder === real || folder.startsWith(`${real}/`))) return [];
  const paths: string[] = [];
  for (const { name, isFolder } of await entriesOf(folder)) {
    const path = join(folder, name), kind = extname(name).toLowerCase();
    if (isFolder) paths.push(...await imagesIn(path, [...above, real]));
    else if (READ.includes(kind)) paths.push(path);
    else if (UNREAD.includes(kind)) {
      throw wrongFile(path)(`images of type ${kind} are not read, PNG or JPEG is wanted`);
    }
  }
  return paths;
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What is in a folder, by name; links are followed, hidden files and what systems leave behind are left out. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [], wrong = (error: unknown): DataError => wrongFile(folder)(reasonOf(error));
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
      if (name.startsWith(".") || LEFT_BEHIND.includes(name)) continue;
      const isFolder = isSymlink
        ? await Deno.stat(join(folder, name)).then((target) => target.isDirectory, () => false)
        : isDirectory;
      entries.push({ name, isFolder });
    }
  } catch (error) {
    throw wrong(error);
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}
