import { type Dataset, dataset } from "./dataset.ts";
import type { Split } from "./dataset_content.ts";
import { type DatasetKind, defineDataset } from "./define_dataset.ts";
import { unusable } from "./_files.ts";
import { type MatArray, readMat5 } from "./_mat5.ts";
import { load, type LoadOptions, mostBytes, type Source } from "./sources.ts";
import type { Values } from "./number_array.ts";

const SIDE = 32, CHANNELS = 3, AREA = SIDE * SIDE;
const classes = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

/** SVHN's cropped digits as their authors publish them. */
export const svhnSource: Source = {
  name: "svhn",
  address: "http://ufldl.stanford.edu/housenumbers/",
  layouts: [],
  system: [],
  largest: 226_000_000, // 73 257 images, unpacked, and what MATLAB writes beside them
  checksums: {
    "train_32x32.mat": "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
    "test_32x32.mat": "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
  },
};

/**
 * SVHN (Netzer et al. 2011), format 2: 73 257 + 26 032 cropped house-number digits, 32 × 32 × 3. The files call the
 * digit 0 class 10; here it is 0. Files that SciPy's `savemat` has written are read too: images and labels may be of any
 * integer type, labels also whole numbers of type double.
 *
 * @throws {DataError} Where a file is missing and can't be downloaded, or is damaged.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { DataError, svhn } from "@gcln/kit/data";
 *
 * const found = await svhn("test", { download: false }).catch((error) => error);
 * assert(found instanceof DataError || found.size === 26_032);
 * ```
 */
export const svhn: DatasetKind<"svhn"> = defineDataset({
  name: "svhn",
  title: "SVHN",
  source: "Netzer et al. 2011",
  facts: {
    classes,
    shape: [SIDE, SIDE, CHANNELS],
    examples: { train: 73_257, test: 26_032 },
    mirrors: false,
    normalise: { mean: [0.4377, 0.4438, 0.4728], deviation: [0.198, 0.201, 0.197] },
  },
  files: svhnSource,
  load: loadSvhn,
});

async function loadSvhn(split: Split, options: LoadOptions): Promise<Dataset> {
  const content = await load(svhnSource, `${split}_32x32.mat`, options, (bytes, path) => {
    const arrays = readMat5(bytes, path, mostBytes(svhnSource, options));
    return { pixels: readImages(arrays.get("X"), path), labels: readLabels(arrays.get("y"), path), path };
  });
  const { pixels, labels, path } = content, count = pixels.length / (AREA * CHANNELS);
  if (labels.length !== count) throw unusable(path, `it has ${labels.length} labels for ${count} images`);
  return dataset({
    name: "svhn",
    split,
    classes,
    shape: [SIDE, SIDE, CHANNELS],
    pixels,
    labels,
  });
}

function readImages(array: MatArray | undefined, path: string): Uint8Array {
  if (array === undefined) throw unusable(path, "it has no array X of images");
  const { type, shape } = array, [height, width, channels] = shape;
  // MATLAB drops a last dimension of 1.
  const isFit = height === SIDE && width === SIDE && channels === CHANNELS && shape.length <= 4;
  if (!isFit) throw unusable(path, `its array X is ${shape.join(" × ")}, 32 × 32 × 3 × n is wanted`);
  if (array.data === undefined || !/^u?int/.test(type)) {
    throw unusable(path, `its array X is of type ${type}, uint8 is wanted (or another integer type)`);
  }
  const data = bytesOf(array.data, path), column = new Uint8Array(AREA * CHANNELS);
  for (let image = 0; image < data.length; image += column.length) {
    column.set(data.subarray(image, image + column.length));
    for (let at = 0; at < AREA; at++) {
      const from = Math.floor(at / SIDE) + SIDE * (at % SIDE); // row + 32 × column
      for (let c = 0; c < CHANNELS; c++) data[image + at * CHANNELS + c] = column[from + c * AREA]!;
    }
  }
  return data;
}

function bytesOf(values: Values, path: string): Uint8Array {
  if (values instanceof Uint8Array) return values;
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = Number(values[i]);
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      throw unusable(path, `its array X holds ${value}, whole numbers from 0 to 255 are wanted`);
    }
    bytes[i] = value;
  }
  return bytes;
}

function readLabels(array: MatArray | undefined, path: string): Uint8Array {
  if (array === undefined) throw unusable(path, "it has no array y of labels");
  const { type, data } = array;
  if (data === undefined) throw unusable(path, `its array y is of type ${type}, whole numbers are wanted`);
  return Uint8Array.from(data as Iterable<number | bigint>, (value, image) => {
    const label = Number(value);
    if (!Number.isInteger(label) || label < 1 || label > 10) {
      throw unusable(path, `label ${value} of image ${image} (y is of type ${type}) is none of 1 to 10`);
    }
    return label % 10;
  });
}
