import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { difference, gallery, jupyterDisplay, type Picture, verdicts } from "@gcln/kit/report";
import { tf, useBackend } from "@gcln/kit/tensor";
import sharp from "sharp";

await useBackend();

/** The pixels of a picture. */
async function decode(picture: Picture): Promise<(x: number, y: number) => number[]> {
  const { data, info } = await sharp(picture.png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [picture.width, picture.height, 3]);
  return (x, y) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
}

/** The box around all pixels of a colour: left, top, right, bottom. */
async function box(picture: Picture, colour: readonly number[]): Promise<number[]> {
  const at = await decode(picture), xs: number[] = [], ys: number[] = [];
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      if (at(x, y).every((value, i) => value === colour[i])) {
        xs.push(x);
        ys.push(y);
      }
    }
  }
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

function plain(n: number, size: number, colour: readonly number[]): tf.Tensor4D {
  return tf.tile(tf.tensor4d([...colour], [1, 1, 1, colour.length]), [n, size, size, 1]) as tf.Tensor4D;
}

Deno.test("gallery() enlarges pixels without smoothing", async () => {
  const images = tf.tensor4d([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0], [1, 2, 2, 3]);
  const picture = await gallery({ original: images }, { scale: 10 });
  const [left, top, right, bottom] = await box(picture, [255, 0, 0]);
  assertEquals([right! - left!, bottom! - top!], [10, 10]);
  const at = await decode(picture);
  assertEquals([at(left! + 9, top!), at(left! + 10, top!), at(left!, top! + 10), at(left! + 10, top! + 10)], [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
  ]);
});

Deno.test("gallery() places rows and columns in order, and draws one channel as grey", async () => {
  const picture = await gallery({ first: plain(2, 8, [1, 0, 0]), second: plain(2, 8, [100 / 255]) }, {
    scale: 4,
  });
  const [left, top, right, bottom] = await box(picture, [255, 0, 0]), at = await decode(picture);
  assertEquals(right! - left!, 32);
  assertEquals(at(right! + 28, top! + 1), [100, 100, 100]);
  assert(bottom! - top! > 2 * 32, "two rows with a gap between");
});

Deno.test("gallery() clips values beyond [0, 1] and draws NaN in magenta", async () => {
  const at = await decode(await gallery({ x: tf.tensor4d([2, -1, NaN], [3, 1, 1, 1]) }, { scale: 40 }));
  const seen = new Set(Array.from({ length: 180 }, (_, y) => at(30, y).join()));
  assert(seen.has("255,255,255") && seen.has("0,0,0") && seen.has("255,0,255"));
});

Deno.test("gallery() draws the columns' names and captions as text", async () => {
  const images = plain(1, 8, [1, 1, 1]);
  const dark = async (picture: Picture) => {
    const at = await decode(picture);
    let count = 0;
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) if (at(x, y)[0]! < 128) count++;
    }
    return count;
  };
  const short = await dark(await gallery({ i: images })), long = await dark(await gallery({ wwww: images }));
  assert(short > 0 && long > 2 * short, `${short} dark pixels for "i", ${long} for "wwww"`);
  const tick = await gallery({ i: images }, { captions: { i: [{ text: "cat", correct: true }] } });
  const cross = await gallery({ i: images }, { captions: { i: [{ text: "cat", correct: false }] } });
  assertNotEquals(tick.png, cross.png);
  assert(tick.alt.includes("✓ cat") && cross.alt.includes("✗ cat"));
});

Deno.test("gallery() adds the amplified difference of the first two columns", async () => {
  const picture = await gallery({ a: plain(1, 8, [0.5, 0.5, 0.5]), b: plain(1, 8, [0.75, 0.5, 0.25]) }, {
    amplify: 2,
  });
  const [left, , right] = await box(picture, [255, 128, 0]);
  assertEquals(right! - left!, 96);
  assert(picture.alt.includes("b − a"));
});

Deno.test("gallery() shows itself in a notebook, awaited or not", async () => {
  const promise = gallery({ x: plain(1, 4, [0, 0, 1]) });
  const early = await promise[jupyterDisplay](), late = await (await promise)[jupyterDisplay]();
  assertEquals(early, late);
  assert(early["image/png"]!.startsWith("iVBORw0KGgo"));
});

Deno.test("gallery() frees what it makes", async () => {
  const a = plain(1, 4, [0, 0, 1]), b = plain(1, 4, [0, 1, 1]), before = tf.memory().numTensors;
  await gallery({ a, b }, { amplify: 10 });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("gallery() refuses what does not fit together", async () => {
  const one = plain(1, 4, [0]), two = plain(2, 4, [0]);
  await assertRejects(() => gallery({}), RangeError, "without images");
  await assertRejects(() => gallery({ one, two }), RangeError, '"two" has 2 images, the first has 1');
  await assertRejects(() => gallery({ one }, { labels: ["a", "b"] }), RangeError, "1 rows with 2 labels");
  await assertRejects(
    () => gallery({ one }, { captions: { two: ["a"] } }),
    RangeError,
    'under column "two": the columns are one',
  );
  await assertRejects(() => gallery({ one }, { amplify: 2 }), RangeError, "fewer than two columns");
});

Deno.test("difference() is grey where two batches agree", async () => {
  const a = tf.tensor4d([0.5, 0.2, 0.9, 0], [1, 2, 2, 1]), b = tf.tensor4d([0.5, 0.1, 1, 1], [1, 2, 2, 1]);
  const values = [...await difference(a, b, 2).data()].map((value) => Math.round(value * 1000) / 1000);
  assertEquals(values, [0.5, 0.7, 0.3, 0]);
});

Deno.test("verdicts() names the winning class and whether it is the label", async () => {
  const logits = tf.tensor2d([[1, 3], [5, 2]]), labels = tf.tensor1d([1, 1], "int32");
  assertEquals(await verdicts(logits, labels, ["cat", "dog"]), [
    { text: "dog", correct: true },
    { text: "cat", correct: false },
  ]);
});
