import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { eotLoss, lossGradient } from "@gcln/kit/attacks";
import { injectNoise, noisyClassifier, noisyParameters, noisyWeights, weightNoise } from "@gcln/kit/defenses";
import { crossEntropy } from "@gcln/kit/losses";
import { network } from "@gcln/kit/networks";
import {
  frozen,
  type Images,
  type Labels,
  normal,
  type Parameters,
  tf,
  uniform,
  useBackend,
  valueAndGradients,
} from "@gcln/kit/tensor";

await useBackend();
const shape = network({ architecture: "resnet18", width: 2, classes: 4, channels: 1, stem: 2 });
const parameters = shape.init(1), names = Object.keys(noisyWeights(shape));
const alphasOf = (value: (i: number) => number): Parameters =>
  Object.fromEntries(names.map((name, i) => [name, tf.scalar(value(i))]));
const alphas = alphasOf((i) => 0.1 + 0.02 * i);
const images = uniform<tf.Rank.R4>([6, 16, 16, 1], 0, 1, 2) as Images;
const labels = tf.tensor1d([0, 1, 2, 3, 0, 1], "int32") as Labels;

const largest = async (a: tf.Tensor, b: tf.Tensor) => (await a.sub(b).abs().max().data())[0]!;

Deno.test("noisyWeights() are those of all convolutions and of the dense layer, and no batch norm's", () => {
  assertEquals(names.filter((name) => parameters[name]!.rank === 4).length, 20); // 17 and three shortcuts
  assertEquals(names.at(-1), "fc.weight");
  assert(!names.some((name) => name.includes("bn")));
});

Deno.test("noisyParameters() adds normal noise of α standard deviations to weights, and to nothing else", async () => {
  const weight = normal<tf.Rank.R2>([300, 400], 5, 2, 1),
    fc = { "fc.weight": weight, "fc.bias": tf.ones([400]) };
  const noisy = noisyParameters(fc, { "fc.weight": tf.scalar(0.5) }, 3);
  assertEquals(noisy["fc.bias"], fc["fc.bias"]);
  const unit = noisy["fc.weight"]!.sub(weight).div(0.5 * 2); // std(w) = 2, though its mean is 5
  const moment = async (k: number) => (await unit.pow(k).mean().data())[0]!;
  assertAlmostEquals(await moment(1), 0, 0.02);
  assertAlmostEquals(await moment(2), 1, 0.02);
  assertAlmostEquals(await moment(3), 0, 0.06);
  assertAlmostEquals(await moment(4), 3, 0.1);
  // Neighbours, which are two halves of one random number, have nothing to do with each other.
  const pairs = unit.reshape([-1, 2]).prod(1).mean();
  assertAlmostEquals((await pairs.data())[0]!, 0, 0.015);
});

Deno.test("noisyParameters() draws the same for a seed, and apart for each weight and seed", async () => {
  const twin = { a: parameters["layer1.0.conv1.weight"]!, b: parameters["layer1.0.conv1.weight"]! };
  const halves = { a: tf.scalar(0.5), b: tf.scalar(0.5) };
  const [one, same, other] = [1, 1, 2].map((seed) => noisyParameters(twin, halves, seed));
  assertEquals(await largest(one!.a!, same!.a!), 0);
  assertGreater(await largest(one!.a!, one!.b!), 0.1);
  assertGreater(await largest(one!.a!, other!.a!), 0.1);
});

Deno.test("injectNoise() takes an α for each output channel, too", async () => {
  const w = { "fc.weight": normal<tf.Rank.R2>([50, 3], 0, 1, 1) };
  const noisy = noisyParameters(w, { "fc.weight": tf.tensor1d([0, 0.1, 1]) }, 1);
  const spread = await noisy["fc.weight"]!.sub(w["fc.weight"]).square().mean(0).sqrt().data();
  assertEquals(spread[0], 0);
  assertAlmostEquals(spread[2]! / spread[1]!, 10, 5);
});

Deno.test("noisyParameters() says which weight there is not", () => {
  assertThrows(
    () => noisyParameters({}, { "fc.weight": tf.scalar(1) }, 1),
    RangeError,
    "Cannot add noise to fc.weight: there is no such parameter",
  );
});

/** A loss as a function of all α, its gradients, and its slope along one of them by finite differences. */
async function slopes(loss: (alphas: Parameters) => tf.Scalar, alphas: Parameters, h: number) {
  const { gradients } = valueAndGradients((alphas) => ({ loss: loss(alphas), aux: {} }), alphas);
  const at = async (name: string, change: number) =>
    (await loss({ ...alphas, [name]: alphas[name]!.add(change) }).data())[0]!;
  return await Promise.all(
    Object.keys(alphas).map(async (name) => ({
      gradient: (await gradients[name]!.data())[0]!,
      slope: (await at(name, h) - await at(name, -h)) / (2 * h),
    })),
  );
}

Deno.test("The gradient with respect to α is the slope of a smooth network's loss", async () => {
  const x = normal<tf.Rank.R2>([6, 8], 0, 1, 1);
  const weights = { first: normal<tf.Rank.R2>([8, 5], 0, 1, 2), second: normal<tf.Rank.R2>([5, 4], 0, 1, 3) };
  const noise = { first: normal<tf.Rank.R2>([8, 5], 0, 1, 4), second: normal<tf.Rank.R2>([5, 4], 0, 1, 5) };
  const loss = (alphas: Parameters) => {
    const { first, second } = injectNoise(weights, alphas, noise);
    const logits = x.matMul(first as tf.Tensor2D).tanh().matMul(second as tf.Tensor2D) as tf.Tensor2D;
    return crossEntropy(logits, labels).sum() as tf.Scalar;
  };
  const found = await slopes(loss, { first: tf.scalar(0.25), second: tf.scalar(0.4) }, 1e-2);
  for (const { gradient, slope } of found) {
    assertAlmostEquals(gradient, slope, 2e-3 * Math.max(1, Math.abs(slope)));
    assertGreater(Math.abs(gradient), 0.1);
  }
});

Deno.test("The gradient with respect to α is the slope of a ResNet's loss, but for its kinks", async () => {
  const noise = weightNoise(shape, 5);
  const loss = (alphas: Parameters) =>
    crossEntropy(shape.apply(injectNoise(parameters, alphas, noise), images), labels).sum() as tf.Scalar;
  const found = await slopes(loss, alphas, 2e-3);
  const size = (values: number[]) => Math.hypot(...values);
  const gradients = size(found.map(({ gradient }) => gradient));
  assertGreater(gradients, 0.5);
  assertLess(size(found.map(({ gradient, slope }) => gradient - slope)), 0.05 * gradients);
});

Deno.test("∂w̃/∂w is 1: no gradient goes through the weights' own spread", async () => {
  const w = normal<tf.Rank.R2>([4, 5], 0, 1, 1), upstream = normal<tf.Rank.R2>([4, 5], 0, 1, 2);
  const eta = { w: normal<tf.Rank.R2>([4, 5], 0, 1, 3) }, alpha = { w: tf.scalar(0.7) };
  const { gradients } = valueAndGradients(({ w }) => ({
    loss: injectNoise({ w: w! }, alpha, eta).w!.mul(upstream).sum() as tf.Scalar,
    aux: {},
  }), { w });
  assertEquals(await largest(gradients.w!, upstream), 0);
});

Deno.test("noisyClassifier() with α = 0 is the network, and otherwise another for each seed", async () => {
  const still = noisyClassifier(shape, parameters, alphasOf(() => 0)),
    logits = shape.apply(parameters, images);
  assertLess(await largest(still(images, 1), logits), 1e-5);
  const noisy = noisyClassifier(shape, parameters, alphas);
  assertEquals(await largest(noisy(images, 1), noisy(images, 1)), 0);
  assertGreater(await largest(noisy(images, 1), noisy(images, 2)), 1e-2);
  assertGreater(await largest(noisy(images, 1), logits), 1e-2);
});

Deno.test("noisyClassifier().at() keeps one draw: a plain classifier, compiled or not, that frees what it holds", async () => {
  const noisy = noisyClassifier(shape, parameters, alphas), before = tf.memory().numTensors;
  const fixed = noisy.at(7), compiled = frozen(fixed);
  const errors = tf.tidy(() => {
    const expected = noisy(images, 7);
    const gradient = (classifier: typeof fixed | typeof compiled) =>
      lossGradient(classifier, images, { labels });
    return tf.stack([
      expected.sub(fixed(images)).abs().max(),
      expected.sub(compiled(images)).abs().max(),
      gradient(fixed).sub(gradient(compiled)).abs().max(),
    ]);
  });
  for (const error of await errors.data()) assertLess(error, 1e-4);
  errors.dispose();
  compiled.dispose();
  fixed.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("noisyClassifier().mean() is the mean over draws, with the draws' mean gradient, and may be compiled", async () => {
  const noisy = noisyClassifier(shape, parameters, alphas), seeds: number[] = [];
  const mean = noisy.mean({ draws: 4, seed: 9 });
  const watched = Object.assign(
    (images: Images, seed: number) => (seeds.push(seed), noisy(images, seed)),
    noisy,
  );
  const { eot } = await import("@gcln/kit/attacks");
  assertEquals(await largest(eot(watched, { draws: 4, seed: 9 })(images), mean(images)), 0);
  assertEquals(new Set(seeds).size, 4);
  const single = seeds.slice(0, 4).map((seed) => lossGradient((x) => noisy(x, seed), images, { labels }));
  const gradient = lossGradient(mean, images, { labels, loss: eotLoss("crossEntropy") });
  const scale = (await gradient.abs().max().data())[0]!;
  assertLess(await largest(gradient, tf.stack(single).mean<Images>(0)), 1e-4 * scale);
  const compiled = frozen(mean);
  const [plain, graph] = [mean, compiled].map((surrogate) => lossGradient(surrogate, images, { labels }));
  assertLess(await largest(plain!, graph!), 1e-3 * scale);
  compiled.dispose();
});
