import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { type Features, normalisedPerceptual, perceptual } from "@gcln/kit/losses";

await useBackend();

const pixels: Features = (images) => [images];
const twoMaps: Features = (images) => [images, images.mean([1, 2]).mul(5)];

Deno.test("perceptual() is a norm that is not squared, averaged over the images", async () => {
  // The images differ by 3 and 4 (a norm of 5), and by 1 alone.
  const cleaned = tf.tensor4d([3, 4, 0, 1], [2, 1, 2, 1]), original = tf.zeros<tf.Rank.R4>([2, 1, 2, 1]);
  assertAlmostEquals((await perceptual(pixels, cleaned, original).data())[0]!, 3, 1e-6);
});

Deno.test("perceptual() takes the feature maps of an image as one vector", async () => {
  const features: Features = (images) => [images.mul(3), images.reshape([images.shape[0], -1]).mul(4)];
  const loss = perceptual(features, tf.ones([2, 1, 1, 1]), tf.zeros([2, 1, 1, 1]));
  assertAlmostEquals((await loss.data())[0]!, 5, 1e-6);
});

Deno.test("normalisedPerceptual() is 0 for equal images, 1 for black ones, and has no units", async () => {
  const images = uniform<tf.Rank.R4>([2, 4, 4, 3], 0, 1, 1), black = tf.zerosLike(images);
  const brighter: Features = (images) => twoMaps(images).map((map) => map.mul(100));
  assertEquals((await normalisedPerceptual(twoMaps, images, images).data())[0], 0);
  assertAlmostEquals((await normalisedPerceptual(twoMaps, black, images).data())[0]!, 1, 1e-6);
  const [plain] = await normalisedPerceptual(twoMaps, images.square(), images).data();
  const [scaled] = await normalisedPerceptual(brighter, images.square(), images).data();
  assertAlmostEquals(plain!, scaled!, 1e-6);
});

Deno.test("normalisedPerceptual() weights its maps", async () => {
  const maps: Features = (images) => [images, images.add(1)];
  const original = tf.ones<tf.Rank.R4>([1, 2, 2, 1]), cleaned = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
  const weighted = async (...weights: number[]) =>
    (await normalisedPerceptual(maps, cleaned, original, { weights }).data())[0]!;
  assertAlmostEquals(await weighted(1, 0), 1, 1e-6); // (1 − 0)² / 1²
  assertAlmostEquals(await weighted(0, 5), 0.25, 1e-6); // (2 − 1)² / 2²
  assertAlmostEquals(await weighted(1, 3), 7 / 16, 1e-6);
  const [plain] = await normalisedPerceptual(maps, cleaned, original).data();
  assertAlmostEquals(await weighted(1, 1), plain!, 1e-6);
  for (const weights of [[1], [0, 0], [1, -1], [1, NaN], [1, Infinity]]) {
    assertThrows(
      () => tf.tidy(() => normalisedPerceptual(maps, cleaned, original, { weights })),
      RangeError,
      `Cannot weight 2 feature maps by [${weights}]: 2 numbers of at least 0 are wanted, not all of them 0`,
    );
  }
});

for (const [name, loss] of Object.entries({ perceptual, normalisedPerceptual })) {
  Deno.test(`${name}() has the gradient that finite differences have`, async () => {
    const cleaned = uniform<tf.Rank.R4>([2, 2, 2, 1], 0, 1, 1),
      original = uniform<tf.Rank.R4>([2, 2, 2, 1], 0, 1, 2);
    const values = [...await cleaned.data()];
    const gradient = await gradientAt((x: Images) => loss(twoMaps, x, original), cleaned).data();
    for (const i of values.keys()) {
      const shifted = async (h: number) => {
        const moved = tf.tensor4d(values.map((x, j) => i === j ? x + h : x), [2, 2, 2, 1]);
        return (await loss(twoMaps, moved, original).data())[0]!;
      };
      assertAlmostEquals(gradient[i]!, (await shifted(0.01) - await shifted(-0.01)) / 0.02, 2e-3);
    }
  });

  Deno.test(`${name}() has a gradient of zero, not NaN, where the images are equal`, async () => {
    const images = uniform<tf.Rank.R4>([2, 2, 2, 1], 0, 1, 1);
    const gradient = await gradientAt((x: Images) => loss(twoMaps, x, images), images).data();
    assertEquals([...gradient].map(Math.abs), new Array(8).fill(0));
  });
}
