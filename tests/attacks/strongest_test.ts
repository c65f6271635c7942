import { assert, assertEquals, assertGreaterOrEqual, assertRejects } from "@std/assert";
import { apgd, contains, linf, pgd, strongest, type StrongestOptions } from "@gcln/kit/attacks";
import {
  type Batch,
  bend,
  type Classifier,
  frozen,
  type Images,
  type Labels,
  passes,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { quantizedTransform } from "@gcln/kit/transform";
import { images, labels, network } from "./_golden.ts";
import { autoAttackSettings, networks, thousand } from "./_thousand.ts";

await useBackend();

const batch: Batch = { images: images(), labels: labels() }, count = batch.images.shape[0];
const ball = linf(16 / 255), budget = 150;
const plain = network("plain"), robust = network("robust");

const fallen = async (victim: Classifier, attacked: Images) =>
  [...await victim(attacked).argMax(1).notEqual(batch.labels).data()].map(Boolean);
const number = (verdicts: readonly boolean[]) => verdicts.filter(Boolean).length;
const bytes = async (x: tf.Tensor) => new Uint32Array(new Float32Array(await x.data()).buffer);

/** Victims that PGD cannot move at all. All but the last fall to someone who knows them. */
const quantize = (x: Images) => quantizedTransform(x, { q: 20 / 255, block: 4 });
const hidden: Readonly<Record<string, (x: Images) => Images>> = {
  "a quantized transform": quantize,
  "floor": (x) => x.mul(32).floor().div(32) as Images,
  "ceil of a negative": (x) => x.mul(-32).ceil().div(-32) as Images,
  "whole numbers": (x) => x.mul(32).add(0.5).cast("int32").cast("float32").round().div(32) as Images,
  "comparisons with levels": (x) => {
    const levels = tf.range(1, 16).sub(0.5).div(15); // a thermometer of 15 levels, read off
    return x.expandDims(-1).greater(levels).cast("float32").mean(-1) as Images;
  },
  "a choice": (x) => {
    const step = (level: number) => tf.where(x.less(level), tf.zerosLike(x), tf.fill(x.shape, 0.25));
    return step(0.25).add(step(0.5)).add<Images>(step(0.75));
  },
  "a gradient of its own that is zero": (x) =>
    tf.customGrad((x) => ({
      value: (x as Images).mul(1),
      gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
    }))(x) as Images,
};

for (const [name, stage] of Object.entries(hidden)) {
  Deno.test(`strongest() finds by itself an attack through ${name}`, async () => {
    const victim: Classifier = (x) => plain(stage(x));
    const { images, success, record } = await strongest(victim, batch, { ball, budget, seed: 1 });
    const verdicts = await fallen(victim, images);
    assertEquals(success, verdicts);
    const undefended = number(await fallen(plain, pgd(plain, batch, { ball, steps: 20 })));
    // A defense of four levels changes images by more than the ball's radius: not all that falls without it has to.
    const wanted = name === "a choice" ? 0.5 * undefended : 0.9 * undefended;
    assertGreaterOrEqual(number(success), wanted, JSON.stringify(record.tried));
    assertEquals(record.replacements["exact"], { zeroGradient: 1 });
    assert((await contains(ball, batch.images, images)).every(Boolean));
  });
}

Deno.test("strongest() brings a quantizer down to what BPDA does, and below", async () => {
  for (const network of [plain, robust]) {
    const victim: Classifier = (x) => network(quantize(x));
    const bpda = bend(victim, { Round: "identity" });
    const { success } = await strongest(victim, batch, { ball, budget: 400 });
    const known = [
      pgd(bpda, batch, { ball, steps: 50, seed: 1 }),
      apgd(bpda, batch, { ball, steps: 100, seed: 1 }),
    ];
    for (const attacked of known) {
      assertGreaterOrEqual(number(success), number(await fallen(victim, attacked)));
    }
  }
});

Deno.test("strongest() is as strong as others on a network that hides nothing", async () => {
  const { success, record } = await strongest(robust, batch, { ball, budget: 400 });
  for (const loss of ["crossEntropy", "margin", "dlr"] as const) {
    const attacked = apgd(robust, batch, { ball, steps: 100, loss });
    assertGreaterOrEqual(number(success), number(await fallen(robust, attacked)), loss);
  }
  assertEquals(record.replacements["exact"], { zeroGradient: 0 });
  assert(!record.kernels.includes("Round"));
});

Deno.test("strongest() with 100 passes an image leaves half a point more than AutoAttack at most", async () => {
  const { options, stands } = autoAttackSettings.find(({ network, options }) =>
    network === "robust" && options.version === "standard" && options.square === "mended"
  )!;
  const count = 500, left = [...stands!.slice(0, count)].filter((stand) => stand === "1").length;
  const { ball } = options, first = thousand(count);
  const { images, success, record } = await strongest(networks.robust, first, { ball, budget: 100 });
  const own = count - number(success), margin = 0.005 * count;
  assert(own <= left + margin, `${own} images stand, after AutoAttack ${left}`);
  // Every second attempt aims at a wrong class. Where only images near the boundary fall, others are left alone.
  const attempts = record.tried.filter(({ phase }) => phase === "attack");
  attempts.forEach(({ candidate }, i) => assertEquals(candidate.includes("towards"), i % 2 === 1, candidate));
  assert(attempts.some(({ images }, i) => i > 0 && images < 0.7 * attempts[i - 1]!.images));
  images.dispose();
});

Deno.test("A surrogate's success counts only if the victim falls", async () => {
  // What the victim does can't be differentiated, and no rule is known for it.
  const palette = tf.linspace(0, 1, 33);
  const victim: Classifier = (x) => plain((palette as tf.Tensor).gather(x.mul(32).cast("int32")) as Images);
  const alone = await strongest(victim, batch, { ball, budget, candidates: ["square"] });
  const options: StrongestOptions = { ball, budget, surrogates: { undefended: plain, other: robust } };
  const { success, images, record } = await strongest(victim, batch, options);
  assertEquals(success, await fallen(victim, images));
  assertGreaterOrEqual(number(success), number(alone.success));
  assert(record.brokenBy.some((by) => by?.startsWith("undefended: ")));
  assert(
    record.replacements["exact"]!.unavailable !== undefined ||
      record.replacements["exact"]!.zeroGradient === 1,
  );
  // A surrogate that is fooled by whatever it sees leads nowhere, and does not count.
  const easy: Classifier = (x) =>
    plain(x).mul(0).add(tf.oneHot(batch.labels.slice(0, 1), 5).mul(-1)) as tf.Tensor2D;
  const misled = await strongest(victim, batch, { ball, budget: 60, surrogates: { easy } });
  assertEquals(misled.success, await fallen(victim, misled.images));
});

Deno.test("strongest() keeps its budget, counts all of it, and says what broke what", async () => {
  const victim: Classifier = (x) => robust(quantize(x));
  for (const budget of [1, 5, 20, 100, 300]) {
    const { record, success } = await strongest(victim, batch, { ball: linf(8 / 255), budget });
    assertEquals(record.budget, budget * count);
    assert(record.passes <= record.budget, `${record.passes} of ${record.budget}`);
    const attempts = record.tried.reduce((sum, { passes }) => sum + passes, 0);
    const looks = 2 * count * Object.keys(record.replacements).length;
    assertEquals(record.passes, count + looks + attempts);
    assertEquals(record.brokenBy.map((by) => by !== null), success);
    const broke = record.tried.reduce((sum, { broke }) => sum + broke, 0);
    assertEquals(broke, record.brokenBy.filter((by) => by !== null && by !== "no change").length);
    if (budget >= 100) assert(record.tried.some(({ phase }) => phase === "attack") && record.best.length > 0);
  }
  const before = passes(), seen = frozen(victim);
  const { record, images } = await strongest(seen, batch, { ball: linf(8 / 255), budget: 100 });
  const after = passes(), own = 1; // the look at the number of classes
  assertEquals(after.forward + after.backward - before.forward - before.backward, record.passes + own);
  images.dispose();
  seen.dispose();
});

Deno.test("strongest() is the same for a seed, frozen or not, leaves no tensor behind and its input as it was", async () => {
  const victim: Classifier = (x) => robust(quantize(x)), given = await bytes(batch.images);
  const fixed = frozen(victim), options = { ball, budget: 60, seed: 3 };
  for (const who of [victim, fixed]) {
    const first = await strongest(who, batch, options), count = tf.memory().numTensors;
    const again = await strongest(who, batch, options);
    assertEquals(again.record, first.record);
    assertEquals(await bytes(again.images), await bytes(first.images));
    again.images.dispose();
    assertEquals(tf.memory().numTensors, count);
  }
  fixed.dispose();
  assertEquals(await bytes(batch.images), given);
});

Deno.test("Images that stand come back as they were, and misclassified ones need no change", async () => {
  const wrong = batch.labels.add(1).mod(5).cast("int32") as Labels;
  const radii = Array.from({ length: count }, (_, i) => i % 2 === 0 ? 0 : 16 / 255);
  for (const labels of [batch.labels, wrong]) {
    const right = [...await plain(batch.images).argMax(1).equal(labels).data()].map(Boolean);
    const { images, success, record } = await strongest(plain, { ...batch, labels }, {
      ball: linf(radii),
      budget: 60,
    });
    const moved = [...await images.sub(batch.images).abs().max([1, 2, 3]).data()];
    for (let i = 0; i < count; i++) {
      assertEquals(record.brokenBy[i] === "no change", !right[i]);
      if (radii[i] === 0) assertEquals(success[i], !right[i]);
      if (!success[i] || !right[i] || radii[i] === 0) assertEquals(moved[i], 0);
      assert(moved[i]! <= radii[i]!);
    }
  }
});

Deno.test("With targets an image falls when it is taken for its target", async () => {
  const targets = batch.labels.add(2).mod(5).cast("int32") as Labels,
    victim: Classifier = (x) => plain(quantize(x));
  const { images, success } = await strongest(victim, batch, { ball: linf(32 / 255), budget, targets });
  const reached = [...await victim(images).argMax(1).equal(targets).data()].map(Boolean);
  assertEquals(success, reached);
  assert(number(success) > count / 4, `${number(success)}`);
});

Deno.test("What was found on some images can be sent against others without a search", async () => {
  const victim: Classifier = (x) => robust(quantize(x));
  const { record } = await strongest(victim, batch, { ball: linf(8 / 255), budget: 200 });
  const options = { ball: linf(8 / 255), budget: 100, candidates: record.best };
  const { record: again } = await strongest(victim, batch, options);
  assert(again.tried.every(({ phase, candidate }) => phase === "attack" && record.best.includes(candidate)));
  await assertRejects(
    () => strongest(victim, batch, { ...options, candidates: ["straight-through: apgt, margin"] }),
    RangeError,
    'did you mean "straight-through: apgd, margin"',
  );
});

Deno.test("strongest() works in l2 and l1 balls and with two classes", async () => {
  const two: Classifier = (x) => robust(quantize(x)).slice([0, 0], [-1, 2]);
  const given: Batch = { images: batch.images, labels: two(batch.images).argMax(1) };
  for (const ball of [{ norm: "l2", epsilon: 1.5 }, { norm: "l1", epsilon: 30 }] as const) {
    const { images, success } = await strongest(two, given, { ball, budget: 100 });
    assert((await contains(ball, batch.images, images)).every(Boolean), ball.norm);
    assert(number(success) > 0, ball.norm);
  }
});

Deno.test("strongest() stops when it is told to, says how far it is, and leaves nothing behind", async () => {
  const victim: Classifier = (x) => robust(quantize(x)), stop = new AbortController();
  const seen: number[] = [];
  let ends = 0;
  const progress = { update: (done: number) => void seen.push(done), done: () => void ends++ };
  const options = { ball: linf(2 / 255), budget: 100, progress };
  (await strongest(victim, batch, options)).images.dispose();
  assert(seen.length > 1 && seen.every((done, i) => done >= (seen[i - 1] ?? 0) && done <= 100 * count));
  const tensors = tf.memory().numTensors;
  const stopping = { ...progress, update: () => stop.abort() };
  const stopped = () => strongest(victim, batch, { ...options, progress: stopping, signal: stop.signal });
  await assertRejects(stopped, DOMException);
  let calls = 0;
  const failing: Classifier = (x) => {
    const logits = victim(x);
    if (calls++ === 40) throw new Error("enough");
    return logits;
  };
  await assertRejects(() => strongest(failing, batch, options), Error, "enough");
  assertEquals(tf.memory().numTensors, tensors);
  assertEquals(ends, 3);
  await assertRejects(() => strongest(victim, batch, { ball, budget: 0 }), RangeError, "budget 0");
});
