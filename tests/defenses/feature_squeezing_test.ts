import { assert, assertEquals, assertGreater, assertLessOrEqual, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { bitDepth, featureSqueezing, median2x2 } from "@gcln/kit/defenses";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { accuracyUnder } from "./_accuracy_under.ts";

await useBackend();

const valuesOf = async (images: tf.Tensor) => Array.from(await images.data());

Deno.test("bitDepth() of 5 bits rounds to multiples of 1/31, halves to the even one", async () => {
  const image = tf.tensor4d([0, 0.13, 8 / 255, 0.5, 0.97, 1], [1, 2, 3, 1]);
  const levels = await valuesOf(bitDepth(image, 5).mul(31));
  levels.forEach((level, i) => assert(Math.abs(level - [0, 4, 1, 16, 30, 31][i]!) < 1e-5, `${levels}`));
});

Deno.test("bitDepth() of 8 bits leaves every byte as it is", async () => {
  const bytes = tf.range(0, 256).div(255).reshape<tf.Tensor4D>([1, 16, 16, 1]);
  const [moved] = await valuesOf(bitDepth(bytes, 8).sub(bytes).abs().max());
  assertLessOrEqual(moved!, 1e-6);
});

Deno.test("bitDepth() takes whole numbers of bits from 1 to 8", () => {
  for (const bits of [0, 9, 2.5]) {
    assertThrows(() => bitDepth(tf.zeros([1, 2, 2, 1]), bits), RangeError, "bits");
  }
});

Deno.test("median2x2() is the second largest of a pixel, the one above, the one left and the one between", async () => {
  const image = tf.tensor4d([1, 7, 3, 9, 5, 2, 4, 8, 6], [1, 3, 3, 1]);
  // In the corner the mirror image is row 1 and column 1: 1, 7 (right), 9 (below) and 5.
  assertEquals(await valuesOf(median2x2(image)), [7, 7, 5, 7, 7, 5, 8, 8, 6]);
});

Deno.test("median2x2() is what sorting finds, channel by channel", async () => {
  const images = uniform<tf.Rank.R4>([2, 5, 4, 3], 0, 1, 1) as Images, pixels = await images.array();
  const mirrored = (i: number) => Math.abs(i);
  const sorted = pixels.map((image) =>
    image.map((row, y) =>
      row.map((pixel, x) =>
        pixel.map((_, c) =>
          [[y, x], [y - 1, x], [y, x - 1], [y - 1, x - 1]]
            .map(([y, x]) => image[mirrored(y!)]![mirrored(x!)]![c]!).sort((a, b) => b - a)[1]!
        )
      )
    )
  );
  assertEquals(await median2x2(images).array(), sorted);
});

Deno.test("The gradient of median2x2() goes to the pixels that were chosen, and to no other", async () => {
  const image = tf.tensor4d([1, 7, 3, 9, 5, 2, 4, 8, 6], [1, 3, 3, 1]);
  const slope = gradientAt((x: Images) => median2x2(x).sum() as tf.Scalar, image);
  assertEquals(await valuesOf(slope), [0, 4, 0, 0, 2, 0, 0, 2, 1]);
});

Deno.test("median2x2() says that it needs two rows and columns", () => {
  assertThrows(() => median2x2(tf.zeros([1, 1, 4, 1])), RangeError, "sides of at least 2 are wanted");
});

Deno.test("Feature squeezing falls to the attacker who passes gradients straight through its rounding", async () => {
  const attack = { attack: "bim", ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 } as const;
  const threats = ["white-box", "straight-through", "oblivious"] as const;
  const clean = await accuracyUnder(featureSqueezing(), ["white-box"]);
  const left = await accuracyUnder(featureSqueezing(), threats, { attack });
  assertGreater(clean["white-box"], 0.8);
  assertEquals(left["white-box"], clean["white-box"]); // rounding has no gradient, so the printed attack cannot move
  assertLessOrEqual(left["straight-through"], left.oblivious);
  assertLessOrEqual(left["straight-through"], 0.2);
});
