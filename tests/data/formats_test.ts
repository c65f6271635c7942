import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { cifar10, DataError, fashionMnist, locate, svhn } from "@gcln/kit/data";
import { random } from "@gcln/kit/tensor";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { readMat5 } from "../../lib/data/_mat5.ts";
import { cifarBatch, cifarPixel, flipped, idx, inFolder, only, sha256, tar } from "./_small_files.ts";

const golden = new URL("../../fixtures/golden/", import.meta.url);
const IMAGES = "t10k-images-idx3-ubyte", LABELS = "t10k-labels-idx1-ubyte";

/** Three images whose bytes tell their place. */
const clothes = Uint8Array.from({ length: 3 * 784 }, (_, i) => i % 251 + 1);
const clothesImages = idx([3, 28, 28], clothes), clothesLabels = idx([3], Uint8Array.of(9, 0, 3));

async function write(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(join(folder, name), bytes);
}

Deno.test("fashionMnist() reads IDX files, packed or not, and frames the images with zeros", async () => {
  for (const pack of [true, false]) {
    await inFolder(async (folder) => {
      const end = pack ? ".gz" : "";
      await write(folder, {
        [IMAGES + end]: pack ? gzipSync(clothesImages) : clothesImages,
        [LABELS + end]: pack ? gzipSync(clothesLabels) : clothesLabels,
      });
      const data = await fashionMnist("test", only(folder));
      assertEquals([data.size, data.shape, [...data.labels]], [3, [32, 32, 1], [9, 0, 3]]);
      for (let at = 0; at < data.pixels.length; at++) {
        const image = Math.floor(at / 1024), y = Math.floor(at / 32) % 32 - 2, x = at % 32 - 2;
        const inside = y >= 0 && y < 28 && x >= 0 && x < 28;
        assertEquals(data.pixels[at], inside ? clothes[image * 784 + y * 28 + x] : 0);
      }
    });
  }
});

Deno.test("fashionMnist() reads files that lie in folders of their own names, as Kaggle packs them", async () => {
  await inFolder(async (folder) => {
    for (const [name, bytes] of [["images-idx3", clothesImages], ["labels-idx1", clothesLabels]] as const) {
      const file = `train-${name}-ubyte`;
      await Deno.mkdir(join(folder, file));
      await Deno.writeFile(join(folder, file, file), bytes);
    }
    assertEquals((await fashionMnist("train", only(folder))).size, 3);
  });
});

Deno.test("fashionMnist() reads files whose names have a dot, packed or not", async () => {
  for (const end of ["", ".gz"]) {
    await inFolder(async (folder) => {
      const pack = (bytes: Uint8Array) => end ? gzipSync(bytes) : bytes;
      await write(folder, {
        [`train-images.idx3-ubyte${end}`]: pack(clothesImages),
        [`train-labels.idx1-ubyte${end}`]: pack(clothesLabels),
      });
      const train = await fashionMnist("train", only(folder));
      assertEquals([train.size, [...train.labels]], [3, [9, 0, 3]]);
      const found = (await locate("fashion-mnist", only(folder))).map(({ path }) => path);
      assertEquals(found.slice(0, 2), [
        join(folder, `train-images.idx3-ubyte${end}`),
        join(folder, `train-labels.idx1-ubyte${end}`),
      ]);
    });
  }
});

const debian = "/usr/share/datasets/fashion-mnist";
const hasDebian = await Deno.stat(debian).then(() => true, () => false);

Deno.test({
  name: "fashionMnist() reads the real 60 000 + 10 000 images of Debian's package",
  ignore: !hasDebian,
  fn: async () => {
    const train = await fashionMnist("train", { folder: debian }), test = await fashionMnist("test");
    assertEquals([train.size, test.size], [60_000, 10_000]);
    for (const data of [train, test]) {
      const counts = new Array<number>(10).fill(0);
      for (const label of data.labels) counts[label]!++;
      assertEquals(counts, new Array(10).fill(data.size / 10));
    }
    assertEquals([...train.labels.subarray(0, 5)], [9, 0, 0, 3, 0]);
    const mean = test.pixels.reduce((a, b) => a + b, 0) / (10_000 * 784) / 255;
    assert(Math.abs(mean - 0.2868) < 0.001, `mean ${mean}`);
    assert((await locate("fashion-mnist")).every(({ state }) => state === "complete"));
  },
});

const cifarFiles = {
  ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, cifarBatch([i, 9 - i], 2 * i)])),
  "test_batch.bin": cifarBatch([7, 0, 9]),
};

function checkCifar(data: Awaited<ReturnType<typeof cifar10>>, first: number): void {
  for (let at = 0; at < data.pixels.length; at++) {
    const image = Math.floor(at / 3072), y = Math.floor(at / 96) % 32, x = Math.floor(at / 3) % 32;
    assertEquals(data.pixels[at], cifarPixel(first + image, y, x, at % 3));
  }
}

Deno.test("cifar10() reads the binary version and interleaves its channels", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "cifar-10-batches-bin"));
    await write(join(folder, "cifar-10-batches-bin"), cifarFiles);
    const train = await cifar10("train", only(folder)), test = await cifar10("test", only(folder));
    assertEquals([...train.labels], [1, 8, 2, 7, 3, 6, 4, 5, 5, 4]);
    assertEquals([...test.labels], [7, 0, 9]);
    assertEquals(test.classes[7], "horse");
    checkCifar(train, 2);
    checkCifar(test, 0);
  });
});

Deno.test("cifar10() reads its files out of the archive", async () => {
  const entries = Object.entries(cifarFiles).map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes]);
  const archive = gzipSync(tar(Object.fromEntries(entries.toReversed())));
  await inFolder(async (folder) => {
    const path = join(folder, "cifar-10-binary.tar.gz");
    await Deno.writeFile(path, archive);
    const train = await cifar10("train", only(folder));
    assertEquals([...train.labels], [1, 8, 2, 7, 3, 6, 4, 5, 5, 4]);
    checkCifar(train, 2);
    checkCifar(await cifar10("test", only(folder)), 0);

    const error = (bytes: Uint8Array, says: string) =>
      Deno.writeFile(path, bytes).then(() =>
        assertRejects(() => cifar10("test", only(folder)), DataError, says)
      );
    await error(archive.subarray(0, archive.length - 40), "cut off or damaged");
    await error(gzipSync(tar(cifarFiles).subarray(0, 5000)), "the archive ends too early");
    await error(gzipSync(flipped(tar(cifarFiles), 3)), "not a tar archive");
    await error(gzipSync(tar({ "x/readme.html": new Uint8Array(9) })), "test_batch.bin is not in it");
    await error(gzipSync(tar({ "x/test_batch.bin": new Uint8Array(9) })), "a multiple of 3073");
  });
});

Deno.test("svhn() reads SciPy's MAT files, compressed or not; class 10 is the digit 0", async () => {
  for (const kind of ["compressed", "plain"]) {
    await inFolder(async (folder) => {
      await Deno.copyFile(new URL(`data_svhn_${kind}.mat`, golden), join(folder, "test_32x32.mat"));
      const data = await svhn("test", only(folder));
      assertEquals([data.size, data.shape, [...data.labels]], [4, [32, 32, 3], [1, 0, 9, 2]]);
      for (let at = 0; at < data.pixels.length; at++) {
        const image = Math.floor(at / 3072), row = Math.floor(at / 96) % 32, column = Math.floor(at / 3) % 32;
        assertEquals(data.pixels[at], (7 * row + 3 * column + 50 * (at % 3) + 11 * image) % 256);
      }
    });
  }
});

Deno.test("readMat5() gives a DataError for any file that is cut off, and never another error for flipped bits", async () => {
  for (const kind of ["compressed", "plain"]) {
    const bytes = await Deno.readFile(new URL(`data_svhn_${kind}.mat`, golden)), next = random(1);
    const tried = (damaged: Uint8Array): Error | undefined => {
      try {
        readMat5(damaged, "a.mat");
      } catch (error) {
        return error as Error;
      }
    };
    for (let i = 0; i < 60; i++) {
      const cut = tried(bytes.slice(0, 129 + Math.floor(next() * (bytes.length - 130))));
      assert(cut === undefined || cut instanceof DataError, String(cut));
      const at = next() < 0.7 ? Math.floor(next() * 420) : Math.floor(next() * bytes.length);
      const wrong = tried(flipped(bytes, at, Math.floor(next() * 8)));
      assert(wrong === undefined || wrong instanceof DataError, String(wrong));
    }
    assert(tried(bytes.slice(0, bytes.length - 9)) instanceof DataError);
  }
});

/** Every way a file can be wrong: what is done to a good set, and what the error says of which file. */
const wrongs: Readonly<Record<string, [files: Record<string, Uint8Array | "folder">, says: RegExp]>> = {
  "an empty file": [{ [IMAGES]: new Uint8Array() }, /images.*it is empty/],
  "a folder in a file's place": [{ [LABELS]: "folder" }, /labels.*it is a folder/],
  "a file that is cut off": [
    { [IMAGES]: clothesImages.subarray(0, 900) },
    /900 bytes.*promises 2368 \(3 × 28 × 28\)/,
  ],
  "a header that is cut off": [{ [IMAGES]: clothesImages.subarray(0, 9) }, /ends within its header/],
  "a packed file that is cut off": [{ [IMAGES]: gzipSync(clothesImages).subarray(0, 200) }, /gzip.*cut off/],
  "labels where images should be": [{ [IMAGES]: clothesLabels }, /starts with 00000801.*00000803/],
  "a web page": [{ [LABELS]: new TextEncoder().encode("<html>not found") }, /starts with 3c68746d/],
  "images of another size": [{ [IMAGES]: idx([3, 2, 2], new Uint8Array(12)) }, /2 × 2, 28 × 28 is wanted/],
  "fewer labels than images": [{ [LABELS]: idx([2], new Uint8Array(2)) }, /2 labels for the 3 images/],
  "a label without a class": [{ [LABELS]: idx([3], Uint8Array.of(1, 10, 2)) }, /label 10 of image 1/],
};

for (const [what, [files, says]] of Object.entries(wrongs)) {
  Deno.test(`fashionMnist() says what is wrong with ${what}, and what to do`, async () => {
    await inFolder(async (folder) => {
      await write(folder, { [IMAGES]: clothesImages, [LABELS]: clothesLabels });
      for (const [name, bytes] of Object.entries(files)) {
        if (bytes !== "folder") await Deno.writeFile(join(folder, name), bytes);
        else {
          await Deno.remove(join(folder, name));
          await Deno.mkdir(join(folder, name));
        }
      }
      const error = await assertRejects(() => fashionMnist("test", only(folder)), DataError);
      assertMatch(error.message, says);
      assertMatch(error.message, /Replace the file, or remove it so that it is downloaded anew$/);
      assert(error.message.includes(folder), error.message);
    });
  });
}

Deno.test("cifar10() and svhn() say what is wrong with their files", async () => {
  const mat = await Deno.readFile(new URL("data_svhn_plain.mat", golden));
  const newer = new TextEncoder().encode("MATLAB 7.3 MAT-file");
  const cases: [string, Uint8Array, string][] = [
    ["test_batch.bin", new Uint8Array(), "it is empty"],
    ["test_batch.bin", cifarBatch([1, 2]).subarray(1), "6145 bytes, a multiple of 3073"],
    ["test_batch.bin", cifarBatch([1, 11]), "label 11 of image 1"],
    ["test_32x32.mat", newer, "7.3 (HDF5)"],
    ["test_32x32.mat", new TextEncoder().encode("MATLAB 5.0 MAT-file"), "does not start"],
    ["test_32x32.mat", mat.subarray(0, mat.length - 100), "ends within an array"],
    ["test_32x32.mat", mat.subarray(0, 128), "no array X"],
  ];
  for (const [name, bytes, says] of cases) {
    await inFolder(async (folder) => {
      await Deno.writeFile(join(folder, name), bytes);
      const load = name.endsWith(".bin") ? cifar10 : svhn;
      const error = await assertRejects(() => load("test", only(folder)), DataError, says);
      assert(error.message.includes(join(folder, name)), error.message);
    });
  }
});

Deno.test("loaders refuse files that are not the published ones, unless told what else they should be", async () => {
  await inFolder(async (folder) => {
    await write(folder, { [IMAGES]: clothesImages, [LABELS]: clothesLabels, ...cifarFiles });
    await Deno.copyFile(new URL("data_svhn_plain.mat", golden), join(folder, "test_32x32.mat"));
    const { checksums: _, ...published } = only(folder);
    for (const load of [fashionMnist, cifar10, svhn]) {
      await assertRejects(() => load("test", published), DataError, "damaged or not the published one");
    }
    const checksums = { [`${IMAGES}.gz`]: sha256(clothesImages), [`${LABELS}.gz`]: sha256(clothesLabels) };
    assertEquals((await fashionMnist("test", { ...published, checksums })).size, 3);
    await Deno.writeFile(join(folder, IMAGES), flipped(clothesImages, 1000));
    await assertRejects(() => fashionMnist("test", { ...published, checksums }), DataError, "damaged");
  });
});

Deno.test("loaders say where they looked for what is not there", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(
      () => svhn("train", only(folder)),
      DataError,
      "Cannot find train_32x32.mat",
    );
    for (const place of [folder, join(folder, "svhn"), join(folder, "cache", "svhn")]) {
      assert(error.message.includes(place), error.message);
    }
    assertMatch(error.message, /GCLN_DATA/);
    await assertRejects(
      () => locate("svhn", { fodler: folder } as never),
      RangeError,
      'did you mean "folder"?',
    );
    assertEquals(await locate("svhn", only(folder)), [
      { file: "train_32x32.mat", state: "missing" },
      { file: "test_32x32.mat", state: "missing" },
    ]);
  });
});

Deno.test("loaders find a set in the folder itself, in its own subfolder and in the cache", async () => {
  for (const place of [".", "svhn", "cache/svhn"]) {
    await inFolder(async (folder) => {
      await Deno.mkdir(join(folder, place), { recursive: true });
      await Deno.copyFile(new URL("data_svhn_plain.mat", golden), join(folder, place, "test_32x32.mat"));
      assertEquals((await svhn("test", only(folder))).size, 4);
    });
  }
});
