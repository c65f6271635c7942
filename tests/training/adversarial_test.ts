import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { linf, pgd } from "@gcln/kit/attacks";
import { crossEntropy } from "@gcln/kit/losses";
import { classifierOf, type Pass } from "@gcln/kit/networks";
import {
  type Batch,
  type Classifier,
  fold,
  type Images,
  type Parameters,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { fitParametricNoise } from "@gcln/kit/defenses";
import {
  type Adversary,
  type Checkpoint,
  type CheckpointStore,
  constant,
  fitClassifier,
  type FitClassifierOptions,
  sampler,
  sgd,
} from "@gcln/kit/training";
import { gratings, reader, share } from "./_gratings.ts";

await useBackend();
const data = gratings(1000, 1), test = gratings(300, 1, "test").all();
const ball = linf(24 / 255), stepSize = 8 / 255;
const adversary: Adversary = { attack: { attack: "pgd", ball, stepSize, steps: 4 } };
const short = { images: 320, batch: 32, seed: 3, adversary } satisfies FitClassifierOptions;

const free = (...trees: Parameters[]) => tf.dispose(trees.flatMap((tree) => Object.values(tree)));

async function values(parameters: Parameters): Promise<number[]> {
  const names = Object.keys(parameters).sort();
  return (await Promise.all(names.map(async (name) => [...await parameters[name]!.data()]))).flat();
}

async function apart(a: Parameters, b: Parameters): Promise<number> {
  const [one, other] = [await values(a), await values(b)];
  assertEquals(one.length, other.length);
  return Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));
}

/** A checkpoint in memory. */
function inMemory(): CheckpointStore {
  let kept: Checkpoint | undefined;
  const copied = (state: Parameters) =>
    Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, tensor.clone()]));
  return {
    load: () => Promise.resolve(kept && { ...kept, state: copied(kept.state) }),
    save(checkpoint) {
      kept = { ...checkpoint, state: copied(checkpoint.state) };
      return Promise.resolve();
    },
    clear: () => Promise.resolve(void (kept = undefined)),
  };
}

/** What a run that is stopped at its fifth step, and then started again, ends with. */
async function interrupted<T>(fit: (options: Partial<FitClassifierOptions>) => Promise<T>): Promise<T> {
  const stop = new AbortController(), checkpoints = inMemory();
  const schedule = (step: number) => {
    if (step === 4) stop.abort();
    return 0.05;
  };
  await assertRejects(() => fit({ schedule, checkpoints, signal: stop.signal }), DOMException);
  assertEquals((await checkpoints.load())!.step, 5);
  return await fit({ schedule: constant(0.05), checkpoints });
}

/** What a step's loss must be: that of the batch, attacked by an attack of its own under these parameters. */
async function lossUnderAttack(
  parameters: Parameters,
  step: number,
  { mode, clean = 0 }: Required<Pick<Pass, "mode">> & { clean?: number },
): Promise<number> {
  const { labels, images, ids } = data.batch(sampler(data.size, 32, 3)(step));
  const surrogate: Classifier = (x) => reader.apply(parameters, x, { mode });
  const seed = fold(fold(3, "adversary", step), "start");
  const attacked = pgd(surrogate, { images, labels, ...(ids ? { ids } : {}) }, {
    ball,
    stepSize,
    steps: 4,
    seed,
  });
  const loss = (x: Images) => crossEntropy(reader.apply(parameters, x, { mode: "training" }), labels).mean();
  return (await loss(images).mul(clean).add(loss(attacked).mul(1 - clean)).data())[0]!;
}

Deno.test("A network trained adversarially is more robust than the plain one, on images that neither has seen", async () => {
  const run = { images: 10_000, batch: 50, seed: 1 }, many = gratings(4000, 1), ball = linf(16 / 255);
  const trainedOn: Adversary = {
    attack: { attack: "pgd", ball, stepSize: 6 / 255, steps: 4 },
    after: 0.1,
  };
  const robustness = async (options: Partial<FitClassifierOptions>) => {
    const { parameters, history } = await fitClassifier(reader, many, { ...run, ...options });
    const classifier = classifierOf(reader, parameters);
    const attacked = pgd(classifier, test, { ball, stepSize: 3 / 255, steps: 20, seed: 5 });
    const shares = [
      await share(classifier, test.images, test),
      await share(classifier, attacked, test),
    ] as const;
    classifier.dispose();
    free(parameters);
    attacked.dispose();
    return { shares, last: history.at(-1)! };
  };
  const plain = await robustness({}),
    hardened = await robustness({ adversary: trainedOn });
  assertGreater(Math.min(plain.shares[0], hardened.shares[0]), 0.9);
  assertLess(plain.shares[1], 0.45);
  assertGreater(hardened.shares[1], plain.shares[1] + 0.3);
  // What a longer attack finds on new images is not far from what training saw of its own.
  assertAlmostEquals(hardened.last.robust!, hardened.shares[1], 0.25);
  assertEquals([plain.last.robust, hardened.last.accuracy], [undefined, undefined]);
});

for (const batchNorms of ["running", "batch"] as const) {
  Deno.test(`fitClassifier() attacks each batch under the parameters as they are, batch norms by the ${batchNorms} statistics`, async () => {
    const mode = batchNorms === "batch" ? "training" : "inference";
    const run = { ...short, adversary: { ...adversary, batchNorms }, schedule: constant(0.05) };
    const once = await fitClassifier(reader, data, { ...run, images: 32 });
    const twice = await fitClassifier(reader, data, { ...run, images: 64 });
    const first = reader.init(fold(3, "init")),
      losses = [
        await lossUnderAttack(first, 0, { mode }),
        await lossUnderAttack(once.parameters, 1, { mode }),
      ] as const;
    assertAlmostEquals(once.history.at(-1)!.loss!, losses[0], 2e-3 * losses[0]);
    assertAlmostEquals(twice.history.at(-1)!.loss!, (losses[0] + losses[1]) / 2, 4e-3 * losses[0]);
    free(first, once.parameters, twice.parameters);
  });
}

Deno.test("fitClassifier() weighs clean and attacked images, and tells the accuracy on either", async () => {
  const run = { ...short, adversary: { ...adversary, clean: 0.3 }, images: 32 };
  const { history, parameters } = await fitClassifier(reader, data, run);
  const first = reader.init(fold(3, "init"));
  const loss = await lossUnderAttack(first, 0, { mode: "inference", clean: 0.3 });
  assertAlmostEquals(history.at(-1)!.loss!, loss, 2e-3 * loss);
  const { accuracy, robust } = history.at(-1)!;
  for (const share of [accuracy, robust]) assert(share! >= 0 && share! <= 1);
  free(parameters, first);
});

Deno.test("fitClassifier() sees clean images only before its adversary begins", async () => {
  const options = { ...short, schedule: constant(0.05) };
  const { history, parameters } = await fitClassifier(reader, data, {
    ...options,
    adversary: { ...adversary, after: 0.5 },
  });
  const { accuracy, robust } = history.at(-1)!;
  assertGreater(accuracy!, 0); // the mean of the first five steps, and
  assertGreater(robust!, 0); // that of the last five
  // Five steps of five are none of an adversary: those of plain training, to the bit.
  const half = { ...options, images: 160 };
  const plain = await fitClassifier(reader, data, { ...half, adversary: { ...adversary, after: 0.99 } });
  const { adversary: _, ...without } = half;
  const other = await fitClassifier(reader, data, without);
  assertLess(await apart(plain.parameters, other.parameters), 1e-6);
  free(parameters, plain.parameters, other.parameters);
});

Deno.test("Adversarial training gives the same weights for a seed, stopped or not, and others for another", async () => {
  const schedule = constant(0.05),
    fit = (options: Partial<FitClassifierOptions>) =>
      fitClassifier(reader, data, { ...short, schedule, ...options });
  const whole = await fit({}),
    again = await fit({}),
    other = await fit({ seed: 4 }),
    resumed = await interrupted(fit);
  assertEquals(await apart(whole.parameters, again.parameters), 0);
  assertGreater(await apart(whole.parameters, other.parameters), 1e-2);
  assertLess(await apart(whole.parameters, resumed.parameters), 1e-5);
  free(whole.parameters, again.parameters, other.parameters, resumed.parameters);
});

Deno.test("Adversarial training leaves no tensor behind but its network", async () => {
  const { images, labels }: Batch = data.batch([0]); // what the data set keeps is there by now
  tf.dispose([images, labels]);
  for (const clean of [0, 0.5]) {
    const counts: number[] = [];
    const schedule = () => (counts.push(tf.memory().numTensors), 0.05);
    const before = tf.memory().numTensors;
    const { parameters } = await fitClassifier(reader, data, {
      ...short,
      schedule,
      adversary: { ...adversary, clean, after: 0.3 },
    });
    free(parameters);
    assertEquals(tf.memory().numTensors, before);
    assertEquals(new Set(counts.slice(2, 3)).size + new Set(counts.slice(4)).size, 2, counts.join());
  }
});

Deno.test("An adversary may be any attack whose steps are alike", async () => {
  const momenta = { attack: "momentum", ball, stepSize, steps: 2 } as const;
  const rests = { attack: "pgd", ball, stepSize, steps: 2, stop: "on success", start: "original" } as const;
  const euclidean = { attack: "bim", ball: { norm: "l2", epsilon: 1 }, stepSize: 0.5, steps: 2 } as const;
  for (const attack of [{ attack: "fgs", ball } as const, momenta, rests, euclidean]) {
    const { history, parameters } = await fitClassifier(reader, data, { ...short, adversary: { attack } });
    assert(history.at(-1)!.loss! > 0);
    free(parameters);
  }
});

Deno.test("Adversarial training says what is wrong", async () => {
  for (
    const [wrong, message] of [
      [{ ...adversary, clean: 1 }, "Cannot train adversarially with clean 1: a number in [0, 1) is wanted"],
      [{ ...adversary, after: -0.1 }, "after -0.1"],
      [
        { attack: { ...adversary.attack, restarts: 2 } as Adversary["attack"] },
        "the strongest of 2 restarts",
      ],
    ] as const
  ) {
    await assertRejects(
      async () => await fitClassifier(reader, data, { ...short, adversary: wrong }),
      RangeError,
      message,
    );
  }
});

Deno.test("fitParametricNoise() without noise is adversarial training", async () => {
  const mixed = { ...adversary, clean: 0.5 },
    run = { ...short, images: 32, adversary: mixed, schedule: constant(0.05) };
  const noise = await fitParametricNoise(reader, data, {
    ...run,
    alpha: 0,
    weightDecay: { parameters: 1e-3, alphas: 0 },
  });
  const plain = await fitClassifier(reader, data, { ...run, optimiser: sgd({ weightDecay: 1e-3 }) });
  assertLess(await apart(noise.parameters, plain.parameters), 1e-5);
  assertAlmostEquals(noise.history.at(-1)!.loss!, plain.history.at(-1)!.loss!, 1e-5);
  free(noise.parameters, noise.alphas, plain.parameters);
});

Deno.test("fitParametricNoise() learns how much noise each layer is given, and decays it where told so", async () => {
  const run = { ...short, images: 960, adversary: { ...adversary, clean: 0.5 }, schedule: constant(0.05) };
  const free_ = await fitParametricNoise(reader, data, run);
  const decayed = await fitParametricNoise(reader, data, {
    ...run,
    weightDecay: { parameters: 3e-4, alphas: 0.5 },
  });
  const learned = await values(free_.alphas), small = await values(decayed.alphas);
  assertNotEquals(new Set(learned).size, 1);
  const size = (alphas: number[]) => alphas.reduce((sum, alpha) => sum + Math.abs(alpha), 0) / alphas.length;
  assertLess(size(small), 0.9 * size(learned));
  assertGreater(learned.length, 3);
  assertEquals(Object.keys(free_.parameters).sort(), reader.declarations.map(({ name }) => name).sort());
  free(free_.parameters, free_.alphas, decayed.parameters, decayed.alphas);
});

Deno.test("fitParametricNoise() gives the same for a seed, stopped or not, and leaves nothing behind", async () => {
  const schedule = constant(0.05),
    fit = (options: Partial<FitClassifierOptions>) =>
      fitParametricNoise(reader, data, {
        ...short,
        schedule,
        ...options,
        adversary: { ...adversary, clean: 0.5, after: 0.2 },
      });
  const before = tf.memory().numTensors, whole = await fit({}), other = await fit({ seed: 4 });
  const both = ({ parameters, alphas }: typeof whole) => ({ ...parameters, ...group(alphas) });
  const group = (alphas: Parameters) =>
    Object.fromEntries(Object.entries(alphas).map(([name, tensor]) => [`alpha ${name}`, tensor]));
  assertGreater(await apart(both(whole), both(other)), 1e-2);
  free(other.parameters, other.alphas);
  const again = await fit({});
  assertEquals(await apart(both(whole), both(again)), 0);
  free(whole.parameters, whole.alphas);
  assertEquals(tf.memory().numTensors, before + Object.keys(both(again)).length);
  const resumed = await interrupted(fit);
  assertLess(await apart(both(again), both(resumed)), 1e-5);
  free(again.parameters, again.alphas, resumed.parameters, resumed.alphas);
});
