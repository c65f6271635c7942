import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { augment, dataset, type DatasetContent } from "@gcln/kit/data";
import { createHash } from "node:crypto";
import { tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** Ten images of 2 × 3 pixels and two channels; every byte tells its image, y, x and channel. */
const ten = dataset({
  name: "ten",
  split: "test",
  classes: ["even", "odd"],
  shape: [2, 3, 2],
  pixels: Uint8Array.from({ length: 120 }, (_, i) => i),
  labels: Uint8Array.from({ length: 10 }, (_, i) => i % 2),
});

/** The images of a batch by the number that their first byte tells. */
async function numbers(images: tf.Tensor4D): Promise<number[]> {
  const [first] = [await images.data()];
  return Array.from({ length: images.shape[0] }, (_, i) => Math.round(first[i * 12]! * 255) / 12);
}

Deno.test("batches() gives every image exactly once, with its own label, in any order and size", async () => {
  for (const size of [1, 3, 5, 10, 64]) {
    for (const seed of [undefined, 1, 2]) {
      const seen: number[] = [];
      for (const { images, labels } of ten.batches({ size, ...(seed ? { seed } : {}) })) {
        const of = await numbers(images);
        assertEquals([...await labels.data()], of.map((n) => n % 2));
        assert(of.length <= size);
        seen.push(...of);
        tf.dispose([images, labels]);
      }
      assertEquals(seen.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      if (seed === undefined) assertEquals(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      else assertNotEquals(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  }
});

Deno.test("batches() shuffles alike for one seed and differently for two", async () => {
  const order = async (seed: number) => {
    const [batch] = [...ten.batches({ size: 10, seed })];
    return await numbers(batch!.images);
  };
  assertEquals(await order(7), await order(7));
  assertNotEquals(await order(7), await order(8));
});

Deno.test("batches() can leave out a last, smaller batch", () => {
  const sizes = (dropLast: boolean) => [...ten.batches({ size: 4, dropLast })].map((b) => b.labels.size);
  assertEquals(sizes(false), [4, 4, 2]);
  assertEquals(sizes(true), [4, 4]);
});

Deno.test("batch() makes float32 images in [0, 1] and int32 labels", async () => {
  const { images, labels } = ten.batch([9, 0]);
  assertEquals([images.shape, images.dtype, labels.shape, labels.dtype], [
    [2, 2, 3, 2],
    "float32",
    [2],
    "int32",
  ]);
  const values = await images.data();
  assertEquals(values[0], Math.fround(108 / 255));
  assertEquals(values[23], Math.fround(11 / 255));
});

Deno.test("take() and skip() are views that share the pixels", () => {
  const middle = ten.skip(2).take(3);
  assertEquals([middle.size, middle.labels], [3, Int32Array.of(0, 1, 0)]);
  assertEquals(middle.pixels, ten.pixels.subarray(24, 60));
  assert(middle.pixels.buffer === ten.pixels.buffer);
});

Deno.test("take() with a seed picks different images, the same ones each time, and views of it agree", async () => {
  const some = ten.take(6, { seed: 3 });
  assertEquals(some.pixels, ten.take(6, { seed: 3 }).pixels);
  assertNotEquals(some.pixels, ten.take(6, { seed: 4 }).pixels);
  const of = await numbers(some.all().images);
  assertEquals(new Set(of).size, 6);
  assertEquals(await numbers(some.skip(4).all().images), of.slice(4));
  const again = await numbers(some.take(3, { seed: 1 }).all().images);
  assert(again.every((n) => of.includes(n)));
  assertEquals([...some.labels], of.map((n) => n % 2));
});

Deno.test("checksum is of the view's own pixels and labels", () => {
  assertEquals(ten.take(10).checksum, ten.checksum);
  assertNotEquals(ten.take(9).checksum, ten.checksum);
  const relabelled = dataset({
    ...ten,
    name: "x",
    split: "test",
    classes: ["a", "b"],
    shape: ten.shape,
    pixels: ten.pixels,
    labels: new Uint8Array(10),
  });
  assertNotEquals(relabelled.checksum, ten.checksum);
});

Deno.test("dataset() and its views refuse what does not fit", () => {
  const content = { name: "x", split: "test", classes: ["a"], shape: [1, 1, 1] } as const;
  const make = (pixels: number, labels: number[]) => () => {
    dataset({ ...content, pixels: new Uint8Array(pixels), labels: Uint8Array.from(labels) });
  };
  assertThrows(make(3, [0, 0]), RangeError, "3 bytes of pixels with 2 labels");
  assertThrows(make(2, [0, 1]), RangeError, "label 1 of image 1");
  assertThrows(() => ten.take(11), RangeError, "it has 10");
  assertThrows(() => ten.skip(-1), RangeError, "it has 10");
  assertThrows(() => ten.take(1.5), RangeError, "1.5");
  assertThrows(() => ten.batch([10]), RangeError, "image 10");
  assertThrows(() => [...ten.batches({ size: 0 })], RangeError, "batches of 0");
});

/** 1000 images of one pixel, with labels up to 999. */
const thousand = {
  name: "thousand",
  split: "train",
  classes: Array.from({ length: 1000 }, (_, label) => `n${label}`),
  shape: [1, 1, 1],
  pixels: Uint8Array.from({ length: 1000 }, (_, i) => i % 256),
} as const;
const upTo999 = Array.from({ length: 1000 }, (_, i) => (7 * i + 3) % 1000);

Deno.test("labels above 255 come back as they are from any array and through every view", async () => {
  for (
    const labels of [
      upTo999,
      Uint16Array.from(upTo999),
      Int32Array.from(upTo999),
      Float64Array.from(upTo999),
      upTo999.map(BigInt),
      BigInt64Array.from(upTo999, BigInt),
    ]
  ) {
    const data = dataset({ ...thousand, labels });
    assertEquals([...data.labels], upTo999);
    assertEquals([...data.skip(500).take(9).labels], upTo999.slice(500, 509));
    const some = data.take(50, { seed: 3 }), { labels: batch, ids } = some.all();
    assertEquals([...await batch.data()], ids!.map((id) => upTo999[id]!));
    assertEquals([...some.labels], ids!.map((id) => upTo999[id]!));
    for (const { labels, ids } of data.batches({ size: 300, seed: 1 })) {
      assertEquals([...await labels.data()], ids!.map((id) => upTo999[id]!));
    }
  }
});

Deno.test("checksum takes a byte a label, as long as no label is above 255, and four else", () => {
  const sha = (...parts: Uint8Array[]) => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  };
  const { pixels } = thousand, low = upTo999.map((label) => label % 256);
  assertEquals(dataset({ ...thousand, labels: low }).checksum, sha(pixels, Uint8Array.from(low)));
  const bytes = new Uint8Array(4000), view = new DataView(bytes.buffer);
  upTo999.forEach((label, i) => view.setInt32(4 * i, label, true));
  assertEquals(dataset({ ...thousand, labels: upTo999 }).checksum, sha(pixels, bytes));
  const view9 = dataset({ ...thousand, labels: upTo999 }).skip(3).take(9), from = view9.labels;
  assertEquals(
    view9.checksum,
    sha(
      view9.pixels,
      from.every((label) => label < 256) ? Uint8Array.from(from) : new Uint8Array(from.slice().buffer),
    ),
  );
});

Deno.test("dataset() keeps its labels when the array that it was given changes", () => {
  const labels = Int32Array.of(0, 1), data = dataset({ ...thousand, pixels: new Uint8Array(2), labels });
  labels[0] = 5;
  assertEquals([...data.labels], [0, 1]);
});

/** What is changed of a good content of one image, and the error. */
const wrongs: Readonly<
  Record<string, [changes: object, type: typeof RangeError | typeof TypeError, says: string]>
> = {
  "a negative label": [{ labels: [-1] }, RangeError, "Cannot use label -1 of image 0: there are 2 classes"],
  "a fraction": [{ labels: Float32Array.of(0.5) }, RangeError, "Cannot use label 0.5 of image 0"],
  "a NaN": [{ labels: [NaN] }, RangeError, "Cannot use label NaN of image 0"],
  "infinity": [{ labels: [Infinity] }, RangeError, "Cannot use label Infinity of image 0"],
  "a label without a class": [{ labels: Uint16Array.of(256) }, RangeError, "Cannot use label 256 of image 0"],
  "a text for a label": [{ labels: ["1"] }, TypeError, 'Cannot use label "1" of image 0'],
  "nothing for a label": [{ labels: [undefined] }, TypeError, "Cannot use label undefined of image 0"],
  "a text for labels": [{ labels: "0" }, TypeError, 'Cannot use "0" for labels'],
  "a tensor of labels": [{ labels: tf.tensor1d([0], "int32") }, TypeError, "await labels.data()"],
  "floats for pixels": [{ pixels: Float32Array.of(0.5) }, TypeError, "fromArrays takes floats in [0, 1]"],
  "an array for pixels": [{ pixels: [1] }, TypeError, "Cannot use Array for pixels: a Uint8Array"],
  "clamped bytes": [
    { pixels: Uint8ClampedArray.of(1) },
    TypeError,
    "Cannot use Uint8ClampedArray for pixels",
  ],
  "a split of another name": [{ split: "tset" }, RangeError, 'did you mean "test"?'],
  "no classes": [{ classes: [] }, RangeError, "Cannot make a data set without classes"],
  "a count for classes": [{ classes: 2 }, TypeError, "an array with the name of each class"],
  "numbers for classes": [{ classes: [0, 1] }, TypeError, "an array with the name of each class"],
  "a shape of two": [{ shape: [1, 1] }, TypeError, "[height, width, channels] is wanted"],
  "a shape of nothing": [{ shape: [0, 1, 1] }, RangeError, "whole numbers of at least 1"],
  "a shape of fractions": [{ shape: [1, 0.5, 2] }, RangeError, "whole numbers of at least 1"],
  "a path for a name": [{ name: "../a" }, RangeError, "a text without slashes"],
  "no name": [{ name: "" }, RangeError, "a text without slashes"],
  "a misspelt field": [{ lables: [0] }, RangeError, 'did you mean "labels"?'],
  "a missing field": [{ labels: undefined }, RangeError, "without labels"],
};

for (const [what, [changes, type, says]] of Object.entries(wrongs)) {
  Deno.test(`dataset() refuses ${what}`, () => {
    const good = {
      name: "x",
      split: "test",
      classes: ["a", "b"],
      shape: [1, 1, 1],
      pixels: Uint8Array.of(1),
      labels: [1],
    };
    dataset(good as unknown as DatasetContent);
    assertThrows(() => dataset({ ...good, ...changes } as unknown as DatasetContent), type, says);
  });
}

Deno.test("views name the nearest right option", () => {
  assertThrows(() => ten.take(1, { sede: 1 } as never), RangeError, 'did you mean "seed"?');
  assertThrows(
    () => ten.batches({ size: 1, droplast: true } as never),
    RangeError,
    'did you mean "dropLast"?',
  );
  assertThrows(() => ten.batches({} as never), RangeError, "without size");
  assertThrows(() => augment(ten.pixels, ten.shape, { flipp: true, seed: 1 } as never), RangeError, '"flip"');
});

Deno.test("augment() mirrors about half of the images, exactly, and only if asked to", () => {
  const row = Uint8Array.of(1, 2, 3, 4, 5, 6), rows = Uint8Array.from({ length: 600 }, (_, i) => row[i % 6]!);
  const mirrored = augment(rows, [1, 3, 2], { flip: true, seed: 1 });
  let count = 0;
  for (let i = 0; i < 600; i += 6) {
    const now = [...mirrored.subarray(i, i + 6)].join();
    assert(now === "1,2,3,4,5,6" || now === "5,6,3,4,1,2", now);
    if (now === "5,6,3,4,1,2") count++;
  }
  assert(count > 30 && count < 70, `${count} of 100`);
  assertEquals(augment(rows, [1, 3, 2], { seed: 1 }), rows);
});

Deno.test("augment() shifts up to n pixels each way and repeats the edge", () => {
  const image = Uint8Array.from({ length: 25 }, (_, i) => i), many = new Uint8Array(25 * 200);
  for (let i = 0; i < 200; i++) many.set(image, i * 25);
  const moved = augment(many, [5, 5, 1], { shift: 2, seed: 2 }), shifts = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const at = moved.subarray(i * 25, (i + 1) * 25), centre = at[12]!;
    const dy = Math.floor(centre / 5) - 2, dx = centre % 5 - 2;
    shifts.add(`${dx},${dy}`);
    const expected = image.map((_, p) => {
      const y = Math.min(4, Math.max(0, Math.floor(p / 5) + dy)), x = Math.min(4, Math.max(0, p % 5 + dx));
      return image[y * 5 + x]!;
    });
    assertEquals([...at], [...expected]);
  }
  assertEquals(shifts.size, 25);
});

Deno.test("augment() makes a square grey, whole or cut off by the border, and leaves the rest", () => {
  const n = 200, white = new Uint8Array(n * 6 * 7 * 3).fill(255), areas = new Map<number, number>();
  const cut = augment(white, [6, 7, 3], { cutout: 3, seed: 4 });
  for (let i = 0; i < n; i++) {
    const image = cut.subarray(i * 126, (i + 1) * 126);
    const grey = Array.from({ length: 42 }, (_, at) => at).filter((at) =>
      image.subarray(3 * at, 3 * at + 3).every((value) => value === 128)
    );
    assertEquals(image.filter((value) => value === 255).length, 126 - 3 * grey.length);
    const rows = new Set(grey.map((at) => Math.floor(at / 7))), columns = new Set(grey.map((at) => at % 7));
    assertEquals(rows.size * columns.size, grey.length);
    areas.set(grey.length, (areas.get(grey.length) ?? 0) + 1);
  }
  assertEquals([...areas.keys()].sort((a, b) => a - b), [4, 6, 9]); // in a corner, at an edge, inside
  assert(areas.get(9)! > areas.get(4)!);
  assertThrows(() => augment(white, [6, 7, 3], { cutout: -1, seed: 1 }), RangeError, "-1");
});

Deno.test("augment() draws the same for one seed; batches() draws anew for each epoch's seed", async () => {
  const changes = { flip: true, shift: 1 };
  const epoch = async (seed: number) => {
    const [batch] = [...ten.batches({ size: 10, seed, augment: changes })];
    return [...await batch!.images.data()];
  };
  assertEquals(await epoch(1), await epoch(1));
  assertNotEquals(await epoch(1), await epoch(2));
  assertThrows(() => augment(ten.pixels, ten.shape, { shift: 0.5, seed: 1 }), RangeError, "0.5");
});
