import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import {
  cleanerOf,
  type CleanerOptions,
  type GclnRow,
  gclnSpec,
  LEARNED_STEP,
  type Profile,
} from "@gcln/kit/defenses";
import { profiles } from "@gcln/kit/experiments";
import { idOf } from "@gcln/kit/training";
import { generator, type Network } from "@gcln/kit/networks";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
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

Deno.test("cleanerOf() without a quantizer is the generator alone", async () => {
  for (const backward of ["exact", "straight-through"] as const) {
    const clean = cleanerOf(network, parameters, { q: "none", backward });
    assertEquals(await clean(images).data(), await images.data());
    const by = await gradientAt((x: Images) => clean(x).sum() as tf.Scalar, images).data();
    assert(by.every((value) => value === 1));
  }
});

Deno.test("cleanerOf() takes a learned step from the parameters", async () => {
  const learned = { ...parameters, [LEARNED_STEP]: tf.scalar(Math.log(20 / 255)) };
  const clean = cleanerOf(network, learned, { q, step: "learned" });
  const wanted = cleanerOf(network, parameters, { q: 20 / 255 })(images);
  assertAlmostEquals((await clean(images).sub(wanted).abs().mean().data())[0]!, 0, 1e-4);
  assertThrows(
    () => cleanerOf(network, parameters, { q, step: "learned" }),
    RangeError,
    "Parameter quantizer.log_step is missing: the step is learned",
  );
  assertThrows(
    () => cleanerOf(network, learned, { q: "none", step: "learned" }),
    RangeError,
    "Cannot learn a step from q none: a number above 0 is wanted",
  );
});

const row: GclnRow = { q, features: "classifier" };
const specOf = (row: GclnRow, profile: Profile = profiles.quick) =>
  gclnSpec(profile, "street-digits", row, 1);

Deno.test("gclnSpec() gives a row that says the defaults the network of one that says nothing", async () => {
  const said: GclnRow = {
    ...row,
    block: 8,
    transform: "dct",
    step: "fixed",
    detector: "with",
    generator: "trained",
  };
  assertEquals(specOf(said), specOf(row));
  assertEquals(await idOf(specOf(said)), await idOf(specOf(row)));
});

Deno.test("gclnSpec() says what each variant of the method is", () => {
  assertEquals(specOf({ ...row, block: 16, transform: "haar" }).transform, {
    q,
    block: 16,
    transform: "haar",
    colour: "rgb",
  });
  assertEquals(specOf({ ...row, step: "learned" }).transform.step, "learned");
  assertEquals(specOf({ ...row, q: "none" }).transform.q, "none");
  assert(!("detector" in specOf({ ...row, detector: "without" })));
  assertEquals(specOf({ ...row, generator: "untrained" }).training.images, 0);
  const { features, training } = specOf({ ...row, features: "pixels" });
  assertEquals([features.layers, training.perceptualScale], [["pixels"], 1000]);
});

Deno.test("gclnSpec() trains a cleaner on labels with adversarial training's attack on half its images", () => {
  const { adversary } = profiles.course;
  const { attacks, training } = specOf({ ...row, features: "labels", adaptive: true }, profiles.course);
  assertEquals(training.guide, "labels");
  assertEquals(training.images, adversary.images / 2);
  assertEquals(attacks.by, [
    { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 7, start: "random" },
  ]);
});

Deno.test("gclnSpec() takes a U-Net, layers, attacks and settings of the training from the profile", () => {
  const unet = { width: 8, levels: 2, blocks: 1, norm: "batch" } as const;
  const attacks = [{ attack: "fgs", ball: linf(4 / 255) }] as const;
  const features = { layers: ["pool", "logits"], weights: [1, 2] };
  const profile: Profile = {
    ...profiles.quick,
    name: "mine",
    gcln: { ...profiles.quick.gcln, unet, attacks, features, training: { clean: 0.25, lambda: 1 } },
  };
  const spec = specOf(row, profile);
  assertEquals(spec.generator, { architecture: "unet", ...unet, channels: 3 });
  assertEquals(spec.attacks.by, attacks);
  assertEquals([spec.features.layers, spec.features.weights], [features.layers, features.weights]);
  assertEquals([spec.training.clean, spec.training.lambda, spec.training.batch], [0.25, 1, 64]);
});

Deno.test("gclnSpec() refuses what makes no cleaner", () => {
  const wrong: readonly (readonly [Partial<Record<keyof GclnRow, unknown>>, string])[] = [
    [{ block: 5 }, "Cannot use block 5: 4, 8 or 16 is wanted"],
    [{ q: 0 }, "or none for no quantizer is wanted"],
    [{ q: "none", step: "learned" }, "Cannot learn a step from q none"],
    [{ features: "pixel" }, 'did you mean "pixels"?'],
    [{ detector: "no" }, '"with" or "without" is wanted'],
  ];
  for (const [setting, message] of wrong) {
    assertThrows(() => specOf({ ...row, ...setting } as GclnRow), RangeError, message);
  }
});
