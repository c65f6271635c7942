import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  type AnyBall,
  contains,
  featureAdversary,
  featureDistance,
  l2,
  linf,
  project,
} from "@gcln/kit/attacks";
import type { Features } from "@gcln/kit/losses";
import { type Images, normal, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { images as golden, network } from "./_golden.ts";

await useBackend();

const images = uniform<tf.Rank.R4>([4, 3, 4, 2], 0.2, 0.8, 1),
  guides = uniform<tf.Rank.R4>([4, 3, 4, 2], 0, 1, 2);
const pixels: Features = (x) => [x];
const gap = async (a: tf.Tensor, b: tf.Tensor) => (await a.sub(b).abs().max().data())[0]!;

Deno.test("Where the features are the pixels, the nearest image of the ball to the guide is found", async () => {
  for (const ball of [linf(0.1), l2(0.5), linf([0.05, 0, 0.2, 1])] as AnyBall[]) {
    const attacked = featureAdversary(pixels, { images }, { guides, ball, steps: 200, stepSize: 0.01 });
    assert((await contains(ball, images, attacked)).every(Boolean));
    const best = await featureDistance(pixels, project(ball, images, guides), guides).data();
    const ours = await featureDistance(pixels, attacked, guides).data();
    ours.forEach((distance, i) => assertAlmostEquals(Math.sqrt(distance), Math.sqrt(best[i]!), 0.03));
  }
});

Deno.test("Where the features are the pixels, the way from the image leads to the far corner of the ball", async () => {
  const ball = linf(0.1), attacked = featureAdversary(pixels, { images }, { ball });
  const far = await attacked.sub(images).abs().data();
  far.forEach((change) => assertAlmostEquals(change, 0.1, 1e-6));
});

Deno.test("A linear feature reaches the guide's where the ball allows it", async () => {
  const weights = normal<tf.Rank.R2>([24, 2], 0, 1, 3);
  const linear: Features = (x) => [x.reshape<tf.Tensor2D>([-1, 24]).matMul(weights)];
  const near = project(linf(0.1), images, guides); // its features can be had in the ball
  const before = await featureDistance(linear, images, near).data();
  const attacked = featureAdversary(linear, { images }, {
    guides: near,
    ball: linf(0.1),
    steps: 300,
    stepSize: 0.001,
  });
  const after = await featureDistance(linear, attacked, near).data();
  after.forEach((distance, i) => assert(distance < 1e-3 * before[i]!, `${distance} of ${before[i]}`));
});

Deno.test("A network sees the guide where a person sees the image: its logits come near, and its verdict", async () => {
  const net = network("plain"), originals = golden(), others = originals.reverse<Images>(0);
  const features: Features = (x) => [net(x)];
  const attacked = featureAdversary(features, { images: originals }, {
    guides: others,
    ball: linf(25 / 255),
  });
  const before = await featureDistance(features, originals, others).data();
  const after = await featureDistance(features, attacked, others).data();
  assert(after.every((distance, i) => distance < 0.5 * before[i]!), `${after} of ${before}`);
  const same = async (x: Images) => (await net(x).argMax(1).equal(net(others).argMax(1)).sum().data())[0]!;
  assert(await same(attacked) > await same(originals));
});

Deno.test("featureDistance() takes all maps as one vector, or weighs them alike", async () => {
  const [a, b] = [tf.fill<tf.Rank.R4>([2, 3, 3, 1], 0.5), tf.ones<tf.Rank.R4>([2, 3, 3, 1])];
  const two: Features = (x) => [x, x.mean([1, 2]).mul(100)];
  const whole = await featureDistance(two, a, b).data();
  assertEquals([...whole], [9 * 0.25 + 2500, 9 * 0.25 + 2500]);
  const normalised = await featureDistance(two, a, b, { measure: "normalised" }).data();
  normalised.forEach((distance) => assertAlmostEquals(distance, 0.25, 1e-6));
});

Deno.test("A feature map that the scale of another would drown counts when measures are normalised", async () => {
  // The bright map is fixed by the first column, the dark one by the second.
  const maps: Features = (
    x,
  ) => [x.slice([0, 0, 0, 0], [-1, -1, 1, -1]).mul(1e4), x.slice([0, 0, 1, 0], [-1, -1, 1, -1])];
  const options = { guides, ball: l2(0.3), steps: 60 };
  const moved = async (measure: "euclidean" | "normalised") => {
    const change = featureAdversary(maps, { images }, { ...options, measure }).sub(images);
    return (await change.slice([0, 0, 1, 0], [-1, -1, 1, -1]).square().sum().sqrt().data())[0]!;
  };
  assert(await moved("euclidean") < 0.5 * await moved("normalised"));
});

Deno.test("featureAdversary() never returns an image farther from its guide than where it began", async () => {
  const features: Features = (x) => [x.sub(0.5).square(), x.mul(20).sin()]; // steps overshoot
  for (const stepSize of [0.2, 0.01]) {
    const attacked = featureAdversary(features, { images }, {
      guides,
      ball: linf(0.3),
      stepSize,
      steps: 9,
      start: "original",
    });
    const before = await featureDistance(features, images, guides).data();
    (await featureDistance(features, attacked, guides).data()).forEach((after, i) =>
      assert(after <= before[i]!)
    );
  }
});

Deno.test("From the image itself no way leads away from it", async () => {
  const attacked = featureAdversary(pixels, { images }, { ball: linf(0.1), start: "original" });
  assertEquals(await gap(attacked, images), 0);
});

Deno.test("featureAdversary() leaves no tensor behind, and says what is wrong", () => {
  const count = tf.memory().numTensors;
  featureAdversary(pixels, { images }, { guides, ball: linf(0.1), steps: 3 }).dispose();
  featureDistance(pixels, images, guides).dispose();
  assertEquals(tf.memory().numTensors, count);
  const options = { ball: linf(0.1) };
  const few = guides.slice([0], [2]) as Images,
    single = images.squeeze<Images>([]).reshape([4, 24]) as unknown as Images;
  assertThrows(
    () => featureAdversary(pixels, { images }, { ...options, guides: few }),
    RangeError,
    "[2,3,4,2]",
  );
  assertThrows(() => featureAdversary(pixels, { images: single }, options), TypeError, "[n, h, w, c]");
  assertThrows(() => featureAdversary(() => [], { images }, options), RangeError, "at least one");
  assertThrows(() => featureAdversary((x) => [x.sum()], { images }, options), RangeError, "[4, …]");
  assertThrows(
    () => featureAdversary(pixels, { images }, { ...options, steps: 1.5 }),
    RangeError,
    "steps 1.5",
  );
  assertThrows(
    () => featureAdversary(pixels, { images }, { ...options, stepSize: -1 }),
    RangeError,
    "stepSize -1",
  );
});
