/** What the functions of lib/tensor refuse where no TypeScript checks their arguments. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  batchNormTraining,
  bend,
  checkImages,
  compile,
  counted,
  fold,
  frozen,
  gradientAt,
  iterate,
  normal,
  permutation,
  random,
  straightThrough,
  taped,
  tf,
  uniform,
  useBackend,
  valueAndGradients,
  withGradients,
} from "@gcln/kit/tensor";

await useBackend();

// deno-lint-ignore no-explicit-any -- what a notebook may give
type Anything = any;

const given: Anything = { fold, random, permutation, uniform, normal, iterate, compile, frozen, bend, taped };

Deno.test("fold() and random() want a whole number as seed", () => {
  for (const seed of [0.5, NaN, Infinity, "1", undefined, null]) {
    assertThrows(() => given.fold(seed, "pgd"), RangeError, "a whole number is wanted");
    assertThrows(() => given.random(seed), RangeError, "a whole number is wanted");
  }
  for (const part of [undefined, NaN, {}, null]) {
    assertThrows(() => given.fold(1, part), RangeError, "a text or a number is wanted");
  }
});

Deno.test("permutation() wants a whole number of places", () => {
  for (const n of [-1, 2.5, NaN, "8"]) {
    assertThrows(() => given.permutation(n, 1), RangeError, "a whole number of at least 0 is wanted");
  }
});

Deno.test("uniform() and normal() want finite numbers, a shape, and seeds that are whole numbers", () => {
  for (const seed of [0.5, NaN, undefined, "1", [1, 0.5]]) {
    assertThrows(() => given.uniform([2, 3], 0, 1, seed), RangeError, "a whole number is wanted");
    assertThrows(() => given.normal([2, 3], 0, 1, seed), RangeError, "a whole number is wanted");
  }
  assertThrows(() => given.uniform([2], 0, Infinity, 1), RangeError, "Cannot use high Infinity");
  assertThrows(() => given.normal([2], NaN, 1, 1), RangeError, "Cannot use mean NaN");
  assertThrows(() => given.normal([2], 0, -1, 1), RangeError, "Cannot use deviation -1");
  for (const shape of [[-1], [2.5], 4, undefined]) {
    assertThrows(() => given.uniform(shape, 0, 1, 1), TypeError, "a list of whole numbers is wanted");
  }
});

Deno.test("iterate() wants a whole number of steps of at least 0, and a function", () => {
  const before = tf.memory().numTensors, start = tf.scalar(1);
  for (const steps of [-1, 2.5, NaN, Infinity, "3", undefined]) {
    assertThrows(() => given.iterate(start, steps, (x: Anything) => x), RangeError, "Cannot use steps");
  }
  assertThrows(() => given.iterate(start, 1, "step"), RangeError, "a function is wanted");
  start.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("compile() and frozen() name the option or the precision that was meant", () => {
  const brightness = (images: tf.Tensor4D) => images.mean<tf.Tensor2D>([1, 2]);
  const compiled = (options: Anything) => compile((x) => [x!], [tf.zeros([1])], options);
  for (const make of [compiled, (options: Anything) => frozen(brightness, options)]) {
    assertThrows(() => make({ precison: "bfloat16" }), RangeError, 'did you mean "precision"?');
    assertThrows(() => make({ precision: "bfloat" }), RangeError, 'did you mean "bfloat16"?');
    assertThrows(() => make("bfloat16"), TypeError, "an object of options is wanted");
  }
  assertThrows(() => given.compile("x", []), RangeError, "Cannot use fn");
  assertThrows(() => given.compile((x: Anything) => [x], [[1, 2]]), TypeError, "tensors are wanted");
});

Deno.test("what takes a function refuses everything else", () => {
  for (const none of [undefined, "resnet", {}, tf.scalar(1)] as Anything[]) {
    const takers: readonly (() => unknown)[] = [
      () => frozen(none),
      () => counted(none),
      () => bend(none, {}),
      () => straightThrough(none),
      () => gradientAt(none, tf.scalar(1)),
      () => valueAndGradients(none, {}),
      () => withGradients({}, none),
      () => taped(none),
    ];
    for (const take of takers) assertThrows(take, RangeError, "a function is wanted");
  }
  assertThrows(() => given.taped(() => {}, "inside"), RangeError, '"around" or "within" is wanted');
});

Deno.test("bend() refuses rules at once, not when the classifier is called", () => {
  const brightness = (images: tf.Tensor4D) => images.mean<tf.Tensor2D>([1, 2]);
  assertThrows(() => given.bend(brightness, { round: "identity" }), RangeError, 'did you mean "Round"?');
  assertThrows(() => given.bend(brightness, { Round: "identify" }), RangeError, 'did you mean "identity"?');
  assertThrows(
    () => given.bend(brightness, { Round: true }),
    RangeError,
    "No gradient of Round is called true",
  );
  assertThrows(() => given.bend(brightness, "identity"), RangeError, "an object of rules");
});

Deno.test("batchNormTraining() wants shapes that belong together and an epsilon of at least 0", () => {
  const x = tf.zeros<tf.Rank.R4>([2, 2, 2, 3]),
    three = tf.ones<tf.Rank.R1>([3]),
    two = tf.ones<tf.Rank.R1>([2]);
  assertThrows(() => batchNormTraining(x, two, three), TypeError, "as scale");
  assertThrows(() => batchNormTraining(x, three, two), TypeError, "as offset");
  assertThrows(
    () => batchNormTraining(tf.zeros([2, 3]) as Anything, three, three),
    TypeError,
    "[n, h, w, channels]",
  );
  assertThrows(() => batchNormTraining(x, three, three, -1), RangeError, "Cannot use epsilon -1");
  assertThrows(() => batchNormTraining(x, three, three, NaN), RangeError, "Cannot use epsilon NaN");
});

Deno.test("checkImages() says what it got", () => {
  checkImages("attack", tf.zeros([1, 2, 2, 1]));
  assertThrows(
    () => checkImages("attack", tf.zeros([2, 2, 1])),
    TypeError,
    "Cannot attack a tensor of shape [2,2,1]",
  );
  assertThrows(() => checkImages("attack", tf.zeros([1, 2, 2, 1], "int32")), TypeError, "in int32: images");
  assertThrows(() => checkImages("attack", undefined), TypeError, "Cannot attack undefined: images");
});

Deno.test("useBackend() refuses what is no name", async () => {
  for (const name of [5, {}, null] as Anything[]) {
    await assertRejects(() => useBackend(name), RangeError, "The backend is");
  }
});
