import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { classesRead, isFallen, isReadAs, judge, lead, leadOf, logitsOf, type Victim } from "@gcln/kit/judge";
import { counted, frozen, type Images, type Labels, type Logits, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

const labelsOf = (...labels: number[]): Labels => tf.tensor1d(labels, "int32");
const truths = async (mask: tf.Tensor) => Array.from(await mask.data(), Boolean);
const { NaN: nan } = Number, none = -Infinity;

Deno.test("right means that the label is the argMax, the first of equals", async () => {
  const logits = tf.tensor2d([[1, 3, 2], [3, 3, 2], [3, 3, 2], [0, 0, 0], [0, 0, 0]]);
  assertEquals(await truths(isReadAs(logits, labelsOf(1, 0, 1, 0, 2))), [true, true, false, true, false]);
});

Deno.test("NaN among the logits is never right, minus and plus infinity are numbers", async () => {
  const logits = tf.tensor2d([[9, nan, 0], [nan, nan, nan], [none, 0, none], [none, none, none], [
    0,
    Infinity,
    1,
  ]]);
  assertEquals(await truths(isReadAs(logits, labelsOf(0, 0, 1, 0, 1))), [false, false, true, true, true]);
});

Deno.test("classesRead() is the argMax, the first of equals, and no class where a logit is NaN", async () => {
  const logits = tf.tensor2d([[1, 3, 2], [3, 3, 2], [none, none, none], [nan, 1, 0], [0, none, Infinity]]);
  assertEquals([...await classesRead(logits).data()], [1, 0, 0, -1, 2]);
  assertEquals(await truths(isReadAs(logits, labelsOf(0, 0, 0, -1, 0))), [false, true, true, false, false]);
});

Deno.test("a label that no output stands for is never read", async () => {
  const logits = tf.tensor2d([[1, 0], [1, 0]]);
  assertEquals(await truths(isReadAs(logits, labelsOf(2, -1))), [false, false]);
});

Deno.test("lead() is above 0 exactly where an image has fallen, and never NaN", async () => {
  const values = [none, -1, 0, 1, Infinity, nan], rows: number[][] = [];
  for (const a of values) for (const b of values) for (const c of values) rows.push([a, b, c]);
  const logits = tf.tensor2d(rows);
  for (let label = 0; label < 3; label++) {
    for (const target of [undefined, (label + 1) % 3]) {
      const labels = tf.fill([rows.length], label, "int32") as Labels;
      const targets = target === undefined ? undefined : tf.fill([rows.length], target, "int32") as Labels;
      const over = await lead(logits, labels, targets).data();
      assert(over.every((value) => !Number.isNaN(value)));
      assertEquals(Array.from(over, (value) => value > 0), await truths(isFallen(logits, labels, targets)));
    }
  }
});

Deno.test("lead() is the margin where the logits are finite and not level", async () => {
  const logits = tf.tensor2d([[5, 1, 2], [5, 1, 2]]);
  assertEquals([...await lead(logits, labelsOf(0, 2)).data()], [-3, 3]);
  assertEquals([...await lead(logits, labelsOf(0, 0), labelsOf(1, 0)).data()], [-4, 3]);
});

Deno.test("logitsOf() wants [n, classes] with two classes or more", () => {
  const images: Images = tf.zeros([2, 1, 1, 4]);
  for (const shape of [[2, 4, 1, 1], [4, 2], [2], [8]]) {
    const classifier = () => tf.zeros<tf.Rank.R2>(shape as [number, number]);
    assertThrows(() => logitsOf(classifier, images), RangeError, "logits [2, classes]");
  }
  assertThrows(() => logitsOf(() => tf.zeros([2, 1]), images), RangeError, "give a logit for each class");
});

Deno.test("logitsOf() says what a classifier has returned that is no tensor", () => {
  const images: Images = tf.zeros([2, 1, 1, 4]), logits = tf.zeros([2, 4]);
  const returned: Record<string, unknown> = {
    "a promise": Promise.resolve(logits),
    "an array of 1": [logits],
    "a Float32Array": new Float32Array(8),
    "undefined": undefined,
    "null": null,
  };
  for (const [name, value] of Object.entries(returned)) {
    assertThrows(
      () => logitsOf(() => value as Logits, images),
      TypeError,
      `returns ${name}: a tensor of logits`,
    );
  }
});

/** Reads the class as the brighter of two pixels. */
const brighter = (images: Images) => images.reshape([-1, 2]) as Logits;
const pair: Images = tf.tensor4d([0.9, 0.1, 0.2, 0.7], [2, 1, 1, 2]);

Deno.test("judge() refuses labels and targets that no output stands for", async () => {
  await assertRejects(() => judge(brighter, { images: pair, labels: labelsOf(0, 2) }), RangeError, "0 to 1");
  await assertRejects(() => judge(brighter, { images: pair, labels: labelsOf(0, -1) }), RangeError, "0 to 1");
  const batch = { images: pair, labels: labelsOf(0, 1) };
  await assertRejects(
    () => judge(brighter, batch, { images: pair, targets: labelsOf(1, 5) }),
    RangeError,
    "targets",
  );
});

Deno.test("judge() counts an attacked image as fallen only if it is finite, allowed and in [0, 1]", async () => {
  const images: Images = tf.tensor4d([0.1, 0.9, nan, 0.9, Infinity, 0, -0.1, 0.9, 0.1, 0.9], [5, 1, 1, 2]);
  const allowed = [true, true, true, true, false], labels = labelsOf(0, 0, 0, 0, 0);
  const batch = { images: tf.tile(pair.slice(0, 1), [5, 1, 1, 1]) as Images, labels };
  const { stands, faults } = await judge(brighter, batch, { images, allowed });
  assertEquals(stands, [false, true, true, true, true]);
  assertEquals(faults, { undecided: 0, notFinite: 2, outside: 2 });
  // An image that was wrong as it was is not made right by that.
  const wrong = { images: batch.images, labels: labelsOf(1, 1, 1, 1, 1) };
  assertEquals((await judge(brighter, wrong, { images, allowed })).stands, [
    true,
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("judge() counts images with NaN among their logits, and no padding", async () => {
  const batch = { images: tf.tile(pair.slice(0, 1), [3, 1, 1, 1]) as Images, labels: labelsOf(0, 0, 0) };
  const torn = (images: Images) => images.reshape([-1, 2]).mul([[1, 1], [nan, 1], [nan, 1]]) as Logits;
  assertEquals(await judge(torn, batch), {
    stands: [true, false, false],
    faults: { undecided: 2, notFinite: 0, outside: 0 },
  });
  const { stands, faults } = await judge(torn, batch, undefined, { count: 2 });
  assertEquals([stands, faults.undecided], [[true, false], 1]);
});

Deno.test("judge() wants labels of type int32, one for each image, and images of four axes", async () => {
  const float = { images: pair, labels: tf.tensor1d([0, 1]) };
  await assertRejects(() => judge(brighter, float), TypeError, "int32");
  await assertRejects(() => judge(brighter, { images: pair, labels: labelsOf(0) }), TypeError, "[2], int32");
  const flat = { images: pair.reshape([2, 2]) as unknown as Images, labels: labelsOf(0, 1) };
  await assertRejects(() => judge(brighter, flat), TypeError, "[n, h, w, c]");
  const one = { images: pair.slice(0, 1) as Images };
  await assertRejects(
    () => judge(brighter, { images: pair, labels: labelsOf(0, 1) }, one),
    RangeError,
    "as many",
  );
});

Deno.test("leadOf() is above 0 where the judge says that an attacked image has fallen, of a victim that refuses too", async () => {
  // Both images were read right and accepted; the second attacked one is dark, so that it is refused.
  const batch = { images: tf.tensor4d([0.9, 0.1, 0.9, 0.2], [2, 1, 1, 2]), labels: labelsOf(0, 0) };
  const attacked = { images: pair };
  const refusing = Object.assign((x: Images) => brighter(x), {
    rejects: (x: Images) => x.max([1, 2, 3]).less(0.8).cast("int32") as tf.Tensor1D,
  });
  for (const victim of [brighter, refusing, frozen(brighter), counted(refusing), frozen(refusing)]) {
    const over = await leadOf(victim, pair, batch.labels).data();
    const { stands } = await judge(victim, batch, attacked);
    assertEquals(Array.from(over, (over) => over > 0), stands.map((stands) => !stands));
  }
  assertEquals((await leadOf(frozen(refusing), pair, batch.labels).data())[1], 0);
});

Deno.test("judge() takes a refused attacked image for stopped, a refused clean one for an error", async () => {
  // Refuses what has a pixel of exactly 0.5.
  const rejects = (x: Images) => x.equal(0.5).any([1, 2, 3]).cast("int32") as tf.Tensor1D;
  const victim = Object.assign((x: Images) => brighter(x), { rejects });
  const batch = { images: pair, labels: labelsOf(0, 1) };
  assertEquals((await judge(victim, batch)).stands, [true, true]);
  const images: Images = tf.tensor4d([0.1, 0.5, 0.7, 0.2], [2, 1, 1, 2]); // both are read wrong
  assertEquals((await judge(victim, batch, { images })).stands, [true, false]);
  const refused = { images: tf.fill<tf.Rank.R4>([2, 1, 1, 2], 0.5), labels: labelsOf(0, 0) };
  assertEquals((await judge(victim, refused)).stands, [false, false]);
});

Deno.test("judge() lets an image that was an error already not stand because it is refused under attack", async () => {
  const all = Object.assign((x: Images) => brighter(x), { rejects: () => tf.ones([2]) as tf.Tensor1D });
  const right = { images: pair, labels: labelsOf(0, 1) };
  assertEquals((await judge(all, right, { images: pair })).stands, [false, false]);
  const rejects = (x: Images) => x.equal(0.5).any([1, 2, 3]).cast("int32") as tf.Tensor1D;
  const some = Object.assign((x: Images) => brighter(x), { rejects }),
    grey = tf.fill<tf.Rank.R4>([2, 1, 1, 2], 0.5);
  assertEquals((await judge(some, { ...right, labels: labelsOf(0, 0) }, { images: grey })).stands, [
    true,
    false,
  ]);
});

Deno.test("judge() frees all it makes", async () => {
  const batch = { images: pair, labels: labelsOf(0, 1) };
  await judge(brighter, batch);
  const before = tf.memory().numTensors;
  await judge(brighter, batch, { images: pair, targets: labelsOf(1, 0) }).catch(() => {});
  await judge((x) => x.reshape([-1, 1]) as Logits, batch).catch(() => {});
  assertEquals(tf.memory().numTensors, before + 1); // the targets
});

Deno.test("judge() refuses what is no batch, options that it does not know, and more images than there are", async () => {
  // deno-lint-ignore no-explicit-any -- as in a notebook, where nothing is type-checked
  const loose = judge as any, batch = { images: pair, labels: labelsOf(0, 1) };
  await assertRejects(() => loose(brighter, null), TypeError, "{ images, labels } is wanted");
  await assertRejects(() => loose(brighter, { images: pair }), TypeError, "labels undefined");
  await assertRejects(() => loose(brighter, { images: pair, labels: [0, 1] }), TypeError, "labels [0,1]");
  await assertRejects(() => loose(brighter, { ...batch, images: [0.5] }), TypeError, "a tensor [n, h, w, c]");
  await assertRejects(() => loose(brighter, { ...batch, images: pair.cast("int32") }), TypeError, "float32");
  await assertRejects(() => loose("brighter", batch), RangeError, "a function is wanted");
  await assertRejects(() => loose(brighter, batch, undefined, { count: 3 }), RangeError, "from 0 to 2");
  await assertRejects(() => loose(brighter, batch, undefined, { count: NaN }), RangeError, "a whole number");
  await assertRejects(() => loose(brighter, batch, undefined, null), TypeError, "an object of options");
  const mistaken = { images: pair, target: labelsOf(1, 0) };
  await assertRejects(() => loose(brighter, batch, mistaken), RangeError, 'did you mean "targets"?');
});

Deno.test("judge() refuses bytes, and NaN and infinity in images as they are", async () => {
  const labels = labelsOf(0, 1);
  await assertRejects(() => judge(brighter, { images: pair.mul(255), labels }), RangeError, "divide by 255");
  for (const torn of [nan, Infinity, none]) {
    const images: Images = tf.where(pair.greater(0.8), torn, pair);
    await assertRejects(() => judge(brighter, { images, labels }), RangeError, "NaN or infinity");
  }
  const cleaned = { images: pair.add<Images>(0.15), labels }; // 1.05 at most, as a cleaner may return it
  assertEquals((await judge(brighter, cleaned)).stands, [true, true]);
});

Deno.test("judge() refuses a victim whose rejects() is not one yes or no for each image", async () => {
  const batch = { images: pair, labels: labelsOf(0, 1) }, count = tf.memory().numTensors;
  const refusing = (rejects: unknown) => Object.assign((x: Images) => brighter(x), { rejects }) as Victim;
  const shapes: unknown[] = [
    tf.scalar(1),
    tf.ones([2, 1]),
    tf.ones([3]),
    [1, 0],
    Promise.resolve(1),
    undefined,
  ];
  for (const given of shapes) {
    const attempt = () => judge(refusing(() => given), batch);
    await assertRejects(attempt, TypeError, "a tensor [2], 1 where an image is refused");
    assertThrows(() => leadOf(refusing(() => given), pair, batch.labels), TypeError, "a tensor [2]");
  }
  for (const score of [0.5, nan, 2]) {
    const attempt = () => judge(refusing(() => tf.tensor1d([0, score])), batch);
    await assertRejects(attempt, RangeError, `gives ${score} for image 1`);
  }
  await assertRejects(() => judge(refusing(1), batch), RangeError, "a function is wanted");
  tf.dispose(shapes.filter((given) => given instanceof tf.Tensor));
  tf.dispose([batch.labels]);
  assertEquals(tf.memory().numTensors, count - 1);
});
