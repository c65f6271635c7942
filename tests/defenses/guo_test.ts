import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import {
  croppedAndRescaled,
  patchesOf,
  quilted,
  quiltedFrom,
  reducedTo,
  smoothed,
  type Transformation,
  variationCost,
  variationMinimised,
} from "@gcln/kit/defenses";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { left, standAccustomed } from "./_accustomed.ts";

await useBackend();
const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 3 / 255, steps: 5 } as const;
const digits = await streetDigits("train", { size: 400 }), { images } = digits.take(4).all();
const shape = [32, 32, 3];

function drawn({ draw, apply }: Transformation, images: Images, seed: number): Images {
  return apply(images, draw!(seed, images.shape.slice(1)));
}

const scalar = async (value: tf.Tensor) => (await value.data())[0]!;

Deno.test("A crop of a ramp is 28 of its 32 columns, in order and evenly spread", async () => {
  const ramp = tf.range(0, 32).div(31).reshape<tf.Tensor4D>([1, 1, 32, 1]).tile<tf.Tensor4D>([1, 32, 1, 1]);
  const starts = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const line = Array.from(
      await drawn(croppedAndRescaled, ramp, seed).slice([0, 0, 0, 0], [1, 1, -1, -1]).mul(31).data(),
    );
    starts.add(Math.round(line[0]!));
    assertAlmostEquals(line[0]! + 27, line[31]!, 1e-3);
    assertAlmostEquals(line[16]! - line[15]!, 28 / 32, 1e-3);
  }
  assertEquals([...starts].sort(), [0, 1, 2, 3, 4]);
});

Deno.test("smoothed() comes within 2 % of the least cost that many more steps find", async () => {
  const { kept } = variationMinimised.draw!(1, shape);
  const cost = (z: Images) => scalar(variationCost(z, images, kept!).sum());
  const least = await cost(smoothed(images, kept!, 600));
  const found = await cost(smoothed(images, kept!));
  assertLess(found, 1.02 * least);
  assertGreater(await cost(images), 1.2 * least);
});

Deno.test("smoothed() does not look at pixels that were dropped, and leaves an even image as it is", async () => {
  const { kept } = variationMinimised.draw!(1, shape), noise = uniform<tf.Rank.R4>([4, 32, 32, 3], 0, 1, 1);
  assertAlmostEquals(await scalar(kept!.mean()), 0.5, 0.05);
  const other = images.mul(kept!).add(noise.mul(tf.sub(1, kept!))) as Images;
  assertEquals(await scalar(smoothed(images, kept!).sub(smoothed(other, kept!)).abs().max()), 0);
  const even = tf.fill([1, 32, 32, 3], 0.3) as Images;
  assertLess(await scalar(smoothed(even, kept!).sub(0.3).abs().max()), 1e-4);
});

Deno.test("patchesOf() are squares of 5 × 5 pixels of the images", async () => {
  const row = [0, 51, 102, 153, 204, 255], pixels = Uint8Array.from({ length: 36 }, (_, i) => row[i % 6]!);
  const ramps = { shape: [6, 6, 1], size: 1, pixels } as unknown as typeof digits;
  const lines = (await patchesOf(ramps, 20, 1).mul<tf.Tensor2D>(5).round().array() as number[][]).map((
    patch,
  ) => patch.join(""));
  assertEquals([...new Set(lines)].sort(), ["01234".repeat(5), "12345".repeat(5)]);
});

Deno.test("A quilt of an image's own tiles is the image", async () => {
  const image = images.slice([0, 0, 0, 0], [1, 17, 17, 3]) as Images;
  const own = tf.conv2d(image, tf.eye(75).reshape<tf.Tensor4D>([5, 5, 3, 75]), 3, "valid").reshape<
    tf.Tensor2D
  >([-1, 75]);
  const ranks = tf.zeros([25], "int32") as tf.Tensor1D; // the nearest
  assertLess(await scalar(quilted(image, own, ranks).sub(image).abs().max()), 1e-6);
});

Deno.test("A quilt cuts two tiles where they differ least", async () => {
  // The nearest patch of each tile is a plain grey; the two greys meet in columns 3 and 4.
  const greys = [0.2, 0.6],
    patches = tf.concat([
      ...greys.map((grey) => tf.fill([1, 25], grey)),
      tf.fill([8, 25], 9),
    ]) as tf.Tensor2D;
  const image = tf.concat([tf.fill([1, 5, 4, 1], 0.2), tf.fill([1, 5, 4, 1], 0.6)], 2) as Images;
  const line = await quilted(image, patches, tf.zeros([2], "int32") as tf.Tensor1D).slice([0, 2, 0, 0], [
    1,
    1,
    -1,
    1,
  ]).data();
  assertEquals(Array.from(line, (value) => Math.round(value * 10)), [2, 2, 2, 6, 6, 6, 6, 6]);
});

Deno.test("Quilts take images of other sides: 28 × 28 pixels", () => {
  const { draw, apply } = quiltedFrom(patchesOf(digits, 64, 1)), image: Images = tf.zeros([2, 28, 28, 3]);
  assertEquals(apply(image, draw!(1, [28, 28, 3])).shape, [2, 28, 28, 3]);
});

const transformations: Record<string, Transformation> = {
  "cropping and rescaling": croppedAndRescaled,
  "bit-depth reduction": reducedTo(3),
  "total variation minimisation": variationMinimised,
  "image quilting": quiltedFrom(patchesOf(digits, 1024, 1)),
};

for (const [name, transformation] of Object.entries(transformations)) {
  Deno.test(`An attacker who knows of ${name} leaves no more than one who does not`, async () => {
    const { victim, surrogates } = await standAccustomed(transformation, 1_000), examples = 12;
    const clean = await left(victim, { examples });
    const oblivious = await left(victim, { attack, examples, surrogate: surrogates!["oblivious"] });
    const adaptive = surrogates!["straight-through"] ?? surrogates!["white-box"];
    assertGreater(clean, 0.55);
    assertLessOrEqual(await left(victim, { attack, examples, surrogate: adaptive }), oblivious);
    assertLess(oblivious, clean);
  });
}

for (const name of ["total variation minimisation", "image quilting", "bit-depth reduction"]) {
  Deno.test(`${name} has no gradient as it is, and one with its straight-through form`, async () => {
    const { draw, apply, straight } = transformations[name]!, numbers = draw?.(1, shape) ?? {};
    const slope = (how: typeof apply) =>
      gradientAt((x: Images) => how(x, numbers).sum() as tf.Scalar, images);
    assertEquals(await scalar(slope(apply).abs().max()), 0);
    assert(await scalar(slope(straight!).abs().max()) > 0.5);
    assertEquals(await scalar(apply(images, numbers).sub(straight!(images, numbers)).abs().max()), 0);
  });
}
