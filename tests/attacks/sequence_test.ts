import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  autoAttack,
  ballOf,
  contains,
  fgs,
  inSequence,
  linf,
  pgd,
  type Randomised,
  type Stage,
} from "@gcln/kit/attacks";
import {
  type Batch,
  type Classifier,
  counted,
  frozen,
  type Images,
  type Labels,
  normal,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { bent } from "./_models.ts";

await useBackend();

const COUNT = 30;
const images = uniform<tf.Rank.R4>([COUNT, 5, 4, 3], 0, 1, 8) as Images;
const right = tf.tidy(() => bent(images).argMax(1).cast("int32")) as Labels;
// The first three are wrong from the start.
const labels = tf.tidy(() =>
  tf.concat([right.slice(0, 3).add(1).mod(5).cast("int32"), right.slice(3)])
) as Labels;
const batch: Batch = { images, labels };
const ball = linf(0.024);

const fooled = async (victim: Classifier, attacked: Images): Promise<boolean[]> =>
  Array.from(await victim(attacked).argMax(1).notEqual(labels).data(), Boolean);

const stages: Record<string, Stage> = {
  "fgs half the way": (part) => fgs(bent, part, { ball: linf(0.012) }),
  "pgd": (part) => pgd(bent, part, { ball, steps: 4, seed: 2 }),
  "pgd on the margin": (part) => pgd(bent, part, { ball, steps: 12, loss: "margin", seed: 3 }),
};

Deno.test("inSequence() has the same verdict whether or not later attacks see what has fallen", async () => {
  const some = await inSequence(bent, batch, stages);
  const all = await inSequence(bent, batch, stages, { shown: "everyone" });
  assertEquals(some.success, all.success);
  assertEquals(some.takenBy, all.takenBy);
  assertEquals(some.stages.map(({ standing }) => standing), all.stages.map(({ standing }) => standing));
  const apart = await Promise.all(
    Object.values(stages).map(async (stage) => await fooled(bent, await stage(batch, { rows: [] }))),
  );
  const clean = await fooled(bent, images);
  assertEquals(some.success, clean.map((wrong, i) => wrong || apart.some((fallen) => fallen[i])));
  // Or else the test says nothing.
  const taken = new Set(some.takenBy);
  assert(
    ["clean", "fgs half the way", "pgd on the margin", null].every((by) => taken.has(by)),
    [...taken].join(),
  );
});

Deno.test("inSequence() returns images that bear its verdicts out, and clean ones where nothing took them", async () => {
  const { images: attacked, success, takenBy } = await inSequence(bent, batch, stages);
  assertEquals(await fooled(bent, attacked), success);
  assert((await contains(ball, images, attacked)).every(Boolean));
  const moved = await attacked.notEqual(images).any([1, 2, 3]).data();
  assertEquals(takenBy.map((by) => by !== null && by !== "clean"), Array.from(moved, Boolean));
});

Deno.test("inSequence() counts what each attack was shown, took and cost", async () => {
  const classifier = counted(bent);
  const { stages: records } = await inSequence(classifier, batch, {
    "fgs": (part) => fgs(classifier, part, { ball }),
    "pgd": (part) => pgd(classifier, part, { ball, steps: 4 }),
  });
  assertEquals(records.map(({ attack }) => attack), ["fgs", "pgd"]);
  const [first, second] = records;
  assertEquals(first!.shown, COUNT - 3); // three are wrong already
  assertEquals(second!.shown, first!.standing);
  assertEquals(second!.standing, first!.standing - second!.fallen);
  assertEquals(first!.passes, { forward: 2 * 30, backward: 30 }); // padded to the batch's own size
});

Deno.test("inSequence() aims at targets, and lets nothing behind", async () => {
  const targets = right.add(2).mod(5).cast("int32") as Labels;
  const aimed: Record<string, Stage> = {
    "pgd": (part, { targets }) =>
      pgd(bent, part, { ball: linf(0.08), steps: 8, ...(targets ? { targets } : {}) }),
  };
  (await inSequence(bent, batch, aimed, { targets })).images.dispose();
  const before = tf.memory().numTensors;
  const { images: attacked, success } = await inSequence(bent, batch, aimed, { targets });
  assertEquals(tf.memory().numTensors, before + 1);
  assertEquals(Array.from(await bent(attacked).argMax(1).equal(targets).data(), Boolean), success);
  assert(success.some(Boolean) && !success.every(Boolean));
  const count = tf.memory().numTensors;
  await assertRejects(() => inSequence(bent, batch, aimed, { signal: AbortSignal.abort() }), DOMException);
  assertEquals(tf.memory().numTensors, count);
});

Deno.test("ballOf() takes the radii of some images", () => {
  assertEquals(ballOf(linf([0.1, 0.2, 0.3]), [2, 0, 2]), linf([0.3, 0.1, 0.3]));
  assertEquals(ballOf(linf(1), [2]), linf(1));
});

const small = { steps: 12, queries: 60, targetCount: 3 };

for (const version of ["standard", "plus"] as const) {
  Deno.test(`autoAttack() in version ${version} runs its attacks in order, and no image it takes is in doubt`, async () => {
    const classifier = frozen(bent);
    const found = await autoAttack(classifier, batch, { ball: linf(0.02), version, restarts: 1, ...small });
    const order = {
      standard: ["APGD-CE", "APGD-T", "FAB-T", "Square"],
      plus: ["APGD-CE", "APGD-DLR", "FAB", "Square", "APGD-T", "FAB-T"],
    }[version];
    assertEquals(found.stages.map(({ attack }) => attack), order);
    assertEquals(await fooled(bent, found.images), found.success);
    assert((await contains(linf(0.02), images, found.images)).every(Boolean));
    const standing = found.success.filter((fallen) => !fallen).length;
    assert(standing > 2 && standing < COUNT - 5, `${standing} stand: that tells nothing`);
    assertEquals(found.stages.at(-1)!.standing, standing);
    classifier.dispose();
  });
}

Deno.test("autoAttack() has the same verdict for every image alone as for the batch", async () => {
  const whole = await autoAttack(bent, batch, { ball: linf(0.02), ...small });
  for (const row of [0, 7, 19]) {
    const alone = { images: images.slice(row, 1), labels: labels.slice(row, 1), ids: [row] };
    const { takenBy } = await autoAttack(bent, alone, { ball: linf(0.02), ...small });
    assertEquals(takenBy[0], whole.takenBy[row]);
  }
});

Deno.test("autoAttack() takes targets, and a radius for each image", async () => {
  const targets = right.add(1).mod(5).cast("int32") as Labels;
  const radii = linf(Array.from({ length: COUNT }, (_, i) => i % 2 === 0 ? 0 : 0.15));
  const before = tf.memory().numTensors;
  const { images: attacked, success } = await autoAttack(bent, batch, { ball: radii, targets, ...small });
  assertEquals(tf.memory().numTensors, before + 1);
  assertEquals(Array.from(await bent(attacked).argMax(1).equal(targets).data(), Boolean), success);
  assert((await contains(radii, images, attacked)).every(Boolean));
  assert(success.filter((_, i) => i % 2 === 1).some(Boolean));
  assert(success.filter((_, i) => i % 2 === 0).every((fallen) => !fallen));
});

Deno.test("autoAttack() in version rand sees through noise that a single draw hides the gradient in", async () => {
  const noisy: Randomised = (x, seed) =>
    bent(x.add(normal<tf.Rank.R4>([1, 5, 4, 3], 0, 0.1, seed)) as Images);
  const options = { ball: linf(0.05), version: "rand" as const, steps: 10, draws: 10 };
  const { stages, success, images: attacked } = await autoAttack(noisy, batch, options);
  assertEquals(stages.map(({ attack }) => attack), ["APGD-CE", "APGD-DLR"]);
  assert((await contains(options.ball, images, attacked)).every(Boolean));
  // On draws that nobody has seen, the verdicts hold nearly always.
  const draws = 200, agree = success.map(() => 0);
  for (let i = 0; i < draws; i++) {
    (await fooled((x) => noisy(x, 1e6 + i), attacked)).forEach((w, j) => agree[j]! += w ? 1 : 0);
  }
  const taken = agree.filter((_, i) => success[i]).reduce((a, b) => a + b, 0);
  assert(taken / draws / success.filter(Boolean).length > 0.75);
  assert(success.filter(Boolean).length > 10);
});

Deno.test("autoAttack() says what is wrong with its batch", async () => {
  const nan = { images: tf.fill([1, 5, 4, 3], NaN) as Images, labels: tf.tensor1d([0], "int32") };
  await assertRejects(() => autoAttack(bent, nan, { ball }), RangeError, "NaN");
  const six = { images: images.slice(0, 1), labels: tf.tensor1d([6], "int32") };
  await assertRejects(() => autoAttack(bent, six, { ball }), RangeError, "0 to 4 are wanted");
});

Deno.test("inSequence() says what it wants", async () => {
  // deno-lint-ignore no-explicit-any -- as in a notebook, where nothing is type-checked
  const loose = inSequence as any;
  const refused = async (message: string, kind: typeof RangeError | typeof TypeError, ...given: unknown[]) =>
    await assertRejects(() => loose(bent, ...given), kind, message);
  await refused('did you mean "targets"?', RangeError, batch, {}, { target: labels });
  await refused('"survivors" or "everyone"', RangeError, batch, {}, { shown: "all" });
  await refused("Cannot use epsilon NaN", RangeError, batch, {}, { ball: { norm: "linf", epsilon: NaN } });
  await refused("an object of options", TypeError, batch, {}, null);
  await refused('stage "fgs"', RangeError, batch, { fgs: "fgs" });
  await refused("a record of attacks by name", RangeError, batch, undefined);
  await refused("{ images, labels }", TypeError, null, {});
  await refused("int32", TypeError, { images, labels: labels.cast("float32") }, {});
});

Deno.test("autoAttack() tells at how many images that stand the gradient was of no use", async () => {
  const some = { images: images.slice(0, 8) as Images, labels: labels.slice(0, 8) as Labels };
  const short = { ball, steps: 3, queries: 5 };
  const rounded: Classifier = (x) => bent(x.mul(255).round().div(255) as Images);
  // The same values, and a gradient that is NaN.
  const torn: Classifier = (x) => bent(x.add<Images>(x.sub(x).pow(0.5)));
  const standing = ({ success }: { success: readonly boolean[] }) =>
    success.filter((fell) => !fell).length / 8;
  const zero = await autoAttack(rounded, some, short), notFinite = await autoAttack(torn, some, short);
  assert(standing(zero) > 0 && standing(notFinite) > 0);
  assertEquals(zero.gradients, { zero: standing(zero), notFinite: 0 });
  assertEquals(notFinite.gradients, { zero: 0, notFinite: standing(notFinite) });
  assertEquals((await autoAttack(bent, some, short)).gradients, undefined);
  assertEquals((await autoAttack(rounded, some, { ...short, surrogate: bent })).gradients, undefined);
  const drawn: Randomised = (x, seed) => rounded(x.add(normal([1, 5, 4, 3], 0, 1e-3, seed)));
  const rand = await autoAttack(drawn, some, { ball, steps: 2, draws: 2, version: "rand" });
  assertEquals(rand.gradients, { zero: standing(rand), notFinite: 0 });
});
