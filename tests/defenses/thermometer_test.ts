import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { bim, iterateAll, linf } from "@gcln/kit/attacks";
import {
  classifierSpec,
  levelsWithin,
  lsPga,
  mixedCodes,
  thermometerCodes,
  type ThermometerSpec,
  thermometerSpec,
  type TrainedThermometer,
} from "@gcln/kit/defenses";
import { profiles } from "@gcln/kit/experiments";
import {
  type Classifier,
  gradientAt,
  type Images,
  type Logits,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { thermometerKind } from "../../lib/defenses/thermometer/spec.ts";
import { gratings, share } from "../training/_gratings.ts";

await useBackend();

const pixels = (...values: number[]) => tf.tensor4d(values, [1, 1, values.length, 1]);
const code = (ones: number) => "1".repeat(ones) + "0".repeat(16 - ones);

Deno.test("thermometerCodes() of 0.13, 0.97 and the ends, with 16 levels", async () => {
  const codes = await thermometerCodes(pixels(0.13, 0.97, 0, 1, 0.0624, 0.0625), 16).array();
  assertEquals(codes[0]![0]!.map((code) => code.join("")), [3, 16, 1, 16, 1, 2].map(code));
});

Deno.test("thermometerCodes() puts the levels of a channel side by side", async () => {
  const codes = thermometerCodes(tf.tensor4d([0.1, 0.6, 0.9], [1, 1, 1, 3]), 4);
  assertEquals([codes.shape, [...await codes.data()].join("")], [[1, 1, 1, 12], "100011101111"]);
});

Deno.test("thermometerCodes() has no gradient, or a ramp's: of its level alone", async () => {
  const weights = tf.range(1, 17), x = pixels(0.13);
  const slope = async (backward: "exact" | "ramp") =>
    (await gradientAt((x: Images) => thermometerCodes(x, 16, backward).mul(weights).sum() as tf.Scalar, x)
      .data())[0];
  assertEquals(await slope("exact"), 0);
  assertAlmostEquals((await slope("ramp"))!, 3 * 16, 1e-3); // 0.13 is in the third of 16 levels
});

Deno.test("mixedCodes() of one level is its code", async () => {
  const level = tf.oneHot(tf.tensor1d([0, 5, 15], "int32"), 16).cast("float32").reshape([1, 1, 3, 1, 16]);
  assertEquals((await mixedCodes(level).array())[0]![0]!.map((code) => code.join("")), [1, 6, 16].map(code));
});

Deno.test("levelsWithin() are those of all values in the ball, and in [0, 1]", async () => {
  const levels = await levelsWithin(pixels(0.13, 0.5, 1, 0), 0.031, 16).array() as number[][][][][];
  const allowed = levels[0]![0]!.map(([row]) => row!.flatMap((value, level) => value ? [level] : []));
  assertEquals(allowed, [[1, 2], [7, 8], [15], [0]]);
});

/** Class 1 as far as the pixels are bright, by their codes. */
const bright: Classifier = (codes) => {
  const sum = codes.mean([1, 2, 3]).sub(0.5).mul(20);
  return tf.stack([sum.neg(), sum], 1) as Logits;
};

Deno.test("lsPga() finds the brightest codes in the ball, where bright ones raise the loss", async () => {
  const attack = lsPga({ epsilon: 0.1, steps: 3, anneal: 1.2, levels: 16 });
  const images = uniform<tf.Rank.R4>([3, 4, 4, 2], 0, 1, 1) as Images,
    labels = tf.tensor1d([0, 0, 1], "int32");
  const state = iterateAll(attack.start({ images, labels }), 3, (state, i) => attack.step(bright, state, i));
  const wanted = thermometerCodes(
    tf.concat([images.slice(0, 2).add(0.1), images.slice(2, 1).sub(0.1)]) as Images,
    16,
  );
  assertEquals((await state.images.sub(wanted).abs().max().data())[0], 0);
  assertEquals(state.images.shape, [3, 4, 4, 32]);
});

/** A small classifier of codes that has learned stripes, under LS-PGA or not. */
async function reader(under: "LS-PGA" | "nothing") {
  const spec = {
    kind: "thermometer",
    network: { architecture: "vgg-small", width: 4, classes: 4, channels: 8 },
    data: "gratings",
    levels: 8,
    training: {
      examples: 600,
      images: under === "nothing" ? 6_000 : 2_000,
      batch: 50,
      rate: 0.05,
      augment: {},
      ...(under === "nothing" ? {} : { lsPga: { epsilon: 0.1, steps: 2, anneal: 1.2, after: 0.5 } }),
    },
    seed: 1,
  } as unknown as ThermometerSpec;
  const run = { data: gratings(600, 1), seed: 1 } as Parameters<typeof thermometerKind.train>[1];
  const { trees, history } = await thermometerKind.train(spec, run);
  return { classifier: thermometerKind.build(spec, trees) as TrainedThermometer, trees, history };
}

Deno.test("A classifier of codes learns, is attacked straight through, and frees what it holds", async () => {
  const before = tf.memory().numTensors, { classifier, trees } = await reader("nothing");
  const batch = gratings(100, 1, "test").all(), reads = (images: Images) => share(classifier, images, batch);
  const options = { ball: linf(0.15), stepSize: 0.03, steps: 10 };
  const printed = bim(classifier, batch, options),
    adaptive = bim((x) => classifier.ramped(x), batch, options);
  const clean = await reads(batch.images);
  assertGreater(clean, 0.9);
  assertEquals(await reads(printed), clean); // codes have no gradient
  assertLess(await reads(adaptive), 0.3);
  classifier.dispose();
  tf.dispose([printed, adaptive, batch.images, batch.labels, ...Object.values(trees["parameters"]!)]);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("A classifier of codes is trained under LS-PGA after a clean start", async () => {
  const { history } = await reader("LS-PGA");
  assertEquals(["accuracy" in history[0]!, "robust" in history.at(-1)!], [true, true]);
});

Deno.test("thermometerSpec() has 16 levels a channel, ε = 0.031, and the target's training", () => {
  const { network, levels, training } = thermometerSpec(profiles.paper, "cifar10", {
    training: "adversarial",
  }, 1);
  assertEquals([network.channels, levels, "normalise" in network], [48, 16, false]);
  assertEquals(training.lsPga, { epsilon: 0.031, steps: 7, anneal: 1.2, after: 0 });
  const plain = thermometerSpec(profiles.paper, "cifar10", {}, 1);
  assertEquals(plain.training, classifierSpec(profiles.paper, "cifar10", 1).training);
});
