import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  contains,
  diverseInput,
  type DiverseInputOptions,
  eot,
  linf,
  lossGradient,
  momentum,
  momentumAttack,
  redrawn,
  run,
} from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import {
  type Batch,
  type Classifier,
  gradientAt,
  type Images,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { images as stored, labels, network } from "./_golden.ts";

await useBackend();

const images = uniform<tf.Rank.R4>([2, 10, 8, 3], 0.1, 1, 1);
const gap = async (a: tf.Tensor, b: tf.Tensor) => (await a.sub(b).abs().max().data())[0]!;

/** What the classifier behind diverseInput() gets to see. */
function seen(images: Images, options: DiverseInputOptions): Images {
  let inside: Images | undefined;
  diverseInput((x) => {
    inside = x;
    return x.mean<tf.Tensor2D>([1, 2]);
  }, { probability: 1, ...options })(images);
  return inside!;
}

/** Where the first image, which has no black pixel of its own, is not padding: top, left, height, width. */
async function frame(x: Images): Promise<[number, number, number, number]> {
  const rows = await x.slice([0], [1]).max([0, 2, 3]).data(),
    columns = await x.slice([0], [1]).max([0, 1, 3]).data();
  const extent = (values: ArrayLike<number>) => {
    const used = Array.from(values, (v, i) => v > 0 ? i : -1).filter((i) => i >= 0);
    assertEquals(used.length, used.at(-1)! - used[0]! + 1);
    return [used[0]!, used.length] as const;
  };
  const [top, height] = extent(rows), [left, width] = extent(columns);
  return [top, left, height, width];
}

const seeds = Array.from({ length: 40 }, (_, i) => i);

for (const method of ["bilinear", "nearest"] as const) {
  for (const rate of [0.6, 1.4]) {
    Deno.test(`diverseInput() is TensorFlow's ${method} resizing, padded with black (rate ${rate})`, async () => {
      for (const seed of seeds.slice(0, 12)) {
        const x = seen(images, { method, rate, seed }), [top, left, height, width] = await frame(x);
        const [, tall, wide] = x.shape;
        const plain = method === "bilinear"
          ? tf.image.resizeBilinear(images, [height, width], false, true)
          : tf.image.resizeNearestNeighbor(images, [height, width]);
        const padded = plain.pad([[0, 0], [top, tall - top - height], [left, wide - left - width], [0, 0]]);
        assert(await gap(x, padded) < 1e-6, `seed ${seed}`);
      }
    });
  }
}

Deno.test("Sizes and places are all that fit, from the smallest to the largest", async () => {
  const frames = await Promise.all(
    Array.from({ length: 200 }, (_, seed) => frame(seen(tf.ones([1, 10, 10, 1]), { rate: 0.8, seed }))),
  );
  const seenOf = (values: number[]) => [...new Set(values)].toSorted((a, b) => a - b);
  assertEquals(seenOf(frames.map(([, , height]) => height)), [8, 9, 10]);
  assertEquals(seenOf(frames.filter(([, , height]) => height === 8).map(([top]) => top)), [0, 1, 2]);
  assertEquals(seenOf(frames.filter(([, , height]) => height === 8).map(([, left]) => left)), [0, 1, 2]);
  assert(frames.every(([, , height, width]) => height === width));
  assertEquals(seen(tf.ones([1, 32, 32, 1]), { seed: 3 }).shape, [1, 32, 32, 1]);
  assertEquals(seen(tf.ones([1, 10, 10, 1]), { rate: 1.25, seed: 3 }).shape, [1, 12, 12, 1]);
});

Deno.test("diverseInput() changes images with its probability, and is the same for a seed", async () => {
  const share = async (probability: number) => {
    const changed = await Promise.all(
      Array.from(
        { length: 200 },
        async (_, seed) =>
          await gap(seen(images, { probability, rate: 0.5, seed }).mean(), images.mean()) > 1e-3,
      ),
    );
    return changed.filter(Boolean).length / 200;
  };
  assertEquals(await share(0), 0);
  assertAlmostEquals(await share(0.3), 0.3 * 5 / 6, 0.1); // one of six sizes of ten pixels is their own
  const once = seen(images, { seed: 4, rate: 0.5 });
  assertEquals(await once.data(), await seen(images, { seed: 4, rate: 0.5 }).data());
});

Deno.test("The gradient is that of the resized images, brought back", async () => {
  for (const method of ["bilinear", "nearest"] as const) {
    // ⟨A x, y⟩ = ⟨x, Aᵀ y⟩: the gradient of ⟨A x, y⟩ does not depend on x and is Aᵀ y.
    const y = uniform<tf.Rank.R4>([2, 10, 8, 3], -1, 1, 7), options = { method, rate: 0.6, seed: 2 };
    const product = (x: Images) => seen(x, options).mul(y).sum() as tf.Scalar;
    const back = gradientAt(product, images);
    assertAlmostEquals((await back.mul(images).sum().data())[0]!, (await product(images).data())[0]!, 1e-3);
    assert((await back.abs().max().data())[0]! > 0);
  }
});

const smooth = network("smooth"), plain = network("plain");
const batch: Batch = { images: stored(), labels: labels() };

Deno.test("eot() of diverseInput() has the mean gradient of its draws", async () => {
  const used: number[] = [], loss = (z: tf.Tensor2D) => z.slice([0, 0], [-1, 1]).squeeze<tf.Tensor1D>([1]);
  const at = (seed: number) => diverseInput(smooth, { seed, probability: 1 });
  const mean = eot((x, seed) => {
    used.push(seed);
    return at(seed)(x);
  }, { draws: 4 });
  const gradient = lossGradient(mean, batch.images, { labels: batch.labels, loss });
  const each = used.slice(0, 4).map((seed) =>
    lossGradient(at(seed), batch.images, { labels: batch.labels, loss })
  );
  assert(await gap(gradient, tf.stack(each).mean(0)) < 1e-4);
});

const options = { ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 };
const diverse = (classifier: Classifier, seed: number) =>
  run(
    redrawn(momentumAttack(options), (surrogate, seed) => diverseInput(surrogate, { seed, rate: 0.7 }), {
      seed,
    }),
    classifier,
    batch,
  );

Deno.test("momentum() with redrawn diverseInput() stays in the ball, and fools its surrogate", async () => {
  const attacked = diverse(smooth, 1);
  assert((await contains(options.ball, batch.images, attacked)).every(Boolean));
  const over = (x: Images) => leadOf(smooth, x, batch.labels).mean().data();
  const [before, ours, direct] = [
    (await over(batch.images))[0]!,
    (await over(attacked))[0]!,
    (await over(momentum(smooth, batch, options)))[0]!,
  ];
  assert(before < ours && ours <= direct, `${before} ${ours} ${direct}`);
});

Deno.test("It is the same for a seed, another for another, and nothing in a ball of radius 0", async () => {
  assertEquals(await diverse(plain, 1).data(), await diverse(plain, 1).data());
  assert(await gap(diverse(plain, 1), diverse(plain, 2)) > 0);
  const still = redrawn(momentumAttack({ ball: linf(0) }), (f, seed) => diverseInput(f, { seed }));
  assertEquals(await gap(run(still, plain, batch), batch.images), 0);
});

Deno.test("It leaves no tensor behind", () => {
  const once = () => diverse(smooth, 3).dispose();
  once();
  const count = tf.memory().numTensors;
  once();
  assertEquals(tf.memory().numTensors, count);
});

Deno.test("diverseInput() refuses probabilities, rates and methods that make no sense", () => {
  assertThrows(() => diverseInput(smooth, { probability: 2 }), RangeError, "probability 2");
  assertThrows(() => diverseInput(smooth, { rate: 0 }), RangeError, "rate 0");
  // deno-lint-ignore no-explicit-any -- what a caller without types might write
  assertThrows(() => seen(images, { method: "cubic" as any }), RangeError, 'method "cubic"');
});
