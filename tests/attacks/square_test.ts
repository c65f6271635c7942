import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { type AnyBall, bounds, contains, l1, l2, linf, noise, pgd, square } from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import {
  type Batch,
  type Classifier,
  frozen,
  type Images,
  type Labels,
  normal,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { bent as classifier, scattered as batch } from "./_models.ts";

await useBackend();

const each = [0.1, 0, 0.02, 0.2, 0.1, 0.1];
const balls: readonly AnyBall[] = [linf(16 / 255), linf(each), l2(0.3), l2(each)];
const bytes = async (x: tf.Tensor) => new Uint32Array(new Float32Array(await x.data()).buffer);

Deno.test("square() stays in the ball and in [0, 1], with and without targets", async () => {
  const given = batch(), targets = given.labels.add(1).mod(5).cast("int32") as Labels;
  for (const ball of balls) {
    for (const aim of [{}, { targets }]) {
      const attacked = await square(classifier, given, { ball, queries: 70, ...aim });
      assertEquals(attacked.shape, given.images.shape);
      assert((await contains(ball, given.images, attacked)).every(Boolean), `${ball.norm}`);
    }
  }
});

Deno.test("square() does nothing in a ball of radius 0", async () => {
  const given = batch();
  for (const ball of [linf(0), l2(0)]) {
    const attacked = await square(classifier, given, { ball, queries: 20 });
    assertEquals(await bytes(attacked), await bytes(given.images));
  }
});

Deno.test("square() is the same for a seed, and another for another", async () => {
  const given = batch();
  for (const ball of balls) {
    const attack = async (seed: number) =>
      await bytes(await square(classifier, given, { ball, queries: 30, seed }));
    assertEquals(await attack(7), await attack(7));
    assert(`${await attack(7)}` !== `${await attack(8)}`);
  }
});

Deno.test("square() leaves no tensor behind, fails or not, and its input as it was", async () => {
  const given = batch(), before = await bytes(given.images);
  for (const ball of balls) {
    (await square(classifier, given, { ball, queries: 40 })).dispose(); // caches are filled by the first call
    const count = tf.memory().numTensors;
    (await square(classifier, given, { ball, queries: 40 })).dispose();
    let asked = 0;
    const failing: Classifier = (x) => {
      if (++asked > 9) throw new Error("Enough");
      return classifier(x).mul(0).add([1, 0, 0, 0, 0]) as tf.Tensor2D;
    };
    const sure = { images: given.images, labels: tf.zeros([6], "int32") as Labels };
    await assertRejects(() => square(failing, sure, { ball, queries: 40 }), Error, "Enough");
    sure.labels.dispose();
    assertEquals(tf.memory().numTensors, count);
  }
  assertEquals(await bytes(given.images), before);
  assert(!given.images.isDisposed && !given.labels.isDisposed);
});

Deno.test("square() says what is wrong with its arguments", async () => {
  const given = batch(), ball = linf(0.1);
  const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
  const fewer = { ...given, labels: given.labels.slice(0, 2) as Labels };
  await assertRejects(() => square(flat, given, { ball }), RangeError, "logits [6, classes]");
  await assertRejects(() => square(classifier, fewer, { ball }), RangeError, "2 labels with 6 images");
  await assertRejects(() => square(classifier, given, { ball: l1(1) }), RangeError, "linf or l2");
  await assertRejects(() => square(classifier, given, { ball, queries: 0 }), RangeError, "queries 0");
  await assertRejects(() => square(classifier, given, { ball, p: 0 }), RangeError, "p 0");
});

/** Two classes whose margin is linear, `offset` below 0 at a grey image. */
function linear(direction: tf.Tensor4D, offset: number): Classifier {
  return (images) => {
    const along = images.sub(0.5).mul(direction).sum([1, 2, 3]).sub(offset);
    return tf.stack([along.neg(), along], 1) as tf.Tensor2D;
  };
}

const grey = (count: number, side = 4, channels = 1): Batch => ({
  images: tf.fill([count, side, side, channels], 0.5),
  labels: tf.zeros([count], "int32"),
});

Deno.test("square() with more queries never has a smaller margin", async () => {
  const direction = normal<tf.Rank.R4>([1, 8, 8, 3], 0, 1, 5), given = grey(5, 8, 3);
  const stubborn = linear(direction, 100);
  for (const ball of [linf(0.1), l2(1)]) {
    let before: Float32Array | Int32Array | Uint8Array | undefined;
    for (const queries of [1, 2, 10, 60, 200]) {
      const now = await leadOf(
        stubborn,
        await square(stubborn, given, { ball, queries }),
        given.labels,
      ).data();
      before?.forEach((margin, i) => assert(now[i]! >= margin - 1e-4, `${ball.norm} ${queries}`));
      if (before && queries >= 60) now.forEach((margin, i) => assertGreater(margin, before![i]!));
      before = now;
    }
  }
});

Deno.test("square() reaches the corner of the ball on a linear model", async () => {
  const direction = normal<tf.Rank.R4>([1, 4, 4, 1], 0, 1, 5), given = grey(3);
  const attacked = await square(linear(direction, 100), given, { ball: linf(0.25), queries: 600 });
  const { lower, upper } = bounds(linf(0.25), given.images);
  assertEquals(
    await bytes(attacked),
    await bytes(tf.where(direction.greater(0).tile([3, 1, 1, 1]), upper, lower)),
  );
});

Deno.test("square() goes further in an l2 ball on a linear model than as much noise", async () => {
  const direction = normal<tf.Rank.R4>([1, 10, 10, 3], 0, 1, 5), given = grey(4, 10, 3), ball = l2(1);
  const model = linear(direction, 100), length = (await direction.square().sum().sqrt().data())[0]!;
  const reached = async (images: Images) =>
    (await leadOf(model, images, given.labels).data()).map((margin) => (margin / 2 + 100) / length);
  // 1 would be the steepest direction.
  const far = Math.min(...await reached(await square(model, given, { ball, queries: 300 })));
  assertGreater(far, 1.3 * Math.max(...await reached(noise(model, given, { ball, draws: 300 }))));
});

Deno.test("square() gets through a quantizer without a gradient, where pgd is stuck", async () => {
  const direction = normal<tf.Rank.R4>([1, 8, 8, 1], 0, 1, 5);
  const sure = linear(direction, 1);
  const quantized: Classifier = (images) => sure(images.mul(10).round().div(10) as Images);
  const given: Batch = { images: tf.fill([8, 8, 8, 1], 0.52), labels: tf.zeros([8], "int32") };
  for (const ball of [linf(0.1), l2(0.8)]) {
    const stuck = pgd(quantized, given, { ball, start: "original", steps: 5 });
    assertEquals(await bytes(stuck), await bytes(given.images));
    const attacked = await square(quantized, given, { ball, queries: 300 });
    assert(
      (await leadOf(quantized, attacked, given.labels).data()).every((margin) => margin > 0),
      ball.norm,
    );
  }
});

Deno.test("square() asks no more about images that have fallen, and keeps the batch's order", async () => {
  // The later ones are brighter, and fall earlier.
  const given = grey(20), brighter = tf.range(0, 20).div(400).reshape([20, 1, 1, 1]);
  const centres = given.images.add(brighter) as Images;
  const sizes: number[] = [];
  const brightness: Classifier = (images) => {
    sizes.push(images.shape[0]);
    const over = images.mean([1, 2, 3]).sub(0.59);
    return tf.stack([over.neg(), over], 1) as tf.Tensor2D;
  };
  const attacked = await square(brightness, { ...given, images: centres }, {
    ball: linf(0.1),
    queries: 1000,
  });
  assert((await contains(linf(0.1), centres, attacked)).every(Boolean)); // each is near its own original
  assertEquals(sizes.toSorted((a, b) => b - a), sizes);
  assertEquals([...new Set(sizes)].filter((size) => ![20, 16, 8].includes(size)), []);
  assertEquals([sizes[0], sizes.at(-1)], [20, 8]);
  assertLess(sizes.length, 1000);
  assert((await leadOf(brightness, attacked, given.labels).data()).every((margin) => margin > 0));
});

Deno.test("square() does to an image what it does whether or not the others have fallen", async () => {
  const given = grey(5), last = tf.tensor4d([0, 0, 1, 0, 0], [5, 1, 1, 1]);
  const brightness: Classifier = (images) => {
    const over = images.mean([1, 2, 3]).sub(0.59);
    return tf.stack([over.neg(), over], 1) as tf.Tensor2D;
  };
  const among = async (others: number) => {
    const images = tf.where(last.greater(0), given.images, tf.onesLike(given.images).mul(others)) as Images;
    const attacked = await square(brightness, { ...given, images }, { ball: linf(0.08), queries: 120 });
    return await bytes(attacked.slice([2, 0, 0, 0], [1, -1, -1, -1]));
  };
  assertEquals(await among(0.8), await among(0.1));
});

Deno.test("square() makes images what the attacker wants in a large ball", async () => {
  const given = batch(), targets = given.labels.add(2).mod(5).cast("int32") as Labels;
  for (const ball of [linf(0.4), l2(3)]) {
    const attacked = await square(classifier, given, { ball, queries: 400, targets });
    const won = (await classifier(attacked).argMax(1).equal(targets).sum().data())[0]!;
    assert(won >= 5, `${won} of 6`);
  }
});

Deno.test("square() on a frozen classifier does what it does on the plain one", async () => {
  const given = batch(),
    marked = frozen(classifier),
    targets = given.labels.add(1).mod(5).cast("int32") as Labels;
  for (const ball of [linf(0.02), l2(0.1)]) {
    for (const aim of [{}, { targets }]) {
      const [plain, compiled] = await Promise.all(
        [classifier, marked].map((victim) => square(victim, given, { ball, queries: 40, ...aim })),
      ) as [Images, Images];
      assertLess((await plain.sub(compiled).abs().max().data())[0]!, 1e-5);
    }
  }
  marked.dispose();
});
