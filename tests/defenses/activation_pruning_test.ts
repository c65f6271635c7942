import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { linf, pgd } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { activationPruning, deploy, pruned } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { judge } from "@gcln/kit/judge";
import { network } from "@gcln/kit/networks";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

Deno.test("pruned() keeps activations with probability 1 - (1 - p)^r, and divides by it", async () => {
  const activations = tf.tensor2d([[6, -3, 1, 0]]); // shares 0.6, 0.3, 0.1 and 0; of 3 draws 0.936, 0.657, 0.271 and 0
  const at = async (...numbers: number[]) => [...await pruned(activations, tf.tensor2d([numbers]), 3).data()];
  const kept = [6 / 0.936, -3 / 0.657, 1 / 0.271, 0];
  (await at(0.93, 0.65, 0.27, 0)).forEach((value, i) => assertAlmostEquals(value, kept[i]!, 1e-4));
  assertEquals(await at(0.94, 0.66, 0.28, 0.5), [0, 0, 0, 0].map((zero, i) => i === 1 ? -zero : zero));
});

Deno.test("pruned() is the activation in the mean of many draws", async () => {
  const activations = tf.tensor2d([[0.5, 2, 0.25, 1]]).tile([4000, 1]) as tf.Tensor2D;
  const numbers = uniform<tf.Rank.R2>([4000, 4], 0, 1, 1), mean = pruned(activations, numbers, 4).mean(0);
  const wanted = [0.5, 2, 0.25, 1];
  (await mean.data()).forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 0.05));
});

Deno.test("pruned() of an image does not depend on the other images", async () => {
  const numbers = tf.tensor2d([[0.3, 0.6]]), two = pruned(tf.tensor2d([[1, 2], [30, 1]]), numbers, 2);
  const one = pruned(tf.tensor2d([[1, 2]]), numbers, 2);
  assertEquals([...await two.data()].slice(0, 2), [...await one.data()]);
});

Deno.test("pruned() has the gradient of its draw", async () => {
  const activations = tf.tensor2d([[3, 1]]), numbers = tf.tensor2d([[0, 0.99]]);
  // f(a, b) = a / (1 - (b / (a + b))²): by a, 1 / 0.9375 - a · 2 b² / (a + b)³ / 0.9375²; by b, a · 2 b a / (a + b)³ / 0.9375².
  const f = (a: tf.Tensor2D) => pruned(a, numbers, 2).sum() as tf.Scalar;
  const [byLarge, bySmall] = await gradientAt(f, activations).data();
  assertAlmostEquals(byLarge!, 16 / 15 - 3 * 2 / 64 / 0.9375 ** 2, 1e-3);
  assertAlmostEquals(bySmall!, 3 * 2 * 3 / 64 / 0.9375 ** 2, 1e-3);
});

Deno.test("pruned() has the gradient that finite differences find", async () => {
  const numbers = uniform<tf.Rank.R2>([1, 6], 0, 1, 3), weights = uniform<tf.Rank.R2>([2, 6], -1, 1, 4);
  const activations = uniform<tf.Rank.R2>([2, 6], 0.1, 2, 5).mul(tf.tensor1d([1, -1, 1, 1, -1, 1]));
  const f = (a: tf.Tensor) => pruned(a, numbers, 5).mul(weights).sum() as tf.Scalar;
  const slopes = await gradientAt(f, activations).data();
  const at = await activations.data(), step = 1e-2;
  for (const [i, slope] of slopes.entries()) {
    const moved = (by: number) =>
      f(tf.tensor2d(at.map((a, j) => i === j ? a + by : a), [2, 6])).dataSync()[0]!;
    assertAlmostEquals(slope, (moved(step) - moved(-step)) / (2 * step), 2e-3, `activation ${i}`);
  }
});

Deno.test("a gradient through many pruned() keeps their activations only", async () => {
  const numbers = uniform<tf.Rank.R2>([1, 1000], 0, 1, 1),
    activations = uniform<tf.Rank.R2>([10, 1000], 0, 1, 2);
  const peakOf = async (layers: number) => {
    const f = (a: tf.Tensor) =>
      Array.from({ length: layers }).reduce<tf.Tensor>((a) => pruned(a, numbers, 2000), a).sum() as tf.Scalar;
    return (await tf.profile(() => gradientAt(f, activations))).peakBytes;
  };
  assertLess((await peakOf(30) - await peakOf(10)) / 20, 2.5 * 40_000); // bytes a layer; the activations are 40 000
});

Deno.test("a pass changes each activation behind its ReLU: 17 in a ResNet-18, none of them linear", () => {
  const shape = network({ architecture: "resnet18", width: 2, classes: 4, channels: 1, stem: 2 });
  tf.tidy(() => {
    const seen: number[][] = [],
      parameters = shape.init(1),
      images = uniform<tf.Rank.R4>([2, 16, 16, 1], 0, 1, 1);
    const same = shape.apply(parameters, images, { activation: (x) => (seen.push(x.shape), x) });
    assertEquals(seen.length, 17);
    assertEquals([seen[0], seen.at(-1)], [[2, 8, 8, 2], [2, 1, 1, 16]]);
    assertEquals(same.dataSync(), shape.apply(parameters, images).dataSync());
    const none = shape.apply(parameters, images, { activation: tf.zerosLike });
    assertEquals([...none.dataSync()].every((value) => value === 0), true); // only the bias of the last layer is left
  });
});

Deno.test("pruning costs the shipped classifier little, and its draws hide a gradient that the classifier shows", async () => {
  const before = tf.memory().numTensors;
  const circumstances = { profile: profiles.quick, dataset: "street-digits", seed: 1 };
  const defense = await deploy(activationPruning(), circumstances);
  const batch = (await streetDigits("test", { size: 20 })).all();
  const left = async (images?: Images) =>
    (await judge((x: Images) => defense.victim(x), batch, images && { images })).stands.filter(Boolean)
      .length;
  assertLess(15, await left());
  const attacked = async (threat: string) => {
    const surrogate = await defense.surrogate(threat);
    return pgd((x: Images) => surrogate(x), batch, {
      ball: linf(8 / 255),
      stepSize: 4 / 255,
      steps: 4,
      seed: 1,
    });
  };
  const [printed, adaptive] = [await attacked("straight-through"), await attacked("adaptive")];
  const [stood, stand] = [await left(printed), await left(adaptive)];
  assert(stand <= stood, `${stand} of 20 stand under the adaptive attack, ${stood} under the printed one`);
  tf.dispose([printed, adaptive, batch.images, batch.labels]);
  defense.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("what an attack leaves of it does not depend on how many images go together", async () => {
  const circumstances = { profile: profiles.quick, dataset: "street-digits", seed: 1 };
  const defense = await deploy(activationPruning(), circumstances),
    data = await streetDigits("test", { size: 12 });
  const attack = { attack: "pgd", ball: linf(4 / 255), stepSize: 2 / 255, steps: 2 } as const;
  // Not compiled: each is asked only a few times.
  const judged = await defense.surrogate("straight-through"), surrogate = (x: Images) => judged(x);
  const left = async (batch: number) => {
    const { correct } = await measure((x) => defense.victim(x), data, { attack, surrogate, batch, seed: 1 });
    return correct;
  };
  const some = await left(5);
  assert(some.includes(true) && some.includes(false), `${some}`);
  assertEquals(some, await left(12));
  defense.dispose();
});
