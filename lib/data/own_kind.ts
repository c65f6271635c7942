import { basename, resolve } from "node:path";
import { type Settings, size, text } from "../kinds/mod.ts";
import { dataset } from "./dataset.ts";
import type { DatasetContent } from "./dataset_content.ts";
import { type DatasetKind, defineDataset } from "./define_dataset.ts";
import { factsOf } from "./facts.ts";
import { sha256Hex } from "./_files.ts";
import { wrongFile } from "./_own_files.ts";
import { flag } from "./_settings.ts";

/** What the files of one's own data do not tell. */
export interface OwnDataOptions {
  /** As captions write it. Default the name of the file or folder. */
  readonly title?: string;
  /** Whether a mirrored image is one of the same class, so that training may mirror. Default false. */
  readonly mirrors?: boolean;
  /**
   * Which share of each class is kept for the test part, where the files have one part only; 1 keeps all of it. Spread
   * evenly over each class, in order. Default 0.2, every fifth image.
   */
  readonly test?: number;
}

/** What the options of one's own data may be. */
export const ownDataSettings: Settings = {
  title: text(),
  mirrors: flag({ default: false }),
  test: size({ above: 0, most: 1, default: 0.2 }),
};

/** The two parts of one's own data; the same classes and the same shape. */
export interface OwnContent extends Pick<DatasetContent, "classes" | "shape"> {
  readonly train: PixelsAndLabels;
  readonly test: PixelsAndLabels;
}

/** The images of a part. */
export type PixelsAndLabels = Pick<DatasetContent, "pixels" | "labels">;

/**
 * The kind of data that a file or folder holds. It is called after the file or folder, and its content: no path stands
 * in the name, and other images have another one.
 */
export function ownKind(path: string, content: OwnContent, options: OwnDataOptions): DatasetKind {
  const { classes, shape } = content, stem = basename(resolve(path)).replace(/\.npz$/i, "");
  const made = (name: string) => ({
    train: dataset({ name, split: "train", classes, shape, ...content.train }),
    test: dataset({ name, split: "test", classes, shape, ...content.test }),
  });
  const { train, test } = made(stem || "own");
  if (train.size + test.size === 0) throw wrongFile(path)("it has no images");
  const sum = sha256Hex(new TextEncoder().encode(
    JSON.stringify([classes, shape, train.checksum, test.checksum]),
  ));
  const name = `${slug(stem)}-${sum.slice(0, 8)}`, parts = made(name);
  return defineDataset({
    name,
    title: options.title ?? stem,
    source: "own data",
    facts: factsOf(parts, { mirrors: options.mirrors ?? false }),
    load: (split) => {
      if (parts[split].size > 0) return parts[split];
      const hint = split === "test" ? "; the option test keeps a larger share of each class for it" : "";
      throw wrongFile(path)(`it has no images to ${split}${hint}`);
    },
  });
}

/** Letters, digits and hyphens, for the names of files. */
function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "own";
}

/** Which images are of the training part and which of the test part: a share of each class, spread evenly. */
export function heldOut(
  labels: ArrayLike<number | bigint>,
  share: number,
): Readonly<Record<"train" | "test", number[]>> {
  const seen = new Map<number, number>(), parts = { train: [] as number[], test: [] as number[] };
  for (let image = 0; image < labels.length; image++) {
    const label = Number(labels[image]), before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    const isTest = Math.floor((before + 1) * share) > Math.floor(before * share);
    parts[isTest ? "test" : "train"].push(image);
  }
  return parts;
}

/** The images at these positions. */
export function chosen(
  { pixels, labels }: PixelsAndLabels,
  images: readonly number[],
  each: number,
): PixelsAndLabels {
  const first = images[0] ?? 0, isRow = images.every((image, i) => image === first + i);
  if (isRow) {
    const end = first + images.length;
    return {
      pixels: pixels.subarray(first * each, end * each),
      labels: Array.from(labels).slice(first, end).map(Number),
    };
  }
  const some = new Uint8Array(images.length * each);
  images.forEach((image, i) => some.set(pixels.subarray(image * each, (image + 1) * each), i * each));
  return { pixels: some, labels: images.map((image) => Number(labels[image])) };
}
