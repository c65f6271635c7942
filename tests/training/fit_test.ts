import { setImmediate } from "node:timers";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { attackBy, linf } from "@gcln/kit/attacks";
import { dataset, streetDigits } from "@gcln/kit/data";
import { crossEntropy } from "@gcln/kit/losses";
import { classifierOf, detector, features, generator, network, resnet, trainable } from "@gcln/kit/networks";
import {
  backendName,
  fold,
  type Images,
  type Labels,
  type Logits,
  type Parameters,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { attackPool, fitGcln, type FitGclnOptions, poolOf, recoveredSet } from "@gcln/kit/defenses";
import { quantizedTransform } from "@gcln/kit/transform";
import {
  constant,
  DivergedError,
  fileCheckpoints,
  fitClassifier,
  type MovingTarget,
  movingTarget,
  sampler,
} from "@gcln/kit/training";

await useBackend();
const data = await streetDigits("train", { size: 128 });
const small = resnet({ architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 2 });

async function values(parameters: Parameters): Promise<number[]> {
  const names = Object.keys(parameters).sort();
  return (await Promise.all(names.map(async (name) => [...await parameters[name]!.data()]))).flat();
}

function gclnOptions(overrides: Partial<FitGclnOptions> = {}): FitGclnOptions {
  const parameters = small.init(5);
  return {
    classifier: classifierOf(small, parameters),
    features: features(small, parameters, ["layer1", "pool"]),
    generator: generator({ architecture: "generator", width: 4, channels: 3 }),
    detector: detector({ architecture: "detector", width: 4, channels: 3 }),
    transform: { q: 10 / 255 },
    attacker: ({ images }) => tf.tidy(() => images.add(4 / 255).clipByValue(0, 1) as Images),
    images: 96,
    batch: 16,
    seed: 3,
    ...overrides,
  };
}

Deno.test("fitClassifier() lowers the loss", async () => {
  const { history, parameters } = await fitClassifier(small, data, { images: 3200, batch: 32, seed: 1 });
  assertLess(history.at(-1)!.loss!, history[0]!.loss!);
  tf.dispose(Object.values(parameters));
});

Deno.test("fitClassifier()'s first step is that of plain gradient descent", async () => {
  const rate = 0.05, options = { images: 16, batch: 16, seed: 2, schedule: constant(rate) };
  const plain = {
    init: () => ({}),
    update: (p: Parameters, g: Parameters) => ({ parameters: descend(p, g), state: {} }),
  };
  const descend = (p: Parameters, g: Parameters) =>
    Object.fromEntries(Object.entries(p).map(([name, value]) => [name, value.sub(g[name]!.mul(rate))]));
  const { parameters, history } = await fitClassifier(small, data, { ...options, optimiser: plain });

  const start = small.init(fold(2, "init")), { images, labels } = data.batch(sampler(128, 16, 2)(0));
  const loss = (weights: Parameters) =>
    crossEntropy(small.apply({ ...start, ...weights }, images, { mode: "training" }), labels as Labels)
      .mean();
  assertAlmostEquals((await loss(start).data())[0]!, history[0]!.loss!, 1e-4);
  // Finite differences in one direction: the loss along the step that was taken.
  const moved = trainable(parameters), learned = trainable(start);
  const squared = tf.addN(Object.keys(moved).map((n) => moved[n]!.sub(learned[n]!).square().sum()));
  const h = 0.0005,
    along = (t: number) =>
      loss(
        Object.fromEntries(
          Object.keys(moved).map((n) => [n, learned[n]!.add(moved[n]!.sub(learned[n]!).mul(t))]),
        ),
      );
  const slope = ((await along(h).data())[0]! - (await along(-h).data())[0]!) / (2 * h);
  assertAlmostEquals(slope, -(await squared.data())[0]! / rate, 0.06 * Math.abs(slope));
});

Deno.test("fitClassifier() that was stopped and started again gives the same weights", async () => {
  const folder = await Deno.makeTempDir(),
    options = { images: 320, batch: 32, seed: 4, augment: { shift: 2 } };
  try {
    const whole = await fitClassifier(small, data, options);
    const stop = new AbortController(), checkpoints = fileCheckpoints(`${folder}/c`, "k");
    // The abort is seen between two steps, whichever they are.
    setImmediate(() => stop.abort());
    await fitClassifier(small, data, { ...options, checkpoints, signal: stop.signal }).catch(() => {});
    const resumed = await fitClassifier(small, data, { ...options, checkpoints });
    const [a, b] = [await values(whole.parameters), await values(resumed.parameters)];
    a.forEach((value, i) => assertAlmostEquals(value, b[i]!, 1e-4));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fitClassifier() with an absurd learning rate stops with a clear error", async () => {
  await assertRejects(
    () => fitClassifier(small, data, { images: 6400, batch: 32, seed: 1, schedule: constant(1e12) }),
    DivergedError,
    "Lower the learning rate",
  );
});

Deno.test("fitGcln() brings cleaned images nearer to the originals in feature space", async () => {
  const { history } = await fitGcln(
    data,
    gclnOptions({
      images: 1600,
      lambda: 1,
      rates: { generator: 1e-2, detector: 1e-4 },
      attacker: ({ images }) => tf.tidy(() => images.add(0.2).clipByValue(0, 1) as Images),
    }),
  );
  assertLess(history.at(-1)!.perceptual!, 0.85 * history[0]!.perceptual!);
});

/** The losses of a run of fitGcln() and its generator's weights, as numbers. */
async function fitted(options: FitGclnOptions) {
  const { history, parameters, detector } = await fitGcln(data, options);
  const all = await values(parameters);
  tf.dispose([...Object.values(parameters), ...Object.values(detector)]);
  return { last: history.at(-1)!, all };
}

Deno.test("fitGcln() gives the same with features and logits of one pass as of two", async () => {
  const options = gclnOptions(), maps = features(small, small.init(5), ["layer1", "pool", "logits"]);
  const seen = (images: Images) => {
    const [layer1, pool, logits] = maps(images);
    return { maps: [layer1!, pool!], logits: logits as Logits };
  };
  const [two, one] = [await fitted(options), await fitted({ ...options, seen })];
  for (const name of ["perceptual", "recovered"]) {
    assertAlmostEquals(one.last[name]!, two.last[name]!, 1e-4, name);
  }
  assertGreater(two.last.recovered!, 0);
  one.all.forEach((value, i) => assertAlmostEquals(value, two.all[i]!, 1e-3));
});

Deno.test("fitGcln() with batch norms leaves the running statistics of attacked and clean images together", async () => {
  const mean: number[] = [],
    unet = network({
      architecture: "unet",
      width: 2,
      levels: 1,
      blocks: 1,
      norm: "batch",
      channels: 3,
    });
  const once = gclnOptions({ generator: unet, images: 16, rates: { generator: 0, detector: 0 } });
  for (const clean of [1, 0]) {
    const { parameters } = await fitGcln(data, { ...once, clean });
    mean.push((await parameters["down0.0.bn1.running_mean"]!.data())[0]!);
  }
  // The same by hand: a tenth of the batch's mean, after one step from zero.
  const parameters = unet.init(fold(3, "generator")),
    { images } = data.batch(
      sampler(128, 16, fold(3, "order"))(0),
    );
  const attacked = images.add(4 / 255).clipByValue(0, 1) as Images;
  for (const [i, batch] of [tf.concat([attacked, images]), attacked].entries()) {
    let seen = NaN;
    unet.apply(parameters, quantizedTransform(batch as Images, { q: 10 / 255 }), {
      mode: "training",
      statistics: (name, value) => name === "down0.0.bn1.running_mean" && (seen = value.dataSync()[0]!),
    });
    assertAlmostEquals(mean[i]!, 0.1 * seen, 1e-5);
  }
  assert(Math.abs(mean[0]! - mean[1]!) > 1e-5);
});

Deno.test("fitGcln() tells the attacker how images were augmented, so that a pool's perturbations move with them", async () => {
  const perturbations = new Int8Array(data.pixels.length), each = 32 * 32 * 3;
  for (let i = 0; i < 128; i++) perturbations.fill(127, i * each, i * each + each / 2); // the upper half of each image
  perturbations.forEach((_, at) => (at % 96 < 48) || (perturbations[at] = -127)); // the right half, negative
  const pool = poolOf(perturbations, [{ attack: "fgs", ball: linf(8 / 255) }]);
  const seen: { moves: tf.Tensor; wanted: tf.Tensor }[] = [];
  await fitted(gclnOptions({
    images: 16,
    augment: { flip: true, shift: 3 },
    attacker: (batch, indices, _defended, _seed, changes) => {
      assert(changes !== undefined);
      const all = dataset({
        name: "moves",
        split: "train",
        classes: data.classes,
        shape: data.shape,
        labels: data.labels,
        pixels: Uint8Array.from(perturbations, (byte) => byte + 128),
      });
      const grey = { ...batch, images: tf.fill(batch.images.shape, 0.5) as Images };
      const moves = pool.attacked(grey, indices, changes).sub(0.5).mul(255 / 8);
      const { images } = all.batch(indices, changes);
      seen.push({ moves, wanted: images.mul(255).sub(128).div(127) });
      return pool.attacked(batch, indices, changes);
    },
  }));
  const [{ moves, wanted }] = seen as [typeof seen[number]];
  assertLess((await moves.sub(wanted).abs().max().data())[0]!, 1e-4);
  assertGreater((await moves.max().data())[0]!, 0.9); // and not all zero
});

Deno.test("fitGcln() trains the detector to tell attacked images from clean ones where the generator is idle", async () => {
  const { history } = await fitGcln(
    data,
    gclnOptions({
      images: 3200,
      rates: { generator: 0, detector: 1e-2 },
      attacker: ({ images }) => tf.tidy(() => images.add(0.3).clipByValue(0, 1) as Images),
      recovered: "ignore",
    }),
  );
  assertLess(history.at(-1)!.detector!, 1); // 2 ln 2 = 1.39 is a guess
});

Deno.test("fitGcln() without a detector trains the generator alone, on L_P", async () => {
  const { detector: _, ...options } = gclnOptions({ images: 32 }), before = tf.memory().numTensors;
  const { history, parameters, detector } = await fitGcln(data, options);
  assertEquals(Object.keys(history.at(-1)!).sort(), ["perceptual", "recovered", "seconds", "step"]);
  assertEquals(detector, {});
  tf.dispose(Object.values(parameters));
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fitGcln() that labels guide lowers the cross-entropy of the classifier behind the cleaner", async () => {
  const { detector: _, features: __, ...options } = gclnOptions({ images: 640, guide: "labels" });
  const { history } = await fitGcln(data, { ...options, rates: { generator: 1e-2, detector: 0 } });
  assertLess(history.at(-1)!.crossEntropy!, 0.97 * history[0]!.crossEntropy!);
  await assertRejects(
    () => fitGcln(data, { ...options, guide: "features" }),
    RangeError,
    "Cannot run fitGcln without features",
  );
});

Deno.test("fitGcln() leaves no tensor behind but its networks", async () => {
  const options = gclnOptions();
  const run = async () => {
    const { parameters, detector } = await fitGcln(data, options);
    tf.dispose([...Object.values(parameters), ...Object.values(detector)]);
  };
  await run();
  const before = tf.memory().numTensors;
  await run();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fitGcln() that was stopped and started again gives the same networks, recovered images included", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const options = gclnOptions({ images: 320 });
    const whole = await fitGcln(data, options);
    const stop = new AbortController(), checkpoints = fileCheckpoints(`${folder}/c`, "k");
    let calls = 0;
    const attacker: FitGclnOptions["attacker"] = (...args) => {
      if (++calls === 9) stop.abort();
      return options.attacker(...args);
    };
    await assertRejects(
      () => fitGcln(data, { ...options, attacker, checkpoints, signal: stop.signal }),
      DOMException,
    );
    const resumed = await fitGcln(data, { ...options, checkpoints });
    for (const tree of ["parameters", "detector"] as const) {
      const [a, b] = [await values(whole[tree]), await values(resumed[tree])];
      a.forEach((value, i) => assertAlmostEquals(value, b[i]!, 1e-4));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** How far numbers are from others, over their size. */
function distance(these: readonly number[], others: readonly number[]): number {
  return Math.hypot(...these.map((value, i) => value - others[i]!)) / Math.hypot(...others);
}

Deno.test("fitGcln() in bfloat16 ends near where it does in float32, with parameters in float32", async () => {
  const ran = async (precision: Pick<FitGclnOptions, "precision">) => {
    const { history, parameters, detector } = await fitGcln(
      data,
      gclnOptions({ images: 320, ...precision }), // 20 steps
    );
    const trees = { ...parameters, ...detector },
      { perceptual, adversarial, detector: told } = history.at(-1)!;
    const found = { perceptual: perceptual!, adversarial: adversarial!, detector: told! };
    const numbers = await values(trees), dtypes = Object.values(trees).map(({ dtype }) => dtype);
    tf.dispose([...Object.values(parameters), ...Object.values(detector)]);
    return { ...found, numbers, dtypes };
  };
  const exact = await ran({}), named = await ran({ precision: "float32" });
  const fast = await ran({ precision: "bfloat16" });
  assertLess(distance(named.numbers, exact.numbers), 1e-4);
  const generative = ({ perceptual, adversarial }: typeof exact) => 0.5 * (perceptual + adversarial);
  assertLess(Math.abs(generative(fast) / generative(exact) - 1), 0.03);
  assertLess(Math.abs(fast.detector / exact.detector - 1), 0.03);
  assertLess(distance(fast.numbers, exact.numbers), 0.1);
  assertEquals(new Set(fast.dtypes), new Set(["float32"]));
  // Only the native engine has it.
  if (backendName() !== "tensorflow") return assertLess(distance(fast.numbers, exact.numbers), 1e-4);
  assertGreater(distance(fast.numbers, exact.numbers), 1e-3);
  const bits = new DataView(new ArrayBuffer(4));
  const beyond = fast.numbers.filter((value) => {
    bits.setFloat32(0, value);
    return bits.getUint16(2) !== 0; // bfloat16 is the upper half
  });
  assertGreater(beyond.length, 0.9 * fast.numbers.length);
});

Deno.test("fitGcln() gives an attack that is compiled once the same classifier at every step", async () => {
  const spec = { attack: "pgd", ball: linf(8 / 255), stepSize: 4 / 255, steps: 1 } as const;
  const attack = attackBy(spec), forwards = new Set<unknown>();
  let target: MovingTarget | undefined;
  const differing: number[] = [];
  const { last } = await fitted(gclnOptions({
    images: 48,
    async attacker(batch, _, defended, seed) {
      const { parameters, forward } = defended;
      forwards.add(forward);
      target ??= movingTarget(spec, forward);
      const plain = await attack(defended, batch, { seed });
      const compiled = target.attack(batch, () => parameters, seed);
      const share = tf.tidy(() => plain.sub(compiled).abs().greater(1e-4).mean());
      differing.push((await share.data())[0]!);
      tf.dispose([plain, share]);
      return compiled;
    },
  }));
  target!.dispose();
  assertEquals(forwards.size, 1);
  assertEquals(differing.length, last.step);
  // One step: a pixel next to a rounding edge may fall on either side of it, and later steps would multiply that.
  for (const share of differing) assertLess(share, 0.01);
});

Deno.test("fitGcln() gives an adaptive attacker the classifier behind the cleaner as it is, with a gradient", async () => {
  const seen: number[] = [];
  await fitGcln(
    data,
    gclnOptions({
      images: 48,
      attacker: async ({ images, labels }, _indices, defended) => {
        const slope = tf.grad((x) => crossEntropy(defended(x as Images), labels).sum())(images);
        seen.push((await slope.abs().max().data())[0]!);
        return images.clone();
      },
    }),
  );
  assertEquals(seen.length, 3);
  seen.forEach((slope) => assertGreater(slope, 0));
});

Deno.test("attackPool() keeps what an attack did to within a tenth of a pixel's bit", async () => {
  const parameters = small.init(6), classifier = classifierOf(small, parameters), some = data.take(32);
  const settings = { ball: linf(8 / 255), stepSize: 2 / 255, steps: 3 },
    spec = { attack: "bim", ...settings } as const;
  const pool = await attackPool(classifier, some, { attacks: [spec], batch: 16, seed: 1 });
  const indices = Uint32Array.of(3, 20), batch = some.batch(indices);
  const { bim } = await import("@gcln/kit/attacks");
  const error = pool.attacked(batch, indices).sub(bim(classifier, batch, settings)).abs().max();
  // Batch by batch, sums round differently and a sign may flip: compared where the batch is the same.
  const whole = some.batch(Uint32Array.from({ length: 16 }, (_, i) => i));
  const exact = pool.attacked(whole, Uint32Array.from({ length: 16 }, (_, i) => i)).sub(
    bim(classifier, whole, settings),
  ).abs().max();
  assertLess((await exact.data())[0]!, 0.1 / 255);
  assertLess((await error.data())[0]!, 16.1 / 255);
});

Deno.test("recoveredSet() keeps right images only, forgets the oldest, and comes back from a checkpoint", async () => {
  const set = recoveredSet([1, 1, 1], 3);
  assertEquals(set.draw(1, 1), undefined);
  await set.add(tf.tensor4d([1, 2, 3, 4, 5], [5, 1, 1, 1]), tf.tensor1d([1, 0, 1, 1, 1]));
  const members = async (of: typeof set) => new Set(await of.draw(60, 1)?.data() ?? []);
  assertEquals(set.size, 3);
  const other = recoveredSet([1, 1, 1], 3);
  await other.load(set.save());
  const many = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    for (const value of await other.draw(3, seed)!.data()) many.add(value);
  }
  assertEquals([...many].sort(), [3, 4, 5]);
  assertEquals((await members(set)).size, 0);
});

Deno.test("network() and its trainers agree on what is trainable", () => {
  const parameters = network({ architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 2 }).init(
    1,
  );
  assert(Object.keys(trainable(parameters)).every((name) => !name.includes("running")));
});
