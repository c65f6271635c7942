import { assertAlmostEquals, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { bpda, linf, pgd } from "@gcln/kit/attacks";
import { defend } from "@gcln/kit/defenses";
import { generator } from "@gcln/kit/networks";
import {
  type Cleaner,
  fold,
  gradientAt,
  type Images,
  normal,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { backwardThrough, type BackwardThroughOptions, constant } from "@gcln/kit/training";
import { quantizedTransform } from "@gcln/kit/transform";
import { gratings, share, trainedReader } from "./_gratings.ts";

await useBackend();
const classifier = await trainedReader(), data = gratings(1000, 1), test = gratings(300, 1, "test").all();
const ball = linf(32 / 255), network = generator({ architecture: "generator", width: 8, channels: 1 });

const settings = (change: Partial<BackwardThroughOptions> = {}): BackwardThroughOptions => ({
  network,
  images: 6400,
  batch: 32,
  schedule: constant(1e-2),
  seed: 3,
  ...change,
});

/** A negative, a little blurred: the identity is no approximation of it. */
const smooth: Cleaner = (x) => tf.sub(1, tf.avgPool(x, 3, 1, "same").add(x).mul(0.5)) as Images;
/** The same in 16 steps, without a gradient. */
const stepped: Cleaner = (x) => smooth(x).mul(16).round().div(16) as Images;

/** The mean cosine between the gradients of two stages, for a random direction behind them. */
async function cosine(one: Cleaner, other: Cleaner): Promise<number> {
  const behind = normal<tf.Rank.R4>(test.images.shape, 0, 1, 5);
  const [a, b] = [one, other].map((stage) =>
    gradientAt((x: Images) => stage(x).mul(behind).sum() as tf.Scalar, test.images)
  );
  const along = (x: tf.Tensor, y: tf.Tensor) => x.mul(y).sum([1, 2, 3]);
  return (await along(a!, b!).div(along(a!, a!).mul(along(b!, b!)).sqrt()).mean().data())[0]!;
}

/** The share that stands after PGD on the classifier behind a stage, with a backward of the stage's. */
async function standing(stage: Cleaner, backward: "identity" | Cleaner): Promise<number> {
  const attacked = pgd(defend(classifier, bpda(stage, { backward })), test, { ball });
  return await share(defend(classifier, stage), attacked, test);
}

Deno.test("backwardThrough() learns the slope of a stage that has none", async () => {
  const substitute = await backwardThrough(stepped, data, settings());
  assertLess(substitute.history.at(-1)!.unexplained!, 0.05);
  assertLess(await cosine((x) => x.clone(), smooth), -0.8);
  assertGreater(await cosine(substitute, smooth), 0.9);

  const victim = defend(classifier, stepped);
  const exact = await share(victim, pgd(victim, test, { ball }), test);
  const [learned, best] = [await standing(stepped, substitute), await standing(stepped, smooth)];
  assertGreater(exact, 0.95); // nothing to follow
  assertGreater(await standing(stepped, "identity"), 0.95); // the wrong way
  assertLess(learned, 0.4);
  assertAlmostEquals(learned, best, 0.1);
});

Deno.test("backwardThrough() opens the exact quantized transform in front of an undefended network", async () => {
  const stage: Cleaner = (images) => quantizedTransform(images, { q: 60 / 255, block: 4 });
  const substitute = await backwardThrough(stage, data, settings({ images: 3200 }));
  const victim = defend(classifier, stage);
  assertGreater(await share(victim, pgd(victim, test, { ball }), test), 0.9);
  const learned = await standing(stage, substitute);
  assertLess(learned, 0.4);
  assertAlmostEquals(learned, await standing(stage, "identity"), 0.1);
});

Deno.test("backwardThrough() without training is the identity, and imitates what was moved within reach", async () => {
  const seen: Images[] = [];
  const watched: Cleaner = (x) => {
    seen.push(tf.keep(x.clone()));
    return stepped(x);
  };
  const still = settings({ images: 32, schedule: constant(0), reach: 0.1 });
  const substitute = await backwardThrough(watched, data, still);
  assertEquals(await substitute(test.images).data(), await test.images.data());
  assertEquals(substitute.history.at(-1)!.step, 1);

  const wrong = stepped(seen[0]!).sub(seen[0]!).square().mean();
  assertAlmostEquals(substitute.history[0]!.unexplained!, 1, 1e-4); // the identity leaves all of it
  assertGreater((await wrong.data())[0]!, 0.01);
  const nearest = tf.tidy(() => { // of all images, the one from which each was moved
    const all = data.all().images.reshape([1000, -1]), one = seen[0]!.reshape([32, -1]);
    return tf.stack(one.unstack().map((image) => all.sub(image).abs().max(1).min()));
  });
  const far = await nearest.data();
  assertEquals(seen.length, 1);
  far.forEach((distance) => {
    assertLess(distance, 0.1 + 1e-6);
    assertGreater(distance, 0.08);
  });
});

Deno.test("backwardThrough() averages over a stage that draws random numbers", async () => {
  let draw = 0;
  const noisy: Cleaner = (x) =>
    tf.sub(1, x).add(uniform<tf.Rank.R4>(x.shape, -0.2, 0.2, fold(1, draw++))) as Images;
  const substitute = await backwardThrough(noisy, data, settings({ images: 3200 }));
  assertGreater(await cosine(substitute, (x) => x.neg() as Images), 0.8);
  assertEquals(draw, 100);
});

Deno.test("backwardThrough() is the same for a seed, and leaves nothing behind but its network, stopped or not", async () => {
  const counts: number[] = [];
  const progress = { update: () => void counts.push(tf.memory().numTensors), done() {} };
  const run = async (signal?: AbortSignal) => {
    const options = settings({ images: 32 * 50, progress, ...(signal ? { signal } : {}) });
    const substitute = await backwardThrough(stepped, data, options);
    const made = substitute(test.images), values = await made.data();
    made.dispose();
    substitute.dispose();
    return values;
  };
  const first = await run();
  const before = tf.memory().numTensors;
  counts.length = 0;
  assertEquals(await run(), first);
  assertEquals(tf.memory().numTensors, before);
  assertEquals(new Set(counts).size, 1);
  await assertRejects(() => run(AbortSignal.abort()), DOMException);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("backwardThrough() says what is wrong", async () => {
  const halved: Cleaner = (x) => tf.avgPool(x, 2, 2, "valid");
  await assertRejects(() => backwardThrough(halved, data, settings()), RangeError, "to [32,6,6,1]");
  await assertRejects(() => backwardThrough(stepped, data, settings({ reach: -1 })), RangeError, "by -1");
});
