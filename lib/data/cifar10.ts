import { binaryFiles, binarySource, readBinary, readBinaryArchive } from "./_cifar_binary.ts";
import { pythonFiles, pythonSource, readPickles, readPythonArchive } from "./_cifar_python.ts";
import type { CifarContent } from "./_cifar_records.ts";
import { type Dataset, dataset } from "./dataset.ts";
import type { Split } from "./dataset_content.ts";
import { type DatasetKind, defineDataset } from "./define_dataset.ts";
import { find, type LoadOptions, type Source } from "./sources.ts";

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
    shape: [32, 32, 3],
    examples: { train: 50_000, test: 10_000 },
    mirrors: true,
    normalise: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] },
  },
  files: { ...binarySource, alternative: pythonSource },
  load: async (split, options): Promise<Dataset> => {
    const content = await read(split, options);
    return dataset({ name: "cifar10", split, classes, shape: [32, 32, 3], ...content });
  },
});

/** The first form of the data set that is there; else the archive, which is downloaded. */
async function read(split: Split, options: LoadOptions): Promise<CifarContent> {
  const findAll = async (source: Source, names: readonly string[]) => {
    const paths = await Promise.all(names.map((file) => find(source, file, options)));
    return paths.every((path) => path !== undefined) ? paths : undefined;
  };
  const files = await findAll(binarySource, binaryFiles[split]);
  if (files) return await readBinary(files, options);
  const pickles = await findAll(pythonSource, pythonFiles[split]);
  if (pickles) return await readPickles(pickles, options);
  const [archive, pythonArchive] = await Promise.all([
    find(binarySource, binarySource.archive, options),
    find(pythonSource, pythonSource.archive, options),
  ]);
  return archive === undefined && pythonArchive !== undefined
    ? await readPythonArchive(pythonArchive, split, options)
    : await readBinaryArchive(split, options);
}
