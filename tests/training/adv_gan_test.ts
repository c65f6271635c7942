import { assert, assertEquals, assertGreater, assertLess, assertRejects, assertThrows } from "@std/assert";
import { contains, l2, linf, noise, pgd } from "@gcln/kit/attacks";
import { detector, generator } from "@gcln/kit/networks";
import { type Batch, normal, type Parameters, tf, useBackend } from "@gcln/kit/tensor";
import { advGan, fitAdvGan, type FitAdvGanOptions } from "@gcln/kit/training";
import { gratings, share, trainedReader } from "./_gratings.ts";

await useBackend();
const classifier = await trainedReader(), data = gratings(1000, 1), test = gratings(300, 1, "test").all();
const ball = linf(24 / 255), network = generator({ architecture: "generator", width: 8, channels: 1 });

function settings(change: Partial<FitAdvGanOptions> = {}): FitAdvGanOptions {
  return {
    generator: network,
    discriminator: detector({ architecture: "detector", width: 4, channels: 1 }),
    ball,
    images: 64,
    batch: 32,
    rates: { generator: 1e-2, discriminator: 1e-4 },
    seed: 3,
    ...change,
  };
}

const free = (...trees: Parameters[]) => tf.dispose(trees.flatMap((tree) => Object.values(tree)));

async function values(parameters: Parameters): Promise<number[]> {
  return (await Promise.all(Object.values(parameters).map(async (tensor) => [...await tensor.data()])))
    .flat();
}

/** Parameters as far from the start as training would not bring them. */
function wild(): Parameters {
  return Object.fromEntries(
    network.declarations.map(({ name, shape }, i) => [name, normal([...shape] as [number], 0, 1, i)]),
  );
}

Deno.test("fitAdvGan() learns to fool a classifier on images that it has not seen, as PGD does and noise does not", async () => {
  const { parameters, history } = await fitAdvGan(classifier, data, settings({ images: 12_800 }));
  const attacked = advGan(network, parameters, { ball })(classifier, test);
  assert((await contains(ball, test.images, attacked)).every(Boolean));
  const right = await share(classifier, attacked, test);
  assertGreater(await share(classifier, noise(classifier, test, { ball }), test), 0.95);
  assertLess(right, 0.5);
  assertLess(right, await share(classifier, pgd(classifier, test, { ball }), test) + 0.25);
  const { fooled, adversarial } = history.at(-1)!;
  assertGreater(fooled!, 0.5);
  assertLess(adversarial!, history[0]!.adversarial!);
});

Deno.test("fitAdvGan() with a target brings images to that class", async () => {
  const { parameters } = await fitAdvGan(classifier, data, settings({ images: 8000, target: 2 }));
  const batch: Batch = { ...test, labels: tf.fill(test.labels.shape, 2, "int32") };
  const attacked = advGan(network, parameters, { ball })(classifier, test);
  assertLess(await share(classifier, test.images, batch), 0.4);
  assertGreater(await share(classifier, attacked, batch), 0.6);
});

Deno.test("fitAdvGan()'s discriminator learns to tell attacked images where the generator stands still", async () => {
  const still = { ...network, init: wild };
  const { history } = await fitAdvGan(
    classifier,
    data,
    settings({ generator: still, images: 2400, rates: { generator: 0, discriminator: 1e-2 } }),
  );
  assertLess(history.at(-1)!.discriminator!, 0.5); // 2 ln 2 = 1.39 is a guess
});

Deno.test("fitAdvGan() keeps perturbations as short as the hinge asks", async () => {
  const long = await fitAdvGan(classifier, data, settings({ images: 1600 }));
  const short = await fitAdvGan(classifier, data, settings({ images: 1600, length: 0.1, beta: 100 }));
  const length = async ({ parameters }: { parameters: Parameters }) => {
    const moved = advGan(network, parameters, { ball })(undefined, test).sub(test.images);
    return (await moved.square().sum([1, 2, 3]).sqrt().mean().data())[0]!;
  };
  assertLess(await length(short), 0.2);
  assertGreater(await length(long), 0.6);
});

Deno.test("advGan() stays in any linf ball, each image in its own, whatever its generator says", async () => {
  const parameters = wild(), images = test.images.slice(0, 4).round(); // black and white
  const batch = { images, labels: test.labels.slice(0, 4) as tf.Tensor1D };
  for (const epsilon of [8 / 255, 1, [0, 0.3, 0.003, 0.1]]) {
    const ball = linf(epsilon), attacked = advGan(network, parameters, { ball })(undefined, batch);
    assert((await contains(ball, batch.images, attacked)).every(Boolean));
    assertGreater((await attacked.sub(images).abs().sum().data())[0]!, 0);
  }
  const attacked = advGan(network, parameters, { ball: linf(0) })(undefined, batch);
  assertEquals(await attacked.data(), await images.data());
});

Deno.test("fitAdvGan() gives the same networks for a seed, and others for another", async () => {
  const runs = [settings(), settings(), settings({ seed: 4 })].map((options) =>
    fitAdvGan(classifier, data, options)
  );
  const [one, same, other] = await Promise.all(
    (await Promise.all(runs)).map(({ parameters }) => values(parameters)),
  );
  assertEquals(one, same);
  assert(one!.some((value, i) => value !== other![i]));
});

Deno.test("fitAdvGan() and advGan() hold no more tensors at the end than their networks, stopped or not", async () => {
  const counts: number[] = [];
  const progress = { update: () => void counts.push(tf.memory().numTensors), done() {} };
  const run = async (signal?: AbortSignal) => {
    const options = settings({ images: 32 * 50, progress, ...(signal ? { signal } : {}) });
    const { parameters, discriminator } = await fitAdvGan(classifier, data, options);
    advGan(network, parameters, { ball })(undefined, test).dispose();
    free(parameters, discriminator);
  };
  await run();
  const before = tf.memory().numTensors;
  counts.length = 0;
  await run();
  assertEquals(tf.memory().numTensors, before);
  assertEquals(counts.length, 2);
  assertEquals(new Set(counts).size, 1);
  await assertRejects(() => run(AbortSignal.abort()), DOMException);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fitAdvGan() and advGan() say what is wrong", async () => {
  assertThrows(() => advGan(network, {}, { ball: l2(1) }), RangeError, "an linf ball is wanted");
  await assertRejects(() => fitAdvGan(classifier, data, settings({ ball: l2(1) })), RangeError, "linf");
  await assertRejects(() => fitAdvGan(classifier, data, settings({ target: 4 })), RangeError, "class 4");
  await assertRejects(() => fitAdvGan(classifier, data, settings({ alpha: NaN })), RangeError, "alpha NaN");
  const attack = advGan(network, wild(), { ball }), floats = test.labels.cast("float32") as tf.Tensor1D;
  assertThrows(() => attack(undefined, { ...test, labels: floats }), TypeError, "int32");
});
