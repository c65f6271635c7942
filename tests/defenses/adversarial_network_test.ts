import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { fitAdversarialNetwork, type FitAdversarialNetworkOptions } from "@gcln/kit/defenses";
import { crossEntropy } from "@gcln/kit/losses";
import { noiseGenerator, trainable } from "@gcln/kit/networks";
import {
  fold,
  type Images,
  type Labels,
  type Parameters,
  tf,
  uniform,
  useBackend,
  valueAndGradients,
} from "@gcln/kit/tensor";
import { constant, sampler } from "@gcln/kit/training";
import { gratings, reader } from "../training/_gratings.ts";

await useBackend();
const data = gratings(1000, 1), ball = linf(24 / 255);
const generator = noiseGenerator({ architecture: "noise-generator", width: 2, channels: 1 });
const run = {
  generator,
  ball,
  images: 32,
  batch: 32,
  seed: 3,
  schedule: constant(0.05),
} satisfies FitAdversarialNetworkOptions;
const free = (...trees: Parameters[]) => tf.dispose(trees.flatMap((tree) => Object.values(tree)));

Deno.test("The noise of the generator is within −1 and 1 for each pixel, from the seed, on sides that are multiples of 4", async () => {
  const images = uniform<tf.Rank.R4>([3, 12, 8, 1], 0, 1, 1) as Images;
  const noise = (seed: number) => generator.apply(generator.init(seed), images, { mode: "training" });
  assertEquals(noise(1).shape, [3, 12, 8, 1]);
  const values = [...await noise(1).data()];
  assert(values.every((value) => value >= -1 && value <= 1));
  assertEquals(values, [...await noise(1).data()]);
  assert(values.some((value) => value < -0.01) && values.some((value) => value > 0.01));
  await assertRejects(
    () => Promise.resolve().then(() => generator.apply(generator.init(1), tf.zeros([1, 10, 8, 1]))),
    RangeError,
    "Cannot make noise for images of 10 × 8: the sides must be multiples of 4",
  );
});

/** The loss of the classifier's first step, where G has taken no step but those of its own. */
async function firstLoss(penalty: number): Promise<{ loss: number; fast: number; slow: number }> {
  const classifier = reader.init(fold(3, "init"));
  const { parameters, generator: noise, history } = await fitAdversarialNetwork(reader, data, {
    ...run,
    start: classifier,
    generatorSteps: 1,
    penalty,
  });
  const { images, labels } = data.batch(sampler(data.size, 32, 3)(0));
  const losses = tf.tidy(() => {
    const noisy = (weights: Parameters): Images =>
      images.add<Images>(
        generator.apply({ ...noise, ...weights }, images, { mode: "training" }).mul(ball.epsilon),
      )
        .clipByValue(0, 1) as Images;
    const weights = trainable(noise);
    const { gradients } = valueAndGradients((weights) => ({
      loss: crossEntropy(reader.apply(classifier, noisy(weights)), labels).mean() as tf.Scalar,
      aux: {},
    }), weights);
    const moved = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name, value.add(gradients[name]!.mul(0.01))]),
    );
    const parts = penalty > 0 ? [images, noisy(weights), noisy(moved)] : [images, noisy(weights)];
    const logits = tf.split(reader.apply(classifier, tf.concat(parts), { mode: "training" }), parts.length);
    const [clean, hit, probe] = logits.map((z) => crossEntropy(z as tf.Tensor2D, labels as Labels).mean());
    const both = clean!.add(hit!);
    const now = (x: Images) => crossEntropy(reader.apply(classifier, x), labels as Labels).mean();
    return [
      probe ? both.add(probe.sub(hit!).mul(penalty / 0.01)) : both,
      now(noisy(weights)),
      now(noisy(moved)),
    ];
  });
  const [loss, slow, fast] = await Promise.all(losses.map(async (x) => (await x.data())[0]!));
  assertAlmostEquals(history[0]!.loss!, loss!, 2e-3 * loss!);
  free(classifier, parameters, noise);
  tf.dispose([images, labels, ...losses]);
  return { loss: loss!, fast: fast!, slow: slow! };
}

Deno.test("The classifier lowers the losses of clean and of noisy images", async () => {
  await firstLoss(0);
});

Deno.test("The penalty is the difference that a step of the generator along its gradient makes, and it makes one upwards", async () => {
  const { fast, slow } = await firstLoss(0.05);
  assertGreater(fast, slow);
});

Deno.test("The generator raises the loss: with it training shows noisy images that are harder than clean ones", async () => {
  const { parameters, generator: noise, history } = await fitAdversarialNetwork(reader, data, {
    ...run,
    images: 1600,
    generatorSteps: 2,
  });
  const { accuracy, robust } = history.at(-1)!;
  assertLess(robust!, accuracy!);
  assertGreater(accuracy!, 0.5);
  free(parameters, noise);
});

Deno.test("An adversarial network is the same for a seed, and leaves nothing behind", async () => {
  const before = tf.memory().numTensors, counts: number[] = [];
  const schedule = () => (counts.push(tf.memory().numTensors), 0.05);
  const values = async (
    { parameters, generator: noise }: Awaited<ReturnType<typeof fitAdversarialNetwork>>,
  ) => {
    const sums = [...Object.values(parameters), ...Object.values(noise)].map(async (
      x,
    ) => [...await x.data()]);
    const all = (await Promise.all(sums)).flat();
    free(parameters, noise);
    return all;
  };
  const options = { ...run, images: 160, generatorSteps: 1, schedule };
  const one = await values(await fitAdversarialNetwork(reader, data, options));
  assertEquals(tf.memory().numTensors, before);
  assertEquals(new Set(counts.slice(2)).size, 1, counts.join());
  assertEquals(await values(await fitAdversarialNetwork(reader, data, options)), one);
});

Deno.test("fitAdversarialNetwork() refuses other balls and options", async () => {
  for (
    const [wrong, message] of [
      [
        { ball: { norm: "l2", epsilon: 1 } },
        "Cannot bound a generator's noise in l2: an linf ball is wanted",
      ],
      [{ generatorSteps: 0 }, "Cannot use generatorSteps 0"],
      [{ penalty: -1 }, "Cannot use penalty -1"],
    ] as const
  ) {
    const options = { ...run, ...wrong } as FitAdversarialNetworkOptions;
    await assertRejects(() => fitAdversarialNetwork(reader, data, options), RangeError, message);
  }
});
