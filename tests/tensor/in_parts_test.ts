// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
import { assert, assertEquals, assertLess } from "@std/assert";
import { backendName, batchNormTraining, gradientAt, normal, tf, useBackend } from "@gcln/kit/tensor";
import { inParts } from "../../lib/tensor/backends/native_graph/in_parts.ts";
import { record } from "../../lib/tensor/backends/native_graph/record.ts";
import { session } from "../../lib/tensor/backends/native_graph/session.ts";

await useBackend();

/** The recorder is the native backend's. */
const ignore = backendName() !== "tensorflow";

const allowedCores = () => Deno.readTextFileSync("/proc/thread-self/status").match(/Cpus_allowed:.*/)![0];
const atFirst = ignore ? "" : allowedCores();

type Fn = (...inputs: any[]) => tf.Tensor;

const BATCH = 12;

function images(seed = 1, ...shape: number[]): tf.Tensor {
  return normal([BATCH, ...(shape.length > 0 ? shape : [6, 6, 3])] as [number, number], 0, 1, seed);
}

const kernel = normal<tf.Rank.R4>([3, 3, 3, 4], 0, 0.3, 7);

/** What each row of the result is computed from the same row of the inputs by. */
const byRow: Readonly<Record<string, [Fn, ...tf.Tensor[]]>> = {
  "a convolution with a bias and a ReLU": [
    (x) => tf.conv2d(x, kernel, 1, "same").add(tf.tensor1d([1, 2, 3, 4])).relu(),
    images(),
  ],
  "a shortcut": [
    (x) => tf.conv2d(x, kernel, 1, "same").relu().add(tf.conv2d(x, kernel, 1, "same")),
    images(),
  ],
  "the gradient of a sum of losses": [
    (x, y) =>
      gradientAt((x: tf.Tensor4D) => {
        const logits = tf.conv2d(x, kernel, 2, "same").relu().mean([1, 2]) as tf.Tensor2D;
        return tf.losses.softmaxCrossEntropy(tf.oneHot(y, 4), logits, undefined, 0, tf.Reduction.SUM);
      }, x),
    images(),
    tf.tensor1d(Array.from({ length: BATCH }, (_, i) => i % 4), "int32"),
  ],
  "the gradient through pools": [
    (x) =>
      gradientAt(
        (x: tf.Tensor4D) =>
          tf.avgPool(tf.maxPool(x, 2, 1, "same"), 2, 2, "valid").square().sum() as tf.Scalar,
        x,
      ),
    images(),
  ],
  "a reshape that makes more rows of an image": [
    (x) => x.reshape([BATCH * 4, 27]).matMul(normal([27, 5], 0, 1, 3)).reshape([BATCH, 20]),
    images(),
  ],
  "a reshape to as many rows as there are": [
    (x) => x.reshape([-1, 27]).sum(1).reshape([BATCH, -1]),
    images(),
  ],
  "a product of matrices, one of them shared": [
    (x) => tf.matMul(normal([1, 6, 6], 0, 1, 2), x.reshape([BATCH * 3, 6, 6])).reshape([BATCH, -1]),
    images(),
  ],
  "a product of a matrix for each row": [
    (a, b) => tf.matMul(a, b, false, true),
    images(1, 5, 4),
    images(2, 6, 4),
  ],
  "sums along an axis from the end": [(x) => x.sum([-1, -2]), images()],
  "argMax": [(x) => x.mean([1, 2]).argMax(1), images()],
  "softmax and its logarithm": [(x) => tf.softmax(x).add(tf.logSoftmax(x)), images(1, 5)],
  "one-hot labels": [(y) => tf.oneHot(y, 5), tf.tensor1d(new Int32Array(BATCH).fill(3), "int32")],
  "the largest two": [(x) => tf.topk(x, 2).values.add(tf.topk(x, 2).indices.cast("float32")), images(1, 7)],
  "padding of sides": [(x) => tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]), images()],
  "a slice of each image": [(x) => x.slice([0, 1, 2, 0], [-1, 3, 2, 3]), images()],
  "a concatenation of channels": [(x) => tf.concat([x, x.neg()], 3), images()],
  "a stack behind the batch": [(x) => tf.stack([x, x.neg()], 1), images()],
  "axes behind the batch that change places": [(x) => x.transpose([0, 3, 1, 2]), images()],
  "copies of columns": [(x) => x.tile([1, 3]), images(1, 4)],
  "rows of a table": [
    (y) => tf.tensor2d([[1, 2], [3, 4], [5, 6]]).gather(y),
    tf.tensor1d(Array.from({ length: BATCH }, (_, i) => i % 3), "int32"),
  ],
  "some channels": [(x) => x.gather(tf.tensor1d([2, 0], "int32"), 3), images()],
  "a number for each image": [(x, radius) => x.mul(radius.reshape([-1, 1, 1, 1])), images(), images(2, 1)],
  "a constant for each image": [(x) => x.mul(tf.range(0, BATCH).reshape([-1, 1, 1, 1])), images()],
  "a choice": [(x) => tf.where(x.greater(0), x.mul(2), tf.zerosLike(x)), images()],
  "a choice for each image": [
    (x, over) => tf.where(over.greater(0).reshape([-1, 1, 1, 1]), x, x.neg()),
    images(),
    images(2, 1).reshape([-1]),
  ],
  "a step that is clipped": [
    (x, g, low, high) => x.add(g.sign().mul(0.1)).minimum(high).maximum(low).clipByValue(0, 1),
    ...[1, 2, 3, 4].map((seed) => images(seed)),
  ],
  "a batch norm by running statistics": [
    (x) =>
      tf.batchNorm(
        x,
        tf.tensor1d([1, 2, 3]),
        tf.tensor1d([1, 2, 3]),
        tf.tensor1d([1, 2, 3]),
        tf.tensor1d([2, 2, 2]),
      ),
    images(),
  ],
  "an output that is an input": [(x) => x, images()],
};

/** What needs other rows, too. */
const byBatch: Readonly<Record<string, [Fn, ...tf.Tensor[]]>> = {
  "a mean of the batch": [(x) => x.sub(x.mean(0)), images()],
  "a mean of the batch, counted from the end": [(x) => x.sub(x.mean(-4)), images()],
  "a sum of everything": [(x) => x.mul(x.sum()), images()],
  "a batch norm in training": [
    (x) => batchNormTraining(x, tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 2, 3])).output,
    images(),
  ],
  "the gradient of weights": [
    (x, w) => gradientAt((w: tf.Tensor4D) => tf.conv2d(x, w, 1, "same").square().sum() as tf.Scalar, w),
    images(),
    normal([3, 3, 3, 12], 0, 1, 2),
  ],
  "a softmax over the batch": [(x) => tf.softmax(x), images(1, 1).reshape([-1])],
  "a product of the batch with itself": [(x) => tf.matMul(x, x, false, true), images(1, 5)],
  "a transposed product": [(x) => tf.matMul(x, normal([BATCH, 12], 0, 1, 1), true), images(1, 12)],
  "an axis that changes places with the batch": [(x) => x.transpose([1, 0]), images(1, 12)],
  "neighbours": [(x) => x.sub(tf.concat([x.slice(1), x.slice(0, 1)])), images()],
  "the batch in another order": [(x) => x.reverse(0), images()],
  "images chosen from the batch": [
    (x) => x.gather(tf.tensor1d(Array.from({ length: BATCH }, (_, i) => 5 * i % BATCH), "int32")),
    images(),
  ],
  "a stack in front of the batch": [(x) => tf.stack(Array(12).fill(x)), images()],
  "a padded batch": [(x) => tf.pad(x, [[0, BATCH], [0, 0]]), images(1, 4)],
  "copies of the batch": [(x) => x.tile([2, 1]), images(1, 4)],
  "an input as long as the batch that is none": [
    (x, c) => x.add(c),
    images(1, 3, 12),
    images(1, 1).reshape([-1]),
  ],
  "statistics as long as the batch": [(x) => tf.moments(x, [0]).mean.mul(x), images(1, 12)],
};

async function farthest(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  return (await a.sub(b).abs().max().data())[0]!;
}

for (const [what, [fn, ...inputs]] of Object.entries(byRow)) {
  Deno.test(`inParts() cuts ${what}`, { ignore }, async () => {
    const graph = record((...x) => [fn(...x)], inputs), expected = fn(...inputs);
    for (const parts of [2, 5, BATCH]) {
      const cut = inParts(graph, parts);
      assert(cut !== undefined);
      const run = session(cut, "one"), [actual] = run(...inputs) as [tf.Tensor];
      assertEquals([actual.shape, actual.dtype], [expected.shape, expected.dtype]);
      assertLess(await farthest(actual, expected), 1e-5);
      run.dispose();
    }
  });
}

for (const [what, [fn, ...inputs]] of Object.entries(byBatch)) {
  Deno.test(`inParts() does not cut ${what}`, { ignore }, () => {
    const graph = record((...x) => [fn(...x)], inputs);
    assertEquals(inParts(graph, 2), undefined);
  });
}

Deno.test("A batch that is smaller than the number of parts is not cut", { ignore }, () => {
  const graph = record((x) => [x!.neg()], [tf.zeros([3, 2])]);
  assertEquals(inParts(graph, 4), undefined);
});

Deno.test("A graph whose inputs are no batch is not cut", { ignore }, () => {
  assertEquals(inParts(record((x) => [x!.neg()], [tf.scalar(1)]), 2), undefined);
  assertEquals(inParts(record(() => [tf.scalar(1).neg()], []), 2), undefined);
});

Deno.test("A thread that has made a session for one core may run on all of them again", { ignore }, () => {
  session(record((x) => [x!.neg()], [tf.zeros([3])]), "one").dispose();
  assertEquals(allowedCores(), atFirst);
});
