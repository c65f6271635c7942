import { checkSetting, checkSettings, type Setting, type Settings, valueText, word } from "../kinds/mod.ts";
import { labelsOf } from "./_labels.ts";

/** One of a data set's two parts. */
export type Split = "train" | "test";

/** What {@link dataset} makes a data set of. */
export interface DatasetContent {
  /** What to call it; without slashes, since files of results are named after it. */
  readonly name: string;
  /** Which of its two parts. */
  readonly split: Split;
  /** The classes' names, by label. */
  readonly classes: readonly string[];
  /** Height, width and channels of an image. */
  readonly shape: readonly [number, number, number];
  /** `[n * height * width * channels]`. */
  readonly pixels: Uint8Array;
  /** `[n]`: whole numbers in [0, classes), in an array of any type. */
  readonly labels: ArrayLike<number | bigint>;
}

/** What a data set is made of, its labels as 32-bit integers. */
export type CheckedContent = Omit<DatasetContent, "labels"> & { readonly labels: Int32Array };

const splits = word(["train", "test"]);

const names: Setting = {
  wanted: "a text without slashes",
  // deno-lint-ignore no-control-regex
  accepts: (value) => typeof value === "string" && /^[^/\\\x00-\x1f]+$/.test(value) && !/^\.+$/.test(value),
};

const whatever = (wanted: string): Setting => ({ wanted, accepts: () => true });

const settings: Settings = {
  name: names,
  split: splits,
  classes: whatever("an array of names"),
  shape: whatever("an array of height, width and channels"),
  pixels: whatever("a Uint8Array"),
  labels: whatever("an array of whole numbers"),
  // Of a data set's facts, which may be spread in here; both follow from the content.
  size: whatever("a whole number"),
  checksum: whatever("a text"),
};

/** Throws where a word is none of the two splits. */
export function checkSplit(split: unknown): asserts split is Split {
  checkSetting("split", splits, split);
}

/** The content of a data set, if all of it fits together. */
export function checkedContent(content: DatasetContent): CheckedContent {
  checkSettings("dataset", settings, content, ["name", "split", "classes", "shape", "pixels", "labels"]);
  const { classes, shape, pixels, labels } = content;
  checkClasses(classes);
  checkShape(shape);
  checkArrays(pixels, labels);
  const each = shape[0] * shape[1] * shape[2];
  if (pixels.length !== labels.length * each) {
    throw new RangeError(
      `Cannot pair ${pixels.length} bytes of pixels with ${labels.length} labels: each image is ${
        shape.join(" × ")
      }`,
    );
  }
  return {
    name: content.name,
    split: content.split,
    classes,
    shape,
    pixels,
    labels: labelsOf(labels, classes.length, (label, why) => new RangeError(`Cannot use ${label}: ${why}`)),
  };
}

function checkClasses(classes: unknown): void {
  if (!Array.isArray(classes) || classes.some((name) => typeof name !== "string")) {
    throw new TypeError(
      `Cannot use classes ${valueText(classes)}: an array with the name of each class is wanted`,
    );
  }
  if (classes.length === 0) throw new RangeError("Cannot make a data set without classes: names are wanted");
}

function checkShape(shape: unknown): void {
  if (!Array.isArray(shape) || shape.length !== 3) {
    throw new TypeError(`Cannot use shape ${valueText(shape)}: [height, width, channels] is wanted`);
  }
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new RangeError(`Cannot use shape ${valueText(shape)}: whole numbers of at least 1 are wanted`);
  }
}

function checkArrays(pixels: unknown, labels: unknown): void {
  if (!(pixels instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot use ${typeName(pixels)} for pixels: a Uint8Array of bytes from 0 to 255 is wanted` +
        ("Float32Array Float64Array Array".split(" ").includes(typeName(pixels))
          ? " (fromArrays takes floats in [0, 1])"
          : ""),
    );
  }
  const isList = Array.isArray(labels) || (ArrayBuffer.isView(labels) && !(labels instanceof DataView));
  if (!isList) {
    const hint = typeof labels === "object" && labels !== null && "dataSync" in labels
      ? " (await labels.data() gives it of a tensor)"
      : "";
    throw new TypeError(
      `Cannot use ${typeName(labels)} for labels: an array of whole numbers is wanted${hint}`,
    );
  }
  if (Array.isArray(labels)) {
    const wrong = labels.findIndex((label) => typeof label !== "number" && typeof label !== "bigint");
    if (wrong >= 0) {
      throw new TypeError(
        `Cannot use label ${valueText(labels[wrong])} of image ${wrong}: a whole number is wanted`,
      );
    }
  }
}

function typeName(value: unknown): string {
  return typeof value === "object" && value !== null
    ? value.constructor?.name ?? "an object"
    : valueText(value);
}
