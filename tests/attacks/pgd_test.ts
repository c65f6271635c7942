import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  attackLoss,
  bim,
  contains,
  fgs,
  l1,
  l2,
  linf,
  noise,
  pgd,
  pgdAttack,
  run,
  select,
} from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { linear, weights } from "./_models.ts";

await useBackend();

const ints = (...values: number[]) => tf.tensor1d(values, "int32");
const grey = (n: number): Batch => ({
  images: tf.fill([n, 3, 4, 1], 0.5) as Images,
  labels: ints(...Array(n).fill(0)),
});
const gap = async (a: tf.Tensor, b: tf.Tensor) => (await a.sub(b).abs().max().data())[0]!;
const bent: Classifier = (images) => {
  const x = images.sub(0.5).mul(weights);
  return tf.stack(
    [x.sum([1, 2, 3]), x.square().sum([1, 2, 3]), x.mul(3).sin().sum([1, 2, 3])],
    1,
  ) as tf.Tensor2D;
};
const scattered = (n: number): Batch => {
  const images = uniform<tf.Rank.R4>([n, 3, 4, 1], 0, 1, 5);
  return { images, labels: bent(images).argMax(1) };
};

Deno.test("pgd() reaches the corner of the ball on a linear model", async () => {
  const batch = grey(2), corner = batch.images.add(weights.sign().mul(8 / 255));
  const attacked = pgd(linear, batch, { ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 });
  assert(await gap(attacked, corner) < 1e-7);
  const targeted = pgd(linear, batch, {
    ball: linf(8 / 255),
    stepSize: 2 / 255,
    steps: 10,
    targets: ints(0, 1),
  });
  const other = batch.images.add(weights.sign().mul(tf.tensor4d([-8 / 255, 8 / 255], [2, 1, 1, 1])));
  assert(await gap(targeted, other) < 1e-7);
});

Deno.test("pgd() reaches the best point of an l2 and of an l1 ball on a linear model", async () => {
  const batch = grey(1), length = Math.hypot(...await weights.data());
  const euclidean = pgd(linear, batch, { ball: l2(0.3), stepSize: 0.1, steps: 30 });
  assert(await gap(euclidean, batch.images.add(weights.mul(0.3 / length))) < 1e-4);
  // The largest weight takes all of a small l1 ball.
  const largest = weights.abs().equal(weights.abs().max()).cast("float32");
  const sparse = pgd(linear, batch, { ball: l1(0.3), stepSize: 0.1, steps: 30 });
  assert(await gap(sparse, batch.images.add(weights.sign().mul(largest).mul(0.3))) < 1e-4);
});

Deno.test("pgd() in an l1 ball goes on to other pixels when one is white", async () => {
  const batch = grey(1),
    attacked = pgd(linear, batch, { ball: l1(1.2), stepSize: 0.1, steps: 60, start: "original" });
  const changes = [...await attacked.sub(batch.images).abs().data()].sort((a, b) => b - a);
  assertAlmostEquals(changes[0]! + changes[1]! + changes[2]!, 1.2, 1e-3);
  assertAlmostEquals(changes[0]!, 0.5, 1e-5);
});

Deno.test("fgs() is one step of bim() of the ball's size, in each norm", async () => {
  const batch = scattered(8);
  for (const ball of [linf(0.1), l2(0.4), l1(0.6)]) {
    const once = bim(bent, batch, { ball, stepSize: ball.epsilon, steps: 1 });
    assertEquals(await gap(fgs(bent, batch, { ball }), once), 0);
  }
});

Deno.test("A gradient of zero moves no image, but for a random start", async () => {
  const batch = scattered(4), flat: Classifier = (images) => bent(images.round() as Images);
  for (const ball of [linf(0.1), l2(0.4), l1(0.6)]) {
    assertEquals(await gap(fgs(flat, batch, { ball }), batch.images), 0);
    assert(await gap(bim(flat, batch, { ball }), batch.images) < 1e-7);
    assert(await gap(pgd(flat, batch, { ball, steps: 0 }), batch.images) > 0.001);
  }
});

Deno.test("A small gradient moves an image of a large batch: the batch's losses are summed", async () => {
  // Class 0 by 84 logits: the other has the probability 3e-37, and float32 ends at 1e-38.
  const sure: Classifier = (images) => linear(images).add([84, 0]), batch = grey(1024);
  const attacked = bim(sure, batch, { ball: linf(0.1), stepSize: 0.1, steps: 1 });
  assert(await gap(attacked, batch.images.add(weights.sign().mul(0.1))) < 1e-7);
});

Deno.test("More restarts are never weaker, image by image, and one restart is plain pgd()", async () => {
  const batch = scattered(20), options = { ball: linf(0.2), steps: 3, seed: 4 } as const;
  const margins = async (restarts: number) =>
    await leadOf(bent, pgd(bent, batch, { ...options, restarts }), batch.labels).data();
  const [one, two, five] = [await margins(1), await margins(2), await margins(5)];
  assert(one.every((m, i) => m <= two[i]! && two[i]! <= five[i]!));
  assert(five.some((m, i) => m > one[i]!));
  const plain = run(pgdAttack(options), bent, batch);
  assertEquals(await gap(plain, pgd(bent, batch, options)), 0);
});

Deno.test("pgd() is at least as strong as noise() of the same ball", async () => {
  const batch = scattered(20), ball = linf(0.2);
  const noisy = await leadOf(bent, noise(bent, batch, { ball, draws: 20 }), batch.labels).mean().data();
  const climbed = await leadOf(bent, pgd(bent, batch, { ball, loss: "margin" }), batch.labels).mean()
    .data();
  assert(climbed[0]! > noisy[0]!);
});

Deno.test("More draws of noise() are never weaker", async () => {
  const batch = scattered(20), ball = l2(0.3);
  const margins = async (draws: number) =>
    await leadOf(bent, noise(bent, batch, { ball, draws }), batch.labels).data();
  const [few, many] = [await margins(2), await margins(12)];
  assert(few.every((m, i) => m <= many[i]!) && few.some((m, i) => m < many[i]!));
});

Deno.test("Targets are won, not just labels lost", async () => {
  const batch = scattered(12), targets = batch.labels.add(1).mod(3).cast("int32") as Labels;
  for (const loss of ["crossEntropy", "margin"] as const) {
    const attacked = pgd(bent, batch, { ball: linf(1), stepSize: 0.05, steps: 40, targets, loss });
    const won = (await bent(attacked).argMax(1).equal(targets).sum().data())[0]!;
    assert(won >= 8, `${loss} ${won}`);
  }
});

Deno.test("A loss of one's own is raised", async () => {
  const batch = grey(1),
    loss = (logits: tf.Tensor2D) => logits.slice([0, 0], [-1, 1]).squeeze<tf.Tensor1D>([1]);
  const attacked = fgs(linear, batch, { ball: linf(0.1), loss });
  assert(await gap(attacked, batch.images.sub(weights.sign().mul(0.1))) < 1e-7);
});

Deno.test("An attack may go on with some of its images, and finds for them what it would have found", async () => {
  const batch = scattered(6);
  for (
    const ball of [
      linf([0.1, 0.2, 0.3, 0.1, 0.2, 0.3]),
      l2([0.1, 0.2, 0.3, 0.1, 0.2, 0.3]),
      linf(0.1),
      l1(0.5),
    ]
  ) {
    const attack = pgdAttack({ ball, steps: 6, seed: 2 }), rows = [1, 4, 5];
    let state = attack.start(batch);
    for (let i = 0; i < 3; i++) state = attack.step(bent, state, i);
    state = select(state, rows);
    for (let i = 3; i < 6; i++) state = attack.step(bent, state, i);
    assert(await gap(state.images, run(attack, bent, batch).gather(ints(...rows))) < 1e-6);
  }
});

Deno.test("The state of an attack is in the ball at any step", async () => {
  const batch = scattered(6), attack = pgdAttack({ ball: linf(0.1), stepSize: 0.07, steps: 5 });
  let state = attack.start(batch);
  for (let i = 0; i < attack.steps; i++) {
    assert((await contains(linf(0.1), batch.images, state.images)).every(Boolean));
    state = attack.step(bent, state, i);
  }
});

Deno.test("Steps, step sizes, restarts and losses that make no sense are refused", () => {
  const batch = grey(1), ball = linf(0.1);
  assertThrows(() => pgd(linear, batch, { ball, steps: 1.5 }), RangeError, "steps 1.5");
  assertThrows(() => pgd(linear, batch, { ball, stepSize: NaN }), RangeError, "stepSize NaN");
  assertThrows(() => pgd(linear, batch, { ball, restarts: 0 }), RangeError, "restarts 0");
  // deno-lint-ignore no-explicit-any -- what a caller without types might write
  assertThrows(() => attackLoss("hinge" as any, tf.zeros([1, 2]), ints(0)), RangeError, 'loss "hinge"');
});
