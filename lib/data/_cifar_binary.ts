import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { withLock, writeAtomically } from "../files/mod.ts";
import { batchesIn, checkArchive, mostInArchive } from "./_cifar_archive.ts";
import {
  CIFAR_RECORD as RECORD,
  type CifarContent,
  place,
  recordsIn,
  room,
  together,
} from "./_cifar_records.ts";
import type { Split } from "./dataset_content.ts";
import { fileSize, unusable, wrongChecksum } from "./_files.ts";
import { checkLabelBytes } from "./_pairs.ts";
import { dataFolder, find, type LoadOptions, obtain, type Source, wantedChecksum } from "./sources.ts";

/** The files of CIFAR-10's binary version, as its authors publish them: the archive, and the batches in it. */
export const binarySource = {
  name: "cifar10",
  address: "https://www.cs.toronto.edu/~kriz/",
  layouts: ["cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"],
  system: [],
  largest: 170_052_171, // the archive
  archive: "cifar-10-binary.tar.gz",
  hint: "put torchvision's cifar-10-batches-py there",
  checksums: {
    "cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
  },
} as const satisfies Source;

/** The batches of each part. */
export const binaryFiles: Readonly<Record<Split, readonly string[]>> = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ["test_batch.bin"],
};

/** Reads batches, a piece at a time. */
export async function readBinary(paths: readonly string[], options: LoadOptions): Promise<CifarContent> {
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
    checkLabelBytes(path, content.labels.subarray(first, end), 10);
    const wrong = wrongChecksum(hash.digest("hex"), wantedChecksum(binarySource, basename(path), options));
    if (wrong) throw unusable(path, wrong);
  }
  return content;
}

/**
 * Reads the archive: one's own as it is; a downloaded one is unpacked beside itself, and removed. Of several processes one
 * downloads and unpacks it, and the others wait.
 */
export async function readBinaryArchive(split: Split, options: LoadOptions): Promise<CifarContent> {
  const { archive } = binarySource,
    folder = dataFolder(binarySource.name, options),
    kept = join(folder, archive);
  const own = await find(binarySource, archive, options);
  if (own !== undefined && own !== kept) return await readOwnArchive(own, split, options);
  await withLock(`${folder}/unpacking.lock`, () => unpack(folder, options), {
    waits: () => console.error(`Waiting for another process, which fetches ${archive}`),
  });
  return await readBinary(binaryFiles[split].map((file) => join(folder, file)), options);
}

async function readOwnArchive(path: string, split: Split, options: LoadOptions): Promise<CifarContent> {
  await checkArchive(binarySource, path, options);
  const found = new Map<string, Uint8Array>();
  await batchesIn(path, binaryFiles[split], (file, batch) => {
    recordsIn(batch.length, `${file} in ${path}`);
    found.set(file, batch);
  }, mostInArchive(binarySource, options));
  return together(binaryFiles[split].map((file) => found.get(file)!), path);
}

/** Downloads the archive, unless its files are there already, unpacks and removes it. */
async function unpack(folder: string, options: LoadOptions): Promise<void> {
  const all = [...binaryFiles.train, ...binaryFiles.test];
  const there = await Promise.all(
    all.map((file) => Deno.stat(join(folder, file)).then(() => true, () => false)),
  );
  if (there.every(Boolean)) return; // another process was faster
  const path = await obtain(binarySource, binarySource.archive, options);
  await checkArchive(binarySource, path, options);
  await batchesIn(
    path,
    all,
    async (file, batch) => {
      recordsIn(batch.length, `${file} in ${path}`);
      await writeAtomically(join(folder, file), batch);
    },
    mostInArchive(binarySource, options),
  );
  await Deno.remove(path);
}
