import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  bim,
  contains,
  distance,
  l1,
  l2,
  linf,
  lossGradient,
  momentum,
  momentumAttack,
  run,
  select,
} from "@gcln/kit/attacks";
import { type Batch, type Classifier, type Images, type Labels, tf, useBackend } from "@gcln/kit/tensor";
import { images, labels, network } from "./_golden.ts";
import { stored } from "./_stored.ts";

await useBackend();

const batch: Batch = { images: images(), labels: labels() };
const nets = { plain: network("plain"), robust: network("robust"), smooth: network("smooth") };
const gap = async (a: tf.Tensor, b: tf.Tensor) => (await a.sub(b).abs().max().data())[0]!;
const changes = await stored("momentum_images.safetensors");

for (const [key, change] of Object.entries(changes)) {
  Deno.test(`The same images as torchattacks' MIFGSM (${key}), to 1e-4 in every pixel`, async () => {
    const [, name, decay, targeted] = key.match(/^(\w+)\.([\d.]+?)(\.targeted)?$/)!;
    const classifier = nets[name as keyof typeof nets];
    const aim = targeted ? { targets: labels("targets") } : {};
    const options = { ball: linf(8 / 255), stepSize: 2 / 255, steps: 10, decay: Number(decay), ...aim };
    // Gradients below 1e-12 are noise in their float64 (see golden_test.ts).
    const gradient = lossGradient(classifier, batch.images, { labels: batch.labels, ...aim });
    const lengths = await distance("l2", gradient, tf.zerosLike(gradient)).data();
    const theirs = batch.images.add<Images>(tf.tensor(change.values, change.shape).div(32768));
    const apart = await distance("linf", momentum(classifier, batch, options), theirs).data();
    const told = [...apart].filter((_, i) => lengths[i]! >= 1e-12);
    assert(told.length >= 14, `${told.length} of 16 images compared`);
    assert(Math.max(...told) < 1e-4, `${Math.max(...told)}`);
  });
}

Deno.test("momentum() without decay's memory is bim(), in each norm", async () => {
  for (const ball of [linf(0.05), l2(0.5), l1(2)]) {
    const plain = bim(nets.smooth, batch, { ball, steps: 4 });
    assert(await gap(momentum(nets.smooth, batch, { ball, steps: 4, decay: 0 }), plain) < 1e-5, ball.norm);
  }
});

Deno.test("momentum() keeps going where the gradient has turned", async () => {
  // The loss rises up to 0.53 and falls behind it: bim turns back and forth, a running sum goes on once more.
  const hill: Classifier = (x) => {
    const height = x.sub(0.53).abs().sum<tf.Tensor1D>([1, 2, 3]);
    return tf.stack([height, height.neg()], 1) as tf.Tensor2D;
  };
  const one = { images: tf.fill([1, 1, 1, 1], 0.5) as Images, labels: tf.tensor1d([0], "int32") };
  const after = async (decay: number, steps: number) =>
    (await momentum(hill, one, { ball: linf(0.5), stepSize: 0.02, steps, decay }).data())[0]!;
  // g is 1, 2, then 1, 0 (stays), -1 for μ = 1.
  for (const [steps, place] of [[1, 0.52], [2, 0.54], [3, 0.56], [4, 0.56], [5, 0.54]] as const) {
    assertAlmostEquals(await after(1, steps), place, 1e-6);
  }
  assertAlmostEquals(await after(0, 3), 0.52, 1e-6);
});

Deno.test("momentum() in an l1 ball goes on to other pixels when one is white", async () => {
  const slope = tf.tensor4d([5, 4, 3, 2, 1, 1], [1, 2, 3, 1]);
  const linear: Classifier = (x) => {
    const score = x.mul(slope).sum<tf.Tensor1D>([1, 2, 3]);
    return tf.stack([score.neg(), score], 1) as tf.Tensor2D;
  };
  const grey = { images: tf.fill([1, 2, 3, 1], 0.5) as Images, labels: tf.tensor1d([0], "int32") };
  const attacked = momentum(linear, grey, { ball: l1(1.2), stepSize: 0.1, steps: 30 });
  assert(await gap(attacked, tf.tensor4d([1, 1, 0.7, 0.5, 0.5, 0.5], [1, 2, 3, 1])) < 1e-3);
});

Deno.test("momentum() gives small and large gradients the same weight, and none moves nothing", async () => {
  const scaled = (factor: number): Classifier => (x) => nets.smooth(x).mul(factor);
  const options = { ball: l2(0.5), steps: 4, loss: "margin" } as const;
  const plain = momentum(nets.smooth, batch, options);
  assert(await gap(momentum(scaled(1e-30), batch, options), plain) < 1e-3);
  assertEquals(await gap(momentum(scaled(0), batch, options), batch.images), 0);
});

Deno.test("momentum() stays in the ball and in [0, 1], with and without targets", async () => {
  const targets = labels("targets"), each = Array.from({ length: 16 }, (_, i) => 0.02 * (i % 3));
  for (const ball of [linf(16 / 255), l2(0.6), l1(3), linf(each), l2(each)]) {
    for (const aim of [{}, { targets }]) {
      for (const stepSize of [0.01, 9]) {
        const attacked = momentum(nets.plain, batch, { ball, stepSize, steps: 3, ...aim });
        assert((await contains(ball, batch.images, attacked)).every(Boolean), ball.norm);
      }
    }
  }
});

Deno.test("momentum() does nothing in a ball of radius 0, and the same each time", async () => {
  assertEquals(await gap(momentum(nets.plain, batch, { ball: linf(0) }), batch.images), 0);
  const ball = linf(0.1);
  assertEquals(
    await momentum(nets.plain, batch, { ball }).data(),
    await momentum(nets.plain, batch, { ball }).data(),
  );
});

Deno.test("momentum() may go on with some of its images", async () => {
  const attack = momentumAttack({ ball: linf(0.05), steps: 4 }), rows = [1, 4, 5];
  let state = attack.start(batch);
  for (let i = 0; i < 2; i++) state = attack.step(nets.smooth, state, i);
  state = select(state, rows);
  for (let i = 2; i < 4; i++) state = attack.step(nets.smooth, state, i);
  const whole = run(attack, nets.smooth, batch).gather(tf.tensor1d(rows, "int32"));
  assert(await gap(state.images, whole) < 1e-6);
});

Deno.test("momentum() leaves no tensor behind, and its input as it was", () => {
  const once = () => momentum(nets.smooth, batch, { ball: linf(0.05), steps: 3 }).dispose();
  once();
  const count = tf.memory().numTensors;
  once();
  assertEquals(tf.memory().numTensors, count);
  assert(!batch.images.isDisposed && !batch.labels.isDisposed);
});

Deno.test("momentum() says what is wrong", () => {
  const ball = linf(0.1);
  assertThrows(() => momentum(nets.plain, batch, { ball, decay: -1 }), RangeError, "decay -1");
  assertThrows(() => momentum(nets.plain, batch, { ball, steps: 0.5 }), RangeError, "steps 0.5");
  const fewer = { ...batch, labels: batch.labels.slice(0, 2) as Labels };
  assertThrows(() => momentum(nets.plain, fewer, { ball }), RangeError, "2 labels with 16 images");
});
