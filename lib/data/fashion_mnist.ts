import { dataset } from "./dataset.ts";
import type { Dataset } from "./dataset.ts";
import { type DatasetKind, defineDataset } from "./define_dataset.ts";
import type { Split } from "./dataset_content.ts";
import { readIdx } from "./_idx.ts";
import { pairs } from "./_pairs.ts";
import { load, type LoadOptions, type Source } from "./sources.ts";

const SIDE = 28, PADDED = 32;

/** Fashion-MNIST as its authors publish it. The checksums are those of the unpacked files. */
export const fashionMnistSource: Source = {
  name: "fashion-mnist",
  address: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
  layouts: ["FashionMNIST/raw"],
  system: ["/usr/share/datasets/fashion-mnist"],
  largest: 47_040_016,
  checksums: {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  },
  hint: "install Debian's package dataset-fashion-mnist",
  otherNames: (file) => [file.replace(/-(idx\d)/, ".$1")], // as some sites and tools have it: train-images.idx3-ubyte
};

const classes = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
] as const;

/**
 * Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): 60 000 + 10 000 grey images of clothes, here 32 × 32 × 1, with the
 * published 28 × 28 in the middle of a black frame two pixels wide, so that blocks of 8 fit.
 *
 * @throws {DataError} Where a file is missing and can't be downloaded, or is damaged.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { DataError, fashionMnist } from "@gcln/kit/data";
 *
 * const found = await fashionMnist("test", { download: false }).catch((error) => error);
 * assert(found instanceof DataError || found.size === 10_000);
 * ```
 */
export const fashionMnist: DatasetKind<"fashion-mnist"> = defineDataset({
  name: "fashion-mnist",
  title: "Fashion-MNIST",
  source: "Xiao, Rasul & Vollgraf 2017",
  facts: {
    classes,
    shape: [PADDED, PADDED, 1],
    examples: { train: 60_000, test: 10_000 },
    mirrors: true,
    normalise: { mean: [0.22], deviation: [0.33] },
  },
  files: fashionMnistSource,
  load: loadFashionMnist,
});

async function loadFashionMnist(split: Split, options: LoadOptions): Promise<Dataset> {
  const stem = split === "train" ? "train" : "t10k";
  const labels = await load(
    fashionMnistSource,
    `${stem}-labels-idx1-ubyte.gz`,
    options,
    (bytes, path) => ({ path, values: readIdx(bytes, path, 1).data }),
  );
  const images = await load(fashionMnistSource, `${stem}-images-idx3-ubyte.gz`, options, (bytes, path) => {
    const { shape: [count, height, width], data } = readIdx(bytes, path, 3);
    return { path, count: count!, height: height!, width: width!, data };
  });
  pairs(images, [SIDE, SIDE], labels, classes.length);
  const pixels = new Uint8Array(images.count * PADDED * PADDED), frame = (PADDED - SIDE) / 2;
  for (let row = 0; row < images.count * SIDE; row++) {
    const image = Math.floor(row / SIDE), y = frame + row % SIDE;
    pixels.set(images.data.subarray(row * SIDE, (row + 1) * SIDE), (image * PADDED + y) * PADDED + frame);
  }
  return dataset({
    name: "fashion-mnist",
    split,
    classes,
    shape: [PADDED, PADDED, 1],
    pixels,
    labels: labels.values,
  });
}
