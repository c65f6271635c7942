import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { cleanerOf, type CleanerOptions } from "@gcln/kit/defenses";
import { generator, type Network } from "@gcln/kit/networks";
import { gradientAt, type Images, type tf, uniform, useBackend } from "@gcln/kit/tensor";
import { quantizedTransform } from "@gcln/kit/transform";

await useBackend();

const network = generator({ architecture: "generator", width: 4, channels: 3 });
const parameters = network.init(1);
const images = uniform<tf.Rank.R4>([2, 16, 16, 3], 0, 1, 2) as Images;
const q = 10 / 255;

/** A generator that makes everything brighter by so much. */
function brightening(by: number): Network<Images> {
  return { ...network, apply: (_, images) => images.add(by) as Images };
}

/** The slope of the sum of all cleaned pixels. */
async function slope(generator: Network<Images>, options: Omit<CleanerOptions, "q">): Promise<Float32Array> {
  const clean = cleanerOf(generator, parameters, { q, ...options });
  return await gradientAt((x: Images) => clean(x).sum() as tf.Scalar, images).data() as Float32Array;
}

Deno.test("cleanerOf() with an untrained generator is the quantized transform, clipped", async () => {
  const wanted = quantizedTransform(images, { q }).clipByValue(0, 1);
  const error = cleanerOf(network, parameters, { q })(images).sub(wanted).abs().max();
  assertAlmostEquals((await error.data())[0]!, 0, 1e-6);
});

Deno.test("cleanerOf() gives images: of the same shape, in [0, 1]", async () => {
  for (const by of [-0.7, 0, 0.7]) {
    const cleaned = cleanerOf(brightening(by), parameters, { q })(images);
    assertEquals(cleaned.shape, images.shape);
    assert((await cleaned.data()).every((value) => value >= 0 && value <= 1));
  }
});

Deno.test("cleanerOf() gives the same images whichever gradients are seen", async () => {
  const wanted = await cleanerOf(brightening(0.3), parameters, { q })(images).data();
  for (const backward of ["exact", "straight-through"] as const) {
    for (const clip of ["exact", "straight-through"] as const) {
      const cleaner = cleanerOf(brightening(0.3), parameters, { q, backward, clip });
      assertEquals(await cleaner(images).data(), wanted);
    }
  }
});

Deno.test("cleanerOf() has no gradient, unless rounding is passed straight through", async () => {
  assert((await slope(network, {})).every((value) => value === 0));
  assert((await slope(network, { clip: "straight-through" })).every((value) => value === 0));
  assert((await slope(network, { backward: "straight-through" })).some((value) => value !== 0));
});

Deno.test("cleanerOf() hides the gradient where the generator leaves the range, unless the clip is passed as well", async () => {
  const beyond = brightening(2); // all of it is clipped
  assert((await slope(beyond, { backward: "straight-through" })).every((value) => value === 0));
  const passed = await slope(beyond, { backward: "straight-through", clip: "straight-through" });
  // What is left is T⁻¹ T, the identity.
  passed.forEach((value) => assertAlmostEquals(value, 1, 1e-4));
});
