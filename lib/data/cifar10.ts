import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { type Dataset, dataset } from "./dataset.ts";
import { fileSha256, fileSize, unusable, writeWhole, wrongSha256 } from "./_files.ts";
import { checkLabels } from "./_pairs.ts";
import { dataFolder, find, type LoadOptions, obtain, type Source, wantedSha256 } from "./sources.ts";
import { untar } from "./_tar.ts";

const SIDE = 32, CHANNELS = 3, AREA = SIDE * SIDE, RECORD = 1 + AREA * CHANNELS;
const ARCHIVE = "cifar-10-binary.tar.gz";

/** CIFAR-10, binary version, as its authors publish it: the archive, and the files in it. */
export const cifar10Source: Source = {
  name: "cifar10",
  address: "https://www.cs.toronto.edu/~kriz/",
  layouts: ["cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"],
  system: [],
  archive: ARCHIVE,
  checksums: {
    [ARCHIVE]: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
  },
};

const files = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ["test_batch.bin"],
} as const;

/**
 * CIFAR-10 (Krizhevsky 2009): 50 000 + 10 000 small photographs, 32 × 32 × 3. Read from the files of the binary
 * version, or from their archive `cifar-10-binary.tar.gz`; a downloaded archive is unpacked and removed.
 *
 * @throws {DataError} Where a file is missing and can't be downloaded, or is damaged.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { DataError, cifar10 } from "@gcln/kit/data";
 *
 * const found = await cifar10("test", { download: false }).catch((error) => error);
 * assert(found instanceof DataError || found.size === 10_000);
 * ```
 */
export async function cifar10(split: "train" | "test", options: LoadOptions = {}): Promise<Dataset> {
  const paths = await Promise.all(files[split].map((file) => find(cifar10Source, file, options)));
  const whole = paths.every((path) => path !== undefined)
    ? await readFiles(paths as string[], options)
    : await readArchive(split, options);
  return dataset({
    name: "cifar10",
    split,
    classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    shape: [SIDE, SIDE, CHANNELS],
    ...whole,
  });
}

interface Content {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

function room(images: number): Content {
  return { pixels: new Uint8Array(images * (RECORD - 1)), labels: new Uint8Array(images) };
}

/** How many records a batch file of that many bytes has. */
function recordsIn(size: number, path: string): number {
  if (size === 0 || size % RECORD !== 0) {
    throw unusable(path, `it has ${size} bytes, a multiple of ${RECORD} is wanted`);
  }
  return size / RECORD;
}

/** Puts records (a label, then a plane for each channel) at `image`; pixels are interleaved on the way. */
function place(records: Uint8Array, { pixels, labels }: Content, image: number): void {
  for (let at = 0; at < records.length; at += RECORD, image++) {
    labels[image] = records[at]!;
    const from = at + 1, to = image * AREA * CHANNELS;
    for (let i = 0; i < AREA; i++) {
      for (let c = 0; c < CHANNELS; c++) pixels[to + i * CHANNELS + c] = records[from + c * AREA + i]!;
    }
  }
}

async function readFiles(paths: readonly string[], options: LoadOptions): Promise<Content> {
  const counts = await Promise.all(paths.map(async (path) => recordsIn(await fileSize(path), path)));
  const content = room(counts.reduce((a, b) => a + b));
  const chunk = new Uint8Array(RECORD * 256); // a whole file at once would double what is in memory
  let image = 0;
  for (const [i, path] of paths.entries()) {
    const end = image + counts[i]!, hash = createHash("sha256"), first = image;
    using file = await Deno.open(path);
    while (image < end) {
      const records = chunk.subarray(0, Math.min(chunk.length, (end - image) * RECORD));
      for (let have = 0; have < records.length;) {
        const n = await file.read(records.subarray(have));
        if (n === null) throw unusable(path, "it became shorter while it was read");
        have += n;
      }
      hash.update(records);
      place(records, content, image);
      image += records.length / RECORD;
    }
    checkLabels(path, content.labels.subarray(first, end), 10);
    const wrong = wrongSha256(hash.digest("hex"), wantedSha256(cifar10Source, basename(path), options));
    if (wrong) throw unusable(path, wrong);
  }
  return content;
}

/** Reads the archive: one's own as it is; a downloaded one is unpacked beside itself, and removed. */
async function readArchive(split: "train" | "test", options: LoadOptions): Promise<Content> {
  const path = await obtain(cifar10Source, ARCHIVE, options),
    folder = dataFolder(cifar10Source.name, options);
  const wrong = wrongSha256(await fileSha256(path), wantedSha256(cifar10Source, ARCHIVE, options));
  if (wrong) throw unusable(path, wrong);
  if (path === join(folder, ARCHIVE)) {
    await batchesIn(
      path,
      [...files.train, ...files.test],
      (file, batch) => writeWhole(join(folder, file), batch),
    );
    await Deno.remove(path);
    return await readFiles(files[split].map((file) => join(folder, file)), options);
  }
  const batches = new Map<string, Uint8Array>();
  await batchesIn(path, files[split], (file, batch) => void batches.set(file, batch));
  const content = room([...batches.values()].reduce((sum, batch) => sum + batch.length / RECORD, 0));
  let image = 0;
  for (const file of files[split]) {
    place(batches.get(file)!, content, image);
    image += batches.get(file)!.length / RECORD;
  }
  checkLabels(path, content.labels, 10);
  return content;
}

/** Hands over the wanted files of an archive as they come, and makes sure that all did. */
async function batchesIn(
  path: string,
  wanted: readonly string[],
  take: (file: string, batch: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const missing = new Set(wanted);
  for await (const { name, content } of untar(path)) {
    const file = basename(name);
    if (!missing.delete(file)) continue;
    recordsIn(content.length, `${file} in ${path}`);
    await take(file, content);
  }
  if (missing.size > 0) throw unusable(path, `${[...missing].join(", ")} is not in it`);
}
