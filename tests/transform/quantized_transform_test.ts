import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { dct, haar, quantizedTransform, type QuantizedTransformOptions, toYcbcr } from "@gcln/kit/transform";
import fc from "fast-check";

await useBackend();

const q = 10 / 255;

const options = fc.record({
  q: fc.double({ min: 0.005, max: 0.5, noNaN: true }),
  block: fc.constantFrom(4, 8, 16),
  transform: fc.constantFrom("dct" as const, "haar" as const),
  colour: fc.constantFrom("rgb" as const, "ycbcr" as const),
});
const shape = fc.tuple(fc.constantFrom(16, 32), fc.constantFrom(16, 48));

function holds(
  property: (images: Images, options: Required<Omit<QuantizedTransformOptions, "backward">>) => Promise<void>,
): Promise<void> {
  return fc.assert(
    fc.asyncProperty(
      options,
      shape,
      fc.nat(),
      (options, [h, w], seed) => property(uniform<tf.Rank.R4>([1, h, w, 3], 0, 1, seed), options),
    ),
    { seed: 3, numRuns: 24 },
  );
}

const largest = async (x: tf.Tensor) => (await x.abs().max().data())[0]!;

Deno.test("quantizedTransform() moves no coefficient by more than q / 2", () =>
  holds(async (images, options) => {
    const spectrum = (x: Images) =>
      (options.transform === "dct" ? dct : haar)(options.colour === "rgb" ? x : toYcbcr(x), options.block);
    const moved = spectrum(quantizedTransform(images, options)).sub(spectrum(images));
    assertLess(await largest(moved), options.q / 2 + 1e-5);
  }));

Deno.test("quantizedTransform() changes nothing the second time", () =>
  holds(async (images, options) => {
    const once = quantizedTransform(images, options);
    assertLess(await largest(quantizedTransform(once, options).sub(once)), 1e-5);
  }));

Deno.test("quantizedTransform() is the identity as q goes to 0", () =>
  holds(async (images, options) => {
    assertLess(await largest(quantizedTransform(images, { ...options, q: 1e-6 }).sub(images)), 2e-5);
  }));

Deno.test("quantizedTransform() makes an error of about q / √12, as a uniform quantizer does", async () => {
  const images = uniform<tf.Rank.R4>([8, 32, 32, 3], 0, 1, 1);
  const [error] = await quantizedTransform(images, { q }).sub(images).square().mean().sqrt().data();
  assertAlmostEquals(error!, q / Math.sqrt(12), 0.02 * q);
});

Deno.test("quantizedTransform() has a zero gradient unless it is straight-through", async () => {
  for (const transform of ["dct", "haar"] as const) {
    for (const colour of ["rgb", "ycbcr"] as const) {
      const images = uniform<tf.Rank.R4>([2, 16, 8, 3], 0, 1, 1),
        weights = uniform<tf.Rank.R4>([2, 16, 8, 3], -1, 1, 2);
      const slope = (backward: "exact" | "straight-through") =>
        gradientAt(
          (x: Images) =>
            quantizedTransform(x, { q, transform, colour, backward }).mul(weights).sum<tf.Scalar>(),
          images,
        );
      assertEquals(await largest(slope("exact")), 0);
      assertAlmostEquals(await largest(slope("straight-through").sub(weights)), 0, 2e-6);
    }
  }
});

Deno.test("quantizedTransform() gives the same values whichever gradient it has", async () => {
  const images = uniform<tf.Rank.R4>([2, 8, 8, 1], 0, 1, 1);
  assertEquals(
    await quantizedTransform(images, { q, backward: "straight-through" }).data(),
    await quantizedTransform(images, { q }).data(),
  );
});

Deno.test("quantizedTransform() does not remove random noise of 8 / 255, it adds its own", async () => {
  // What protects in the end can't be the quantizer: the difference that went in comes out no smaller.
  const images = uniform<tf.Rank.R4>([4, 32, 32, 3], 0.2, 0.8, 1);
  const noisy = images.add(uniform<tf.Rank.R4>([4, 32, 32, 3], -1, 1, 2).sign().mul(8 / 255)) as Images;
  const difference = quantizedTransform(noisy, { q }).sub(quantizedTransform(images, { q }));
  assertGreater((await difference.square().mean().sqrt().data())[0]!, 8 / 255);
});

Deno.test("quantizedTransform() leaves an image of one multiple of q alone", async () => {
  const grey = tf.fill([1, 8, 8, 1], 20 / 255 / 8) as Images;
  assertAlmostEquals(await largest(quantizedTransform(grey, { q }).sub(grey)), 0, 1e-6);
});

Deno.test("quantizedTransform() with ycbcr wants three channels, and a step above zero", () => {
  const images = tf.zeros([1, 8, 8, 1]) as Images;
  assertThrows(() => quantizedTransform(images, { q, colour: "ycbcr" }), RangeError, "3 channels: got 1");
  assertThrows(() => quantizedTransform(images, { q: 0 }), RangeError, "must be > 0: got 0");
  assertThrows(
    () => quantizedTransform(images, { q, block: 16 }),
    RangeError,
    "8 × 8 images into blocks of 16",
  );
});

Deno.test("quantizedTransform() leaves one tensor behind, its result, whether or not it throws", () => {
  const images = uniform<tf.Rank.R4>([1, 16, 16, 3], 0, 1, 1), before = tf.memory().numTensors;
  for (const backward of ["exact", "straight-through"] as const) {
    const result = quantizedTransform(images, { q, colour: "ycbcr", backward });
    assertEquals(tf.memory().numTensors, before + 1);
    assert(!result.isDisposed && !images.isDisposed);
    result.dispose();
  }
  assertThrows(() => quantizedTransform(images, { q: -1, colour: "ycbcr" }), RangeError);
  assertEquals(tf.memory().numTensors, before);
});
