import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import {
  dct,
  haar,
  inverseDct,
  quantizedTransform,
  type QuantizedTransformOptions,
  toYcbcr,
} from "@gcln/kit/transform";
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
    assertLess(await largest(moved), (options.q as number) / 2 + 1e-5);
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
  assertThrows(
    () => quantizedTransform(images, { q: 0 }),
    RangeError,
    "Cannot use q 0: a finite number above 0",
  );
  assertThrows(
    () => quantizedTransform(images, { q, block: 16 }),
    RangeError,
    "8 × 8 images into blocks of 16",
  );
});

Deno.test("quantizedTransform() names the option that was meant, and every value that it does not take", () => {
  const images = tf.zeros([1, 8, 8, 3]) as Images;
  const refused = (options: Record<string, unknown>, message: string) =>
    assertThrows(
      () => quantizedTransform(images, options as unknown as QuantizedTransformOptions),
      RangeError,
      message,
    );
  refused({ q, blocks: 8 }, 'an option "blocks", did you mean "block"?');
  refused({ q, color: "rgb" }, 'an option "color", did you mean "colour"?');
  refused({ block: 8 }, "Cannot run quantizedTransform without q: a finite number above 0 is wanted");
  refused({ q: NaN }, "Cannot use q NaN");
  refused({ q: "10" }, 'Cannot use q "10"');
  refused({ q, transform: "DCT" }, 'did you mean "dct"?');
  refused({ q, colour: "ycrcb" }, 'did you mean "ycbcr"?');
  refused({ q, backward: "straight" }, 'did you mean "straight-through"?');
  refused({ q, block: 0 }, "Cannot use block 0: a whole number of at least 1 is wanted");
  refused({ q, block: 2.5 }, "Cannot use block 2.5");
  refused({ q, block: 6, transform: "haar" }, "Cannot use block 6: a power of two is wanted");
  assertThrows(
    () => quantizedTransform(images, q as unknown as QuantizedTransformOptions),
    TypeError,
    "an object of options is wanted",
  );
});

Deno.test("quantizedTransform() wants a batch of float32 images", () => {
  const refused = (images: unknown, message: string) =>
    assertThrows(() => quantizedTransform(images as Images, { q }), TypeError, message);
  refused(tf.zeros([8, 8, 3]), "Cannot transform a tensor of shape [8,8,3] in float32: images [n, height");
  refused(tf.zeros([1, 8, 8, 3], "int32"), "a tensor of shape [1,8,8,3] in int32");
  refused([[0, 1]], "Cannot transform [[0,1]]: images");
});

Deno.test("quantizedTransform() is the transform, Eq. (2) as printed, and the way back", async () => {
  const images = uniform<tf.Rank.R4>([2, 16, 16, 3], 0, 1, 5);
  const printed = inverseDct(dct(images).div(q).round().mul(q) as Images);
  assertEquals(await quantizedTransform(images, { q }).data(), await printed.data());
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
