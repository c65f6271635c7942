import { basename } from "node:path";
import { batchesIn, checkArchive, mostInArchive } from "./_cifar_archive.ts";
import { CIFAR_RECORD, type CifarContent, together } from "./_cifar_records.ts";
import type { Split } from "./dataset_content.ts";
import { checksumLike, readUnpacked, unusable, wrongChecksum } from "./_files.ts";
import { readPickle } from "./_pickle.ts";
import { type Pickled, PickledArray } from "./_pickled_numpy.ts";
import { type LoadOptions, mostBytes, type Source, wantedChecksum } from "./sources.ts";

const PIXELS = CIFAR_RECORD - 1;

/** The files of CIFAR-10's Python version, as torchvision keeps them; MD5 is what was published of them. */
export const pythonSource = {
  name: "cifar10",
  address: "https://www.cs.toronto.edu/~kriz/",
  layouts: [
    "cifar-10-batches-py",
    "cifar10/cifar-10-batches-py",
    "cifar-10-batches-py-target/cifar-10-batches-py", // Keras 3
  ],
  system: [],
  largest: 170_498_071, // the archive
  archive: "cifar-10-python.tar.gz",
  checksums: {
    "cifar-10-python.tar.gz": "c58f30108f718f92721af3b95e74349a",
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
  },
} as const satisfies Source;

/** The batches of each part. */
export const pythonFiles: Readonly<Record<Split, readonly string[]>> = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`),
  test: ["test_batch"],
};

/** Reads batches. */
export async function readPickles(paths: readonly string[], options: LoadOptions): Promise<CifarContent> {
  const records: Uint8Array[] = [];
  for (const path of paths) {
    const bytes = await readUnpacked(path, mostBytes(pythonSource, options)),
      wanted = wantedChecksum(pythonSource, basename(path), options);
    const batch = pythonRecords(bytes, path), wrong = wrongChecksum(checksumLike(wanted, bytes), wanted);
    if (wrong) throw unusable(path, wrong);
    records.push(batch);
  }
  return together(records, paths[0]!);
}

/** Reads the batches of a part out of the archive. */
export async function readPythonArchive(
  path: string,
  split: Split,
  options: LoadOptions,
): Promise<CifarContent> {
  await checkArchive(pythonSource, path, options);
  const found = new Map<string, Uint8Array>();
  await batchesIn(path, pythonFiles[split], (file, batch) => {
    found.set(file, pythonRecords(batch, `${file} in ${path}`));
  }, mostInArchive(pythonSource, options));
  return together(pythonFiles[split].map((file) => found.get(file)!), path);
}

/**
 * A batch of CIFAR-10's Python version as the binary version would have it: the images are the same, in the same order
 * of planes.
 *
 * @param bytes The pickle.
 * @param path Its name, for errors.
 */
export function pythonRecords(bytes: Uint8Array, path: string): Uint8Array {
  const batch = readPickle(bytes, path);
  if (!(batch instanceof Map)) throw unusable(path, "it holds no dictionary of data and labels");
  if (batch.has("fine_labels")) throw unusable(path, "it is of CIFAR-100, CIFAR-10 is wanted");
  const data = batch.get("data"), array = data instanceof PickledArray ? data.array : undefined;
  if (array === undefined) throw unusable(path, "it has no array called data");
  const { type, shape, data: pixels } = array, [count, each] = shape;
  if (type !== "uint8" || shape.length !== 2 || each !== PIXELS || count === 0) {
    throw unusable(
      path,
      `its data are ${shape.join(" × ")} of type ${type}, n × ${PIXELS} of uint8 are wanted`,
    );
  }
  const labels = numbers(batch.get("labels"));
  if (labels === undefined) throw unusable(path, "it has no list of whole numbers called labels");
  if (labels.length !== count) throw unusable(path, `it has ${labels.length} labels for ${count} images`);
  const records = new Uint8Array(count * CIFAR_RECORD);
  for (let image = 0; image < count; image++) {
    const label = labels[image]!;
    if (label < 0 || label > 9) {
      throw unusable(path, `label ${label} of image ${image} is none of 10 classes`);
    }
    records[image * CIFAR_RECORD] = label;
    records.set(
      (pixels as Uint8Array).subarray(image * PIXELS, (image + 1) * PIXELS),
      image * CIFAR_RECORD + 1,
    );
  }
  return records;
}

/** A list of whole numbers, or an array of them. */
function numbers(value: Pickled | undefined): number[] | undefined {
  const array = value instanceof PickledArray ? value.array : undefined;
  const list = array?.shape.length === 1 ? Array.from(array.data, Number) : value;
  return Array.isArray(list) && list.every(Number.isInteger) ? list as number[] : undefined;
}
