// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
import { assert, assertEquals, assertLess } from "@std/assert";
import { crossEntropy } from "@gcln/kit/losses";
import {
  backendName,
  batchNormTraining,
  gradientAt,
  type Logits,
  normal,
  tf,
  useBackend,
  valueAndGradients,
} from "@gcln/kit/tensor";
import { BFLOAT16 } from "../../lib/engines/tensorflow/graph.ts";
import { inBfloat16 } from "../../lib/engines/tensorflow/in_bfloat16.ts";
import { inParts } from "../../lib/engines/tensorflow/in_parts.ts";
import { record } from "../../lib/engines/tensorflow/record.ts";
import { session } from "../../lib/engines/tensorflow/session.ts";

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
  "columns that are the same for all rows, gathered row by row": [
    (x) => tf.gather(x, columns(1), 1, 1),
    images(1, 5),
  ],
  "columns that are an input, gathered row by row": [
    (x, columns) => tf.gather(x, columns, 1, 1),
    images(1, 5),
    columns(2),
  ],
  "columns gathered from a table row by row": [
    (y) => tf.gather(tf.range(0, BATCH * 5).reshape([BATCH, 5]), y, 1, 1),
    columns(2),
  ],
  "channels of each row of each image": [
    (x) => tf.gather(x, tf.tensor(new Int32Array(BATCH * 6).fill(2), [BATCH, 6, 1], "int32"), 3, 2),
    images(),
  ],
  "a gate of one half of the columns by the other": [
    (x) => {
      const [value, gate] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
      return value.mul(gate.sigmoid());
    },
    images(1, 6),
  ],
  "parts of unequal sizes": [
    (x) => {
      const [a, b, c] = tf.split(x, [1, 3, 2], 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.concat([c, a.mul(2), b], 1);
    },
    images(),
  ],
  "rows of each image taken apart": [(x) => tf.stack(tf.unstack(x, 1).reverse(), 2), images()],
  "a constant choice for each image": [
    (x) => chosen(tf.range(0, BATCH).greater(4), x, x.neg()),
    images(),
  ],
  "a depthwise convolution and its gradient": [
    (x) =>
      gradientAt((x: tf.Tensor4D) => tf.depthwiseConv2d(x, kernel, 2, "same").square().sum() as tf.Scalar, x),
    images(),
  ],
  "a gradient of elu, and functions of one number": [
    (x) =>
      gradientAt((x: tf.Tensor) => x.elu().add(x.selu()).add(x.sinh()).add(x.asinh()).sum() as tf.Scalar, x),
    images(),
  ],
  "sizes that are left open behind the batch": [
    (x) => x.reshape([BATCH, -1, 9]).slice([0, 1], [-1, -1]),
    images(),
  ],
  "axes from the end": [
    (x) =>
      tf.concat([
        x.max(-1, true),
        x.expandDims(-2).squeeze([-2]).min(-2, true).tile([1, 1, 6, 1]).mean(-1, true),
      ], -1),
    images(),
  ],
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

/** One or two columns of five for each row. */
function columns(count: number): tf.Tensor {
  return tf.tensor2d(
    Int32Array.from({ length: BATCH * count }, (_, i) => 3 * i % 5),
    [BATCH, count],
    "int32",
  );
}

/** The kernel with one answer for each row, which `tf.where` broadcasts. */
function chosen(condition: tf.Tensor, t: tf.Tensor, e: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel("Select", { condition, t, e }) as tf.Tensor;
}

/** What needs other rows, too, and is put together from what the parts find out. */
const together: Readonly<Record<string, [Fn, ...tf.Tensor[]]>> = {
  "a mean of the batch": [(x) => x.sub(x.mean(0)), images()],
  "a mean of the batch, counted from the end": [(x) => x.sub(x.mean(-4)), images()],
  "a mean of everything": [(x) => x.mean(), images()],
  "a sum of everything": [(x) => x.mul(x.sum()), images()],
  "a batch norm in training": [(x) => normalised(x).output, shifted()],
  "a batch norm's mean": [(x) => normalised(x).mean, shifted()],
  "a batch norm's variance": [(x) => normalised(x).variance, shifted()],
  "a batch norm's gradient": [
    (x, y) => gradientAt((x: tf.Tensor4D) => normalised(x).output.mul(y).sum() as tf.Scalar, x),
    shifted(),
    images(3),
  ],
  "the gradient of a batch norm's scale": [
    (x, y, scale) =>
      gradientAt((scale: tf.Tensor1D) => normalised(x, scale).output.mul(y).sum() as tf.Scalar, scale),
    shifted(),
    images(3),
    tf.tensor1d([1, -2, 3]),
  ],
  "the gradient of a batch norm's offset": [
    (x, y, offset) =>
      gradientAt(
        (offset: tf.Tensor1D) => normalised(x, undefined, offset).output.mul(y).sum() as tf.Scalar,
        offset,
      ),
    shifted(),
    images(3),
    tf.tensor1d([1, -2, 3]),
  ],
  "the gradient of a filter": [
    (x, w) => gradientAt((w: tf.Tensor4D) => tf.conv2d(x, w, 1, "same").square().sum() as tf.Scalar, w),
    images(),
    normal([3, 3, 3, 12], 0, 1, 2),
  ],
  "the gradient of a matrix": [
    (x, w) => gradientAt((w: tf.Tensor2D) => tf.matMul(x, w).square().sum() as tf.Scalar, w),
    images(1, 5),
    normal([5, 12], 0, 1, 2),
  ],
  "a sum of everything that keeps its axes": [(x) => x.sub(x.mean([0, 1, 2, 3], true)), images()],
  "a sum over more rows than images": [
    (x) => x.reshape([BATCH * 6, 18]).sum(0).add(x.reshape([-1, 18]).mean(-2)),
    images(),
  ],
  "the gradient of a depthwise filter": [
    (x, w) =>
      gradientAt((w: tf.Tensor4D) => tf.depthwiseConv2d(x, w, 2, "same").square().sum() as tf.Scalar, w),
    images(),
    kernel,
  ],
  "a product of the turned batch with a constant": [
    (x) => tf.matMul(x, normal([BATCH, 7], 0, 1, 1), true),
    images(1, 5),
  ],
  "the gradient of a 1 × 1 filter with a stride": [
    (x, w) => gradientAt((w: tf.Tensor4D) => tf.conv2d(x, w, [2, 3], "same").square().sum() as tf.Scalar, w),
    images(),
    normal([1, 1, 3, 4], 0, 1, 2),
  ],
  "an input as long as the batch that is none": [
    (x, c) => x.add(c),
    images(1, 3, 12),
    images(1, 1).reshape([-1]),
  ],
  "statistics as long as the batch": [(x) => tf.moments(x, [0]).mean.mul(x), images(1, 12)],
};

/** What the parts of are put together for. */
const joined: Readonly<Record<string, [Fn, ...tf.Tensor[]]>> = {
  "the largest of the batch": [(x) => x.sub(x.max(0)), images()],
  "a softmax over the batch": [(x) => tf.softmax(x), images(1, 1).reshape([-1])],
  "a product of the batch with itself": [(x) => tf.matMul(x, x, false, true), images(1, 5)],
  "a product with rows and columns turned, twice": [
    (x) => tf.matMul(x, normal([7, BATCH], 0, 1, 1), true, true),
    images(1, 12),
  ],
  "an axis that changes places with the batch": [(x) => x.transpose([1, 0]), images(1, 12)],
  "neighbours": [(x) => x.sub(tf.concat([x.slice(1), x.slice(0, 1)])), images()],
  "the batch in another order": [(x) => x.reverse(0), images()],
  "images chosen from the batch": [
    (x) => x.gather(tf.tensor1d(Array.from({ length: BATCH }, (_, i) => 5 * i % BATCH), "int32")),
    images(),
  ],
  "the batch taken apart": [
    (x) => {
      const [head, rest] = tf.split(x, [4, 8]) as [tf.Tensor, tf.Tensor];
      return tf.concat([rest, head]);
    },
    images(1, 4),
  ],
  "a batch of matrices in front of which a 1 stands": [
    (x) => tf.matMul(x.expandDims(0), normal([1, 5, 3], 0, 1, 2)).squeeze([0]),
    images(1, 5),
  ],
  "a stack in front of the batch": [(x) => tf.stack(Array(12).fill(x)), images()],
  "a padded batch": [(x) => tf.pad(x, [[0, BATCH], [0, 0]]), images(1, 4)],
  "copies of the batch": [(x) => x.tile([2, 1]), images(1, 4)],
  "a count of the batch's right answers": [(x) => x.greater(0).cast("int32").sum(0), images(1, 5)],
};

/** Images whose mean is far from 0, and whose parts have other means than the whole. */
function shifted(): tf.Tensor {
  return images().add(tf.range(0, BATCH).reshape([BATCH, 1, 1, 1])).add(10);
}

function normalised(x: tf.Tensor4D, scale = tf.tensor1d([1, 2, -3]), offset = tf.tensor1d([1, 2, 3])) {
  return batchNormTraining(x, scale, offset);
}

async function farthest(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  return (await a.sub(b).abs().max().data())[0]!;
}

/** That a function gives the same in parts, of which some are larger than others. */
async function checkCut(fn: Fn, inputs: readonly tf.Tensor[], few?: number): Promise<void> {
  const graph = record((...x) => [fn(...x)], inputs), expected = fn(...inputs);
  const size = Math.max(1, (await expected.cast("float32").abs().max().data())[0]!);
  for (const parts of [2, 5, BATCH]) {
    const cut = inParts(graph, parts, few);
    assert(cut !== undefined);
    const run = session(cut, "one"), [actual] = run(...inputs) as [tf.Tensor];
    assertEquals([actual.shape, actual.dtype], [expected.shape, expected.dtype]);
    assertLess(await farthest(actual, expected), 1e-5 * size);
    run.dispose();
  }
}

for (const [what, [fn, ...inputs]] of Object.entries({ ...byRow, ...together })) {
  Deno.test(`inParts() cuts ${what}`, { ignore }, () => checkCut(fn, inputs, 0));
}

for (const [what, [fn, ...inputs]] of Object.entries(joined)) {
  Deno.test(`inParts() puts the parts together for ${what}, if they are small`, { ignore }, async () => {
    assertEquals(inParts(record((...x) => [fn(...x)], inputs), 2, 0), undefined);
    await checkCut(fn, inputs);
  });
}

Deno.test("A step of training is the same in parts, whatever the shapes", { ignore }, async () => {
  const random = (seed: number, low: number, high: number) =>
    low + Math.floor(uniforms[seed]! * (high - low));
  const uniforms = await tf.randomUniform([160], 0, 1, "float32", 5).data();
  for (let i = 0; i < 160; i += 8) {
    const [n, h, w, channels, inner, classes, parts, stride] = [
      random(i, 3, 20),
      random(i + 1, 3, 12),
      random(i + 2, 3, 12),
      random(i + 3, 1, 4),
      random(i + 4, 1, 20),
      random(i + 5, 2, 12),
      random(i + 6, 2, 7),
      random(i + 7, 1, 3),
    ] as [number, number, number, number, number, number, number, number];
    const weights = {
      filter: normal<tf.Rank.R4>([3, 3, channels, inner], 0, 0.3, i),
      deeper: normal<tf.Rank.R4>([3, 3, inner, inner], 0, 0.3, i + 1),
      scale: normal<tf.Rank.R1>([inner], 1, 0.3, i + 2),
      offset: normal<tf.Rank.R1>([inner], 0, 0.3, i + 3),
      matrix: normal<tf.Rank.R2>([inner, classes], 0, 0.3, i + 4),
    };
    const labels = tf.tensor1d(Array.from({ length: n }, (_, i) => i % classes), "int32");
    const inputs = [normal([n, h, w, channels], 0.5, 1, i + 5), labels, ...Object.values(weights)];
    const step = (...inputs: tf.Tensor[]): tf.Tensor[] => {
      const [x, y, filter, deeper, scale, offset, matrix] = inputs as any[];
      const { value, gradients } = valueAndGradients(({ filter, deeper, scale, offset, matrix }: any) => {
        const norm = (x: tf.Tensor4D) => batchNormTraining(x, scale, offset).output;
        const first = norm(tf.conv2d(x, filter, stride, "same")).relu();
        const second = norm(tf.conv2d(first as tf.Tensor4D, deeper, 1, "same")).add(first).relu();
        const logits = tf.matMul(second.mean([1, 2]) as tf.Tensor2D, matrix);
        return { loss: crossEntropy(logits as Logits, y).mean() as tf.Scalar, aux: {} };
      }, { filter, deeper, scale, offset, matrix });
      return [value, ...Object.values(gradients)];
    };
    const cut = inParts(record(step, inputs), Math.min(n, parts), 0)!, run = session(cut, "one");
    const actual = run(...inputs), expected = step(...inputs);
    for (const [j, tensor] of actual.entries()) {
      const size = Math.max(1e-2, (await expected[j]!.abs().max().data())[0]!);
      assertLess(await farthest(tensor, expected[j]!), 1e-4 * size, `output ${j} of case ${i / 8}`);
    }
    run.dispose();
  }
});

Deno.test("A step of training in parts may be in bfloat16", { ignore }, async () => {
  const x = shifted(), filter = normal<tf.Rank.R4>([3, 3, 3, 3], 0, 0.3, 1);
  const gradient = (x: tf.Tensor, filter: tf.Tensor) => [
    gradientAt(
      (filter: tf.Tensor4D) =>
        normalised(tf.conv2d(x as tf.Tensor4D, filter, 1, "same")).output.relu().mean() as tf.Scalar,
      filter as tf.Tensor4D,
    ),
  ];
  const graph = inBfloat16(inParts(record(gradient as any, [x, filter]), 2, 0)!);
  assert(graph.some(({ op, attributes: { T } }) => op === "FusedBatchNormGradV3" && T!.value === BFLOAT16));
  const run = session(graph, "one"), [actual] = run(x, filter) as [tf.Tensor];
  const [expected] = gradient(x, filter) as [tf.Tensor];
  const size = (await expected.abs().max().data())[0]!;
  assertLess(await farthest(actual, expected), 0.1 * size);
  run.dispose();
});

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
