import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { DataError, type DatasetKind, npz, type NpzOptions } from "@gcln/kit/data";
import { join } from "node:path";
import { goldenFile } from "./_golden_files.ts";
import { flipped, inFolder } from "./_small_files.ts";

/** The kind in a file of these bytes, called `own.npz`. */
async function kindOf(bytes: Uint8Array, options?: NpzOptions): Promise<DatasetKind> {
  let kind: DatasetKind | undefined;
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "Own Data.npz"), bytes);
    kind = await npz(join(folder, "Own Data.npz"), options);
  });
  return kind!;
}

const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
const pixels = Uint8Array.from({ length: 600 }, (_, i) => i % 251);
const grey = pixels.filter((_, i) => i % 3 === 0);

Deno.test("npz() reads stored parts that are called x_train, y_train, x_test and y_test", async () => {
  const kind = await kindOf(goldenFile("parts.npz"));
  const [train, test] = [await kind("train"), await kind("test")];
  assertEquals([train.pixels, test.pixels], [pixels.subarray(0, 360), pixels.subarray(360)]);
  assertEquals([...train.labels, ...test.labels], labels);
  assertEquals(kind.facts.shape, [4, 5, 3]);
  assertEquals([kind.facts.classes, kind.facts.examples], [["0", "1", "2"], { train: 6, test: 4 }]);
});

Deno.test("npz() reads packed grey parts, and val where there is no test; labels may be a column", async () => {
  const kind = await kindOf(goldenFile("packed.npz"), { classes: ["a", "b", "c", "d"] });
  const test = await kind("test");
  assertEquals([test.pixels, [...test.labels]], [grey.subarray(120), labels.slice(6)]);
  assertEquals([test.shape, test.classes], [[4, 5, 1], ["a", "b", "c", "d"]]);
});

for (const file of ["whole.npz", "unnamed.npz"]) {
  Deno.test(`npz() keeps a share of each class of ${file} as the test part`, async () => {
    const kind = await kindOf(goldenFile(file), { test: 0.5 });
    const [train, test] = [await kind("train"), await kind("test")];
    // Every second one of each class, in order: images 3 and 9 are the second and fourth of class 0.
    assertEquals([...test.labels], [0, 1, 2, 0]);
    assertEquals(
      test.pixels,
      Uint8Array.from([3, 4, 5, 9].flatMap((i) => [...pixels.subarray(60 * i, 60 * i + 60)])),
    );
    assertEquals([train.size, (await (await kindOf(goldenFile(file), { test: 1 }))("test")).size], [6, 10]);
  });
}

Deno.test("npz() names the kind after file and content, safely", async () => {
  const { name, title } = await kindOf(goldenFile("parts.npz"));
  assertMatch(name, /^own-data-[0-9a-f]{8}$/);
  assertEquals([title, (await kindOf(goldenFile("parts.npz"))).name], ["Own Data", name]);
  assertNotEquals((await kindOf(goldenFile("packed.npz"))).name, name);
});

Deno.test("npz() reads thousands of classes", async () => {
  const kind = await kindOf(goldenFile("many classes.npz")), { classes } = kind.facts;
  assertEquals([classes.length, classes[999]], [1000, "999"]);
  assertEquals(new Set((await kind("train")).labels), new Set([997, 998, 999]));
});

const wrongs: Readonly<Record<string, [file: string | Uint8Array, says: RegExp]>> = {
  "channels before height": [
    "channels first.npz",
    /\[10, 3, 4, 5\], which looks like \[n, channels, height, width\].*transpose\(0, 2, 3, 1\)/,
  ],
  "floats from -1 to 1": [
    "signed.npz",
    /its array x can't be used: it holds -1; floats in \[0, 1\] are wanted/,
  ],
  "floats up to 255": ["bytes as floats.npz", /it holds 2; floats in \[0, 1\] are wanted: divide by 255/],
  "int64 images": ["int64 images.npz", /its type is int64; uint8, or floats in \[0, 1\] are wanted/],
  "truths": ["truths.npz", /its type is bool; uint8, or floats/],
  "one-hot labels": ["one-hot.npz", /its array y can't be used: its shape is \[10, 3\].*argmax/],
  "negative labels": [
    "negative labels.npz",
    /its array y can't be used: label -1 of image 0: there are 2 classes/,
  ],
  "fewer labels": ["fewer labels.npz", /its array y has 9 labels for the 10 images of x/],
  "no labels": ["no labels.npz", /beside its array x it has none of labels; it has "x", "notes"/],
  "other names": ["other names.npz", /no arrays of images and labels that are known.*it has "a", "b"/],
  "no zip": [new Uint8Array(100), /it is no zip archive, or one that is cut off or damaged/],
  "half a zip": [goldenFile("parts.npz").subarray(0, 700), /it is no zip archive/],
  "a flipped bit": [
    flipped(goldenFile("whole.npz"), 1000),
    /its file images.npy is damaged: its checksum is wrong/,
  ],
};

for (const [what, [file, says]] of Object.entries(wrongs)) {
  Deno.test(`npz() says what is wrong with ${what}`, async () => {
    const bytes = typeof file === "string" ? goldenFile(file) : file;
    const error = await assertRejects(() => kindOf(bytes), DataError);
    assertMatch(error.message, says);
    assert(error.message.includes("Own Data.npz"), error.message);
  });
}

Deno.test("npz() says so where too few images leave none to test on", async () => {
  const file = goldenFile("whole.npz"), few = await kindOf(file, { test: 0.1 });
  assertEquals(few.facts.examples, { train: 10, test: 0 });
  await assertRejects(
    () => few("test"),
    DataError,
    "it has no images to test; the option test keeps a larger",
  );
});

Deno.test("npz() refuses options that it does not know, and shares that are none", async () => {
  const bytes = goldenFile("parts.npz"), odd = (options: object) => kindOf(bytes, options as NpzOptions);
  await assertRejects(() => odd({ clases: [] }), RangeError, 'did you mean "classes"?');
  await assertRejects(() => odd({ test: 0 }), RangeError, "Cannot use test 0");
  await assertRejects(() => odd({ mirrors: "yes" }), RangeError, "true or false is wanted");
  await assertRejects(
    () => odd({ classes: ["a", "b"] }),
    DataError,
    "label 2 of image 2: there are 2 classes",
  );
});
