import { checkSettings, type Settings, valueText } from "../kinds/mod.ts";
import { type Dataset, dataset } from "./dataset.ts";
import type { Split } from "./dataset_content.ts";
import { flatLabels, pixelsOf, type WrongArray } from "./_pixels_of.ts";
import { countOf, type NumberArray } from "./number_array.ts";

/** What {@link fromArrays} makes a data set of. */
export interface ArraysContent {
  /** What to call it; without slashes, since files of results are named after it. */
  readonly name: string;
  /** Which of its two parts. */
  readonly split: Split;
  /** `[n, h, w]`, `[n, h, w, 1]` or `[n, h, w, 3]`: bytes, or floats in [0, 1]. */
  readonly images: Pick<NumberArray, "shape" | "data">;
  /** `[n]` or `[n, 1]`: whole numbers from 0. */
  readonly labels: Pick<NumberArray, "shape" | "data"> | ArrayLike<number | bigint>;
  /** The classes' names, by label. Default numbers, up to the highest label. */
  readonly classes?: readonly string[];
}

const whatever = (wanted: string) => ({ wanted, accepts: () => true });
const settings: Settings = {
  name: whatever("a text without slashes"),
  split: whatever('"train" or "test"'),
  images: whatever("an array with its shape"),
  labels: whatever("an array of whole numbers"),
  classes: whatever("an array of names"),
};

/**
 * A data set of arrays with shapes, such as {@link readNpy} gives. Floats become the nearest of the 256 bytes, since
 * a data set is kept as bytes.
 *
 * @throws {TypeError} Where an array has another type or shape.
 * @throws {RangeError} Where a value is not in [0, 1], or a label has no class.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fromArrays } from "@gcln/kit/data";
 *
 * const images = { shape: [2, 1, 1], data: Float32Array.of(0, 1) };
 * const two = fromArrays({ name: "two-dots", split: "test", images, labels: [0, 1] });
 * assertEquals(two.pixels, Uint8Array.of(0, 255));
 * ```
 */
export function fromArrays(content: ArraysContent): Dataset {
  checkSettings("fromArrays", settings, content, ["name", "split", "images", "labels"]);
  const { name, split, images, labels } = content, wrongImages = wrongArray("images");
  const { shape, pixels } = pixelsOf(withType(images, wrongImages), wrongImages);
  const wrongLabels = wrongArray("labels");
  const flat = isShaped(labels) ? flatLabels(withType(labels, wrongLabels), wrongLabels) : labels;
  const { classes = classesFor([flat]) } = content;
  return dataset({ name, split, classes, shape, pixels, labels: flat });
}

/** Numbers as the names of classes, up to the highest label, two at least. */
export function classesFor(all: readonly ArrayLike<number | bigint>[]): string[] {
  let highest = 1;
  for (const labels of all) {
    for (let i = 0; i < labels.length; i++) {
      const label = Number(labels[i]);
      if (label > highest && label < 1e6) highest = Math.floor(label);
    }
  }
  return Array.from({ length: highest + 1 }, (_, label) => `${label}`);
}

function isShaped(value: ArraysContent["labels"]): value is Pick<NumberArray, "shape" | "data"> {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}

function withType(array: Pick<NumberArray, "shape" | "data">, wrong: WrongArray): NumberArray {
  const { shape, data } = isShaped(array) ? array : {} as Partial<NumberArray>;
  if (!Array.isArray(shape) || !ArrayBuffer.isView(data) || data instanceof DataView) {
    throw wrong(`it is ${valueText(array)}; { shape, data } with a typed array is wanted`, "type");
  }
  if (data.length !== countOf(shape)) {
    throw wrong(
      `it has ${data.length} values, its shape [${shape.join(", ")}] promises ${countOf(shape)}`,
      "value",
    );
  }
  const given = "type" in array && typeof array.type === "string" ? array.type : undefined;
  return { type: given ?? data.constructor.name.replace(/Array$/, "").toLowerCase(), shape, data };
}

function wrongArray(which: string): WrongArray {
  return (what, is) =>
    new (is === "type" ? TypeError : RangeError)(`Cannot use the array of ${which}: ${what}`);
}
