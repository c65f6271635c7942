import { type Dataset, dataset } from "./dataset.ts";
import { unusable } from "./_files.ts";
import { type MatArray, readMat5 } from "./_mat5.ts";
import { load, type LoadOptions, type Source } from "./sources.ts";

const SIDE = 32, CHANNELS = 3, AREA = SIDE * SIDE;

/** SVHN's cropped digits as their authors publish them. */
export const svhnSource: Source = {
  name: "svhn",
  address: "http://ufldl.stanford.edu/housenumbers/",
  layouts: [],
  system: [],
  checksums: {
    "train_32x32.mat": "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
    "test_32x32.mat": "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
  },
};

/**
 * SVHN (Netzer et al. 2011), format 2: 73 257 + 26 032 cropped house-number digits, 32 × 32 × 3. The files call the
 * digit 0 class 10; here it is 0.
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
export async function svhn(split: "train" | "test", options: LoadOptions = {}): Promise<Dataset> {
  const content = await load(svhnSource, `${split}_32x32.mat`, options, (bytes, path) => {
    const arrays = readMat5(bytes, path);
    return { pixels: readImages(arrays.get("X"), path), labels: readLabels(arrays.get("y"), path), path };
  });
  const { pixels, labels, path } = content, count = pixels.length / (AREA * CHANNELS);
  if (labels.length !== count) throw unusable(path, `it has ${labels.length} labels for ${count} images`);
  return dataset({
    name: "svhn",
    split,
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shape: [SIDE, SIDE, CHANNELS],
    pixels,
    labels,
  });
}

function readImages(array: MatArray | undefined, path: string): Uint8Array {
  if (array === undefined) throw unusable(path, "it has no array X of images");
  const { shape, data } = array, [height, width, channels] = shape;
  // MATLAB drops a last dimension of 1.
  const isFit = height === SIDE && width === SIDE && channels === CHANNELS && shape.length <= 4;
  if (!(data instanceof Uint8Array) || !isFit) {
    throw unusable(path, `its array X is ${shape.join(" × ")}, 32 × 32 × 3 × n bytes are wanted`);
  }
  const column = new Uint8Array(AREA * CHANNELS);
  for (let image = 0; image < data.length; image += column.length) {
    column.set(data.subarray(image, image + column.length));
    for (let at = 0; at < AREA; at++) {
      const from = Math.floor(at / SIDE) + SIDE * (at % SIDE); // row + 32 × column
      for (let c = 0; c < CHANNELS; c++) data[image + at * CHANNELS + c] = column[from + c * AREA]!;
    }
  }
  return data;
}

function readLabels(array: MatArray | undefined, path: string): Uint8Array {
  if (array === undefined) throw unusable(path, "it has no array y of labels");
  return Uint8Array.from(array.data, (label, image) => {
    if (!Number.isInteger(label) || label < 1 || label > 10) {
      throw unusable(path, `label ${label} of image ${image} is none of 1 to 10`);
    }
    return label % 10;
  });
}
