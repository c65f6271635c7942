import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { fgs, linf, noise } from "@gcln/kit/attacks";
import { dataset, streetDigits } from "@gcln/kit/data";
import { classifierOf, type Network, trainable, vgg } from "@gcln/kit/networks";
import { type Classifier, type Images, type Parameters, tf, useBackend } from "@gcln/kit/tensor";
import {
  type ClassifierSpec,
  constant,
  fitSubstitute,
  type FitSubstituteOptions,
  trained,
} from "@gcln/kit/training";
import { gratings, reader, share, trainedReader } from "./_gratings.ts";

await useBackend();
const oracle = await trainedReader(), test = gratings(300, 1, "test").all(), theirs = gratings(64, 7);
const digits = await streetDigits("train"); // held, so that they are painted once

async function values(parameters: Parameters): Promise<number[]> {
  const names = Object.keys(parameters).sort();
  return (await Promise.all(names.map(async (name) => [...await parameters[name]!.data()]))).flat();
}

/** A network of two classes that always is x ↦ (w · x, −w · x), and the signs of w. */
function fixed(slopes: readonly number[]): Network {
  const w = tf.tensor1d([...slopes]);
  return {
    spec: { architecture: "vgg-small", width: 1, classes: 2, channels: 1 },
    layers: [],
    declarations: [],
    batchNorms: {},
    init: () => ({ unused: tf.scalar(0) }),
    apply: ({ unused }, images) => {
      const score = images.reshape([images.shape[0], -1]).mul(w).sum(1).add(unused!);
      return tf.stack([score, score.neg()], 1) as tf.Tensor2D;
    },
  };
}

Deno.test("fitSubstitute() agrees with its oracle on images that neither has seen, and its attacks transfer", async () => {
  const { parameters, queries, history } = await fitSubstitute(oracle, reader, theirs, {
    augmentations: 3,
    batch: 32,
    schedule: constant(1e-2),
    seed: 3,
  });
  const substitute = classifierOf(reader, parameters);
  assertEquals(queries, 64 * 2 ** 3);
  assertEquals(new Set(history.map(({ round }) => round)), new Set([0, 1, 2, 3]));
  assertEquals(history.at(-1)!.step, 10 * (2 + 4 + 8 + 16));

  const told = { labels: oracle(test.images).argMax(1) as tf.Tensor1D };
  assertGreater(await share(substitute, test.images, told), 0.8);
  const ball = linf(40 / 255);
  const wrong = async (images: Images) => 1 - await share(oracle, images, test);
  const byNoise = await wrong(noise(oracle, test, { ball })),
    byTransfer = await wrong(fgs(substitute, test, { ball }));
  assertGreater(byTransfer, 3 * byNoise);
});

Deno.test("fitSubstitute() sees no more of its oracle than labels", async () => {
  const options = { augmentations: 1, epochs: 2, batch: 32, seed: 5 };
  const labelsOnly: Classifier = (images) =>
    tf.oneHot(oracle(images).argMax(1), 4).cast("float32") as tf.Tensor2D;
  const [one, other] = [
    await fitSubstitute(oracle, reader, theirs, options),
    await fitSubstitute(labelsOnly, reader, theirs, options),
  ];
  assertEquals(await values(one.parameters), await values(other.parameters));
});

Deno.test("fitSubstitute() asks for each image moved by λ along the sign of its label's slope", async () => {
  const pixels = Uint8Array.of(100, 250, 5, 100, 7, 100, 100, 250);
  const data = dataset({
    name: "two",
    split: "train",
    classes: ["of no", "interest"],
    shape: [2, 2, 1],
    pixels,
    labels: Uint8Array.of(1, 1),
  });
  const slopes = [1, 1, -1, 0], asked: number[][] = [], told = [0, 1];
  const answering: Classifier = (images) => {
    asked.push(...(tf.tidy(() => images.mul(255).round()).reshape([-1, 4]).arraySync() as number[][]));
    // The first two images have one label each; what comes after has the first.
    const labels = Array.from({ length: images.shape[0] }, () => told.shift() ?? 0);
    return tf.oneHot(tf.tensor1d(labels, "int32"), 2).cast("float32") as tf.Tensor2D;
  };
  await fitSubstitute(answering, fixed(slopes), data, { augmentations: 2, period: 1, epochs: 1, seed: 1 });

  const cut = (value: number) => Math.min(255, Math.max(0, value));
  const moved = (image: readonly number[], far: number) =>
    image.map((value, i) => cut(value + far * slopes[i]!));
  const first = [[100, 250, 5, 100], [7, 100, 100, 250]];
  const second = [moved(first[0]!, 26), moved(first[1]!, -26)]; // of the other class, whose slope is −w
  const third = [...first, ...second].map((image, i) => moved(image, i === 1 ? 26 : -26));
  const sorted = (images: number[][]) => images.map((image) => image.join()).sort();
  assertEquals(asked.slice(0, 2), first);
  assertEquals(sorted(asked.slice(2, 4)), sorted(second));
  assertEquals(sorted(asked.slice(4)), sorted(third));
});

Deno.test("fitSubstitute() goes on with the weights that it has when new images come", async () => {
  const still = { epochs: 1, batch: 32, schedule: constant(0), seed: 6 };
  const [first, last] = await Promise.all(
    [0, 1].map((augmentations) => fitSubstitute(oracle, reader, theirs, { ...still, augmentations })),
  );
  assertEquals(await values(trainable(last!.parameters)), await values(trainable(first!.parameters)));
});

Deno.test("fitSubstitute() asks for so many labels as it says, and no more than it is allowed", async () => {
  let count = 0;
  const counting: Classifier = (images) => {
    count += images.shape[0];
    return oracle(images);
  };
  const options = { augmentations: 3, added: 20, epochs: 1, batch: 16, seed: 2 };
  const { queries } = await fitSubstitute(counting, reader, theirs.take(16), options);
  assertEquals([queries, count], [16 + 16 + 20 + 20, 72]);
  count = 0;
  const { queries: once } = await fitSubstitute(counting, reader, theirs, { ...options, augmentations: 0 });
  assertEquals([once, count], [64, 64]);
});

Deno.test("fitSubstitute() leaves nothing behind but its network, stopped or not, and tells how far it is", async () => {
  const options = { augmentations: 2, epochs: 2, batch: 32, seed: 4 };
  const run = async (signal?: AbortSignal, stopAt?: () => void) => {
    const seen: [number, number][] = [];
    let over = 0;
    const progress = {
      update: (done: number, total: number) => {
        seen.push([done, total]);
        if (seen.length === 2) stopAt?.();
      },
      done: () => void over++,
    };
    try {
      const { parameters } = await fitSubstitute(oracle, reader, theirs, {
        ...options,
        progress,
        ...(signal ? { signal } : {}),
      });
      tf.dispose(Object.values(parameters));
    } finally {
      assertEquals(over, 1);
    }
    return seen;
  };
  await run(); // the oracle's graphs are made by the first call
  const before = tf.memory().numTensors;
  const total = 2 * (64 + 128 + 256);
  assertEquals(await run(), [[2 * 64, total], [2 * (64 + 128), total], [total, total]]);
  assertEquals(tf.memory().numTensors, before);
  const stop = new AbortController();
  await assertRejects(() => run(stop.signal, () => stop.abort()), DOMException);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fitSubstitute() says what is wrong", async () => {
  const options = { augmentations: 1, epochs: 1, seed: 1 }, fewer = (images: Images) => images.mean([1, 2]);
  const attempt = (change: Partial<FitSubstituteOptions>) =>
    fitSubstitute(oracle, reader, theirs, { ...options, ...change });
  await assertRejects(
    () => fitSubstitute(fewer as Classifier, reader, theirs, options),
    RangeError,
    "4 classes on an oracle that answers [64,1]",
  );
  for (
    const change of [{ augmentations: -1 }, { lambda: 2 }, { lambda: NaN }, { period: 0 }, { epochs: 1.5 }]
  ) {
    const [name, value] = Object.entries(change)[0]!;
    await assertRejects(() => attempt(change), RangeError, `${name} ${value}`);
  }
});

Deno.test("The paper's substitute is a spec: a ResNet-34 that any attack takes as its surrogate", async () => {
  const folder = await Deno.makeTempDir();
  const spec: ClassifierSpec = {
    kind: "classifier",
    network: { architecture: "resnet34", width: 2, classes: 10, channels: 3, stem: 2 },
    data: "street-digits",
    training: { examples: 32, images: 64, batch: 16, rate: 0.1, augment: {} },
    seed: 2,
  };
  try {
    const substitute = await trained(spec, { folder });
    const batch = digits.batch([0, 1, 2]);
    const victim = vgg({ architecture: "vgg-small", width: 1, classes: 10, channels: 3 });
    const attacked = fgs(substitute, batch, { ball: linf(8 / 255) });
    assertGreater((await attacked.sub(batch.images).abs().mean().data())[0]!, 4 / 255);
    assertEquals(classifierOf(victim, victim.init(1))(attacked).shape, [3, 10]);
    const again = await trained(spec, { folder });
    assertEquals([substitute.source, again.source], ["trained now", "cache"]);
    assert(again.id.startsWith("street-digits-resnet34-"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
