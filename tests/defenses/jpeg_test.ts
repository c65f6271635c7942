import { assertEquals, assertGreater, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import sharp from "sharp";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { compressedTo, jpegImages } from "@gcln/kit/defenses";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { left, standAccustomed } from "./_accustomed.ts";

await useBackend();

/** One image after sharp's JPEG. */
async function bySharp(image: Images, quality: number): Promise<tf.Tensor4D> {
  const [, height, width, channels] = image.shape;
  const bytes = Uint8Array.from(await image.mul(255).round().data());
  const raw = { width, height, channels: channels as 1 | 3 };
  const jpeg = await sharp(bytes, { raw }).jpeg({ quality, chromaSubsampling: "4:2:0" }).toBuffer();
  const decoded = channels === 1 ? sharp(jpeg).greyscale() : sharp(jpeg);
  const { data, info } = await decoded.raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.height, info.width, info.channels], [height, width, channels]);
  return tf.tensor4d(Float32Array.from(data, (byte) => byte / 255), image.shape);
}

/** The mean difference of two images, in grey levels. */
async function apart(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  const [mean] = await a.sub(b).abs().mul(255).mean().data();
  return mean!;
}

const { images: digits } = (await streetDigits("test", { size: 6 })).all();

for (const quality of [75, 95]) {
  Deno.test(`jpegImages() at quality ${quality} is sharp's JPEG to half a grey level`, async () => {
    const compressed = jpegImages(digits, { quality });
    const images = Array.from({ length: 6 }, (_, i) => digits.slice([i, 0, 0, 0], [1, -1, -1, -1]) as Images);
    const others = tf.concat(await Promise.all(images.map((image) => bySharp(image, quality))), 0);
    assertLess(await apart(compressed, others), 0.6);
    assertGreater(await apart(digits, others), 3); // which is what JPEG does to them
  });
}

Deno.test("jpegImages() takes grey images, and sides that are no multiple of 8", async () => {
  const grey = digits.slice([0, 0, 0, 0], [1, 28, 27, 1]) as Images;
  const colour = digits.slice([1, 0, 0, 0], [1, 28, 27, 3]) as Images;
  for (const image of [grey, colour]) {
    assertLess(await apart(jpegImages(image, { quality: 75 }), await bySharp(image, 75)), 1);
  }
});

Deno.test("jpegImages() has a zero gradient unless its roundings are passed straight through", async () => {
  const image = uniform<tf.Rank.R4>([1, 16, 16, 3], 0.2, 0.8, 1);
  const weights = uniform<tf.Rank.R4>([1, 16, 16, 3], -1, 1, 2);
  const slope = (backward: "exact" | "straight-through") =>
    gradientAt(
      (x: Images) => jpegImages(x, { quality: 75, backward }).mul(weights).sum() as tf.Scalar,
      image,
    );
  assertEquals((await slope("exact").abs().max().data())[0], 0);
  // Without its roundings JPEG keeps luma: of equal weights for all channels it has the identity's gradient.
  const even = gradientAt(
    (x: Images) => jpegImages(x, { quality: 75, backward: "straight-through" }).sum() as tf.Scalar,
    image,
  );
  const [brightness] = await even.mean().data();
  assertLess(Math.abs(brightness! - 1), 1e-4);
  assertGreater((await slope("straight-through").abs().max().data())[0]!, 0.1);
});

Deno.test("jpegImages() wants a quality from 1 to 100, and one channel or three", () => {
  for (const quality of [0, 101, NaN]) {
    assertThrows(() => jpegImages(tf.zeros([1, 8, 8, 3]), { quality }), RangeError, "quality");
  }
  assertThrows(() => jpegImages(tf.zeros([1, 8, 8, 2]), { quality: 75 }), RangeError, "1 or 3 are wanted");
});

Deno.test("JPEG falls to attackers who pass gradients through its roundings or over all of it", async () => {
  const { victim, surrogates } = await standAccustomed(compressedTo(75), 1_000);
  const attack = { attack: "bim", ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 } as const;
  const clean = await left(victim),
    under = (threat: string) => left(victim, { attack, surrogate: surrogates![threat] });
  const [through, over, oblivious] = [
    await under("straight-through"),
    await under("identity"),
    await under("oblivious"),
  ];
  assertGreater(clean, 0.85);
  assertEquals(await left(victim, { attack }), clean); // roundings have no gradient
  assertLessOrEqual(through, oblivious);
  assertLessOrEqual(Math.min(through, over), 0.25);
});
