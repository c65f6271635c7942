import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { writeAtomically } from "../files/mod.ts";
import { type Dataset, dataset } from "./dataset.ts";
import type { Split } from "./dataset_content.ts";
import { type DatasetKind, defineDataset } from "./define_dataset.ts";
import { checksumLike, fileChecksumLike, fileSize, readUnpacked, unusable, wrongChecksum } from "./_files.ts";
import { checkLabels } from "./_pairs.ts";
import { CIFAR_RECORD as RECORD, pythonRecords } from "./_cifar_python.ts";
import { dataFolder, find, type LoadOptions, obtain, type Source, wantedChecksum } from "./sources.ts";
import { untar } from "./_tar.ts";

const SIDE = 32, CHANNELS = 3, AREA = SIDE * SIDE;
const ARCHIVE = "cifar-10-binary.tar.gz", PYTHON_ARCHIVE = "cifar-10-python.tar.gz";

/** CIFAR-10, Python version, as torchvision keeps it; MD5 is what was published of its parts. */
const pythonSource: Source = {
  name: "cifar10",
  address: "https://www.cs.toronto.edu/~kriz/",
  layouts: ["cifar-10-batches-py", "cifar10/cifar-10-batches-py"],
  system: [],
  archive: PYTHON_ARCHIVE,
  checksums: {
    [PYTHON_ARCHIVE]: "c58f30108f718f92721af3b95e74349a",
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
  },
};

/** CIFAR-10, binary version, as its authors publish it: the archive, and the files in it. */
export const cifar10Source: Source = {
  name: "cifar10",
  address: "https://www.cs.toronto.edu/~kriz/",
  layouts: ["cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"],
  system: [],
  archive: ARCHIVE,
  alternative: pythonSource,
  hint: "put torchvision's cifar-10-batches-py there",
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

const batches = { train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`), test: ["test_batch"] } as const;
const binary = (split: Split): string[] => batches[split].map((name) => `${name}.bin`);

const classes = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
] as const;

/**
 * CIFAR-10 (Krizhevsky 2009): 50 000 + 10 000 small photographs, 32 × 32 × 3. Read from the files of the binary
 * version, from those of the Python version (torchvision's folder `cifar-10-batches-py`; pickles are read as data, and
 * nothing in them is run), or from either's archive. What is downloaded is the binary version's archive, which is
 * unpacked and removed.
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
export const cifar10: DatasetKind<"cifar10"> = defineDataset({
  name: "cifar10",
  title: "CIFAR-10",
  source: "Krizhevsky 2009",
  facts: {
    classes,
    shape: [SIDE, SIDE, CHANNELS],
    examples: { train: 50_000, test: 10_000 },
    mirrors: true,
    normalise: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] },
  },
  files: cifar10Source,
  load: async (split, options): Promise<Dataset> => {
    const content = await read(split, options);
    return dataset({ name: "cifar10", split, classes, shape: [SIDE, SIDE, CHANNELS], ...content });
  },
});

/** The first form of the data set that is there; else the archive, which is downloaded. */
async function read(split: Split, options: LoadOptions): Promise<Content> {
  const findAll = async (source: Source, names: readonly string[]) => {
    const paths = await Promise.all(names.map((file) => find(source, file, options)));
    return paths.every((path) => path !== undefined) ? paths : undefined;
  };
  const files = await findAll(cifar10Source, binary(split));
  if (files) return await readFiles(files, options);
  const pickles = await findAll(pythonSource, batches[split]);
  if (pickles) return await readPickles(pickles, options);
  const [archive, pythonArchive] = await Promise.all([
    find(cifar10Source, ARCHIVE, options),
    find(pythonSource, PYTHON_ARCHIVE, options),
  ]);
  return archive === undefined && pythonArchive !== undefined
    ? await readPythonArchive(pythonArchive, split, options)
    : await readArchive(split, options);
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
    const wrong = wrongChecksum(hash.digest("hex"), wantedChecksum(cifar10Source, basename(path), options));
    if (wrong) throw unusable(path, wrong);
  }
  return content;
}

/** Reads the archive: one's own as it is; a downloaded one is unpacked beside itself, and removed. */
async function readArchive(split: Split, options: LoadOptions): Promise<Content> {
  const path = await obtain(cifar10Source, ARCHIVE, options),
    folder = dataFolder(cifar10Source.name, options);
  await checkArchive(cifar10Source, path, ARCHIVE, options);
  if (path === join(folder, ARCHIVE)) {
    await batchesIn(
      path,
      [...binary("train"), ...binary("test")],
      async (file, batch) => {
        recordsIn(batch.length, `${file} in ${path}`);
        await writeAtomically(join(folder, file), batch);
      },
    );
    await Deno.remove(path);
    return await readFiles(binary(split).map((file) => join(folder, file)), options);
  }
  const found = new Map<string, Uint8Array>();
  await batchesIn(path, binary(split), (file, batch) => {
    recordsIn(batch.length, `${file} in ${path}`);
    found.set(file, batch);
  });
  return together(binary(split).map((file) => found.get(file)!), path);
}

async function readPickles(paths: readonly string[], options: LoadOptions): Promise<Content> {
  const records: Uint8Array[] = [];
  for (const path of paths) {
    const bytes = await readUnpacked(path), wanted = wantedChecksum(pythonSource, basename(path), options);
    const batch = pythonRecords(bytes, path), wrong = wrongChecksum(checksumLike(wanted, bytes), wanted);
    if (wrong) throw unusable(path, wrong);
    records.push(batch);
  }
  return together(records, paths[0]!);
}

async function readPythonArchive(path: string, split: Split, options: LoadOptions): Promise<Content> {
  await checkArchive(pythonSource, path, PYTHON_ARCHIVE, options);
  const found = new Map<string, Uint8Array>();
  await batchesIn(path, batches[split], (file, batch) => {
    found.set(file, pythonRecords(batch, `${file} in ${path}`));
  });
  return together(batches[split].map((file) => found.get(file)!), path);
}

async function checkArchive(source: Source, path: string, name: string, options: LoadOptions): Promise<void> {
  const wanted = wantedChecksum(source, name, options);
  const wrong = wanted && wrongChecksum(await fileChecksumLike(wanted, path), wanted);
  if (wrong) throw unusable(path, wrong);
}

/** Batches of records one after the other. */
function together(all: readonly Uint8Array[], path: string): Content {
  const content = room(all.reduce((sum, records) => sum + records.length / RECORD, 0));
  let image = 0;
  for (const records of all) {
    place(records, content, image);
    image += records.length / RECORD;
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
    if (missing.delete(file)) await take(file, content);
  }
  if (missing.size > 0) throw unusable(path, `${[...missing].join(", ")} is not in it`);
}
