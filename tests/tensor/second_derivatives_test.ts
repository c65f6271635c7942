import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { crossEntropy } from "@gcln/kit/losses";
import {
  batchNormTraining,
  compile,
  fold,
  gradientAt,
  type Logits,
  normal,
  permutation,
  straightThrough,
  tf,
  useBackend,
  valueAndGradients,
  withGradients,
} from "@gcln/kit/tensor";
import { composedBatchNorm } from "../../lib/tensor/batch_norm.ts";
import { present } from "./_backends.ts";

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor;
type Shape = [number, number, number, number];

/** `cpu` is TensorFlow.js without an engine of the kit. */
const backends = ["cpu", ...await present("tensorflow", "wasm")] as const;
const on = async (backend: typeof backends[number]) => {
  if (backend !== "cpu") await useBackend(backend);
  await tf.setBackend(backend);
};

const draw = (seed: number, ...shape: number[]): tf.Tensor => normal(shape as Shape, 0.1, 1, seed);
/** Numbers 0.02 apart, so that a small step leaves their order and their signs. */
const apart = (...shape: number[]): tf.Tensor => {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor([...permutation(size, 5)].map((i) => (i - size / 2 + 0.5) / 50), shape);
};
const labels = () => tf.tensor1d([0, 2, 1, 1], "int32");

/** What is differentiated twice, and at which inputs. */
const cases: Readonly<Record<string, () => [Fn, ...tf.Tensor[]]>> = {
  "ReLU": () => [(x) => x.relu().pow(3), apart(4, 5)],
  "ReLU6": () => [(x) => x.mul(37.5).relu6().pow(2), apart(4, 5)],
  "leaky ReLU": () => [(x) => x.leakyRelu(0.2).square(), apart(4, 5)],
  "PReLU": () => [(x, a) => x.prelu(a).square(), apart(4, 5), draw(1, 5)],
  "ELU": () => [(x) => x.elu().square(), apart(4, 5)],
  "SELU": () => [(x) => x.selu(), apart(4, 5)],
  "softplus": () => [(x) => x.softplus(), draw(1, 3, 5)],
  "swish": () => [(x) => x.mul(x.sigmoid()), draw(1, 3, 5)],
  "tanh": () => [(x) => x.tanh(), draw(1, 3, 5)],
  "exp and log": () => [(x) => x.exp().add(1).log(), draw(1, 3, 5)],
  "a root": () => [(x) => x.square().sum(1).sqrt(), draw(1, 3, 5)],
  "a clip": () => [(x) => x.clipByValue(-0.1, 0.1).square(), apart(4, 5)],
  "a maximum of two": () => [(a, b) => a.maximum(b).square(), apart(4, 5), apart(4, 5).neg().add(0.01)],
  "a maximum along an axis": () => [(x) => x.max(1).square(), apart(4, 5)],
  "softmax": () => [(x) => x.softmax().square(), draw(1, 4, 5)],
  "the logarithm of softmax": () => [(x) => x.logSoftmax().square(), draw(1, 4, 5)],
  "logSumExp": () => [(x) => x.logSumExp(1), draw(1, 4, 5)],
  "the kit's cross-entropy": () => [(x) => crossEntropy(x as Logits, labels()), draw(1, 4, 5)],
  "TensorFlow.js's cross-entropy": () => [
    (x) => tf.losses.softmaxCrossEntropy(tf.oneHot(labels(), 5), x),
    draw(1, 4, 5),
  ],
  "a product of matrices": () => [(a, b) => tf.matMul(a, b).tanh(), draw(1, 4, 3), draw(2, 3, 5)],
  "a convolution": () => [
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same").square(),
    draw(1, 2, 6, 6, 3),
    draw(2, 3, 3, 3, 8),
  ],
  "a convolution of stride 2": () => [
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same").square(),
    draw(1, 2, 7, 6, 3),
    draw(2, 3, 3, 3, 4),
  ],
  "a transposed convolution": () => [
    (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 6, 6, 4], 2, "same").square(),
    draw(1, 2, 3, 3, 3),
    draw(2, 2, 2, 4, 3),
  ],
  "a depthwise convolution": () => [
    (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same").square(),
    draw(1, 2, 6, 6, 3),
    draw(2, 3, 3, 3, 2),
  ],
  "a pool of maxima": () => [(x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid").square(), apart(2, 6, 6, 3)],
  "a pool of maxima in windows that overlap": () => [
    (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, "same").square(),
    apart(2, 6, 6, 3),
  ],
  "a pool of averages": () => [
    (x) => tf.avgPool(x.square() as tf.Tensor4D, 3, 1, "valid").square(),
    draw(1, 2, 6, 6, 3),
  ],
  "a larger image": () => [
    (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [9, 12]).square(),
    draw(1, 2, 6, 6, 3),
  ],
  "an image of twice the size": () => [
    (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [12, 12]).square(),
    draw(1, 2, 6, 6, 3),
  ],
  "a batch norm by the batch's statistics": () => [
    (x, scale, offset) =>
      batchNormTraining(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D).output.square(),
    draw(1, 2, 4, 5, 3),
    draw(2, 3),
    draw(3, 3),
  ],
  "a composed batch norm": () => [
    (x, scale, offset) =>
      composedBatchNorm(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D, 1e-5).output.square(),
    draw(1, 2, 4, 5, 3),
    draw(2, 3),
    draw(3, 3),
  ],
  "a batch norm by given statistics": () => [
    (x, mean, variance, offset, scale) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance.square().add(1) as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
      ).square(),
    ...[draw(1, 2, 4, 4, 3), draw(2, 3), draw(3, 3), draw(4, 3), draw(5, 3)],
  ],
  "a residual block": () => [
    (x, w) => {
      const convolved = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
      const normed = (x: tf.Tensor4D) => batchNormTraining(x, tf.ones([3]), tf.fill([3], 4)).output;
      return normed(convolved(normed(convolved(x)).relu())).add(x).relu().mean([1, 2]).square();
    },
    draw(1, 2, 4, 4, 3),
    draw(2, 3, 3, 3, 3),
  ],
};

/** Gradients by all inputs. */
const gradientsOf = (fn: Fn, inputs: tf.Tensor[]): tf.Tensor[] => {
  const weights = draw(99, ...tf.tidy(() => fn(...inputs).shape));
  return tf.grads((...inputs: tf.Tensor[]) => fn(...inputs).mul(weights).sum())(inputs);
};

/** The second derivative along a direction for each input. */
const curvatureOf = (fn: Fn, inputs: tf.Tensor[], ways: tf.Tensor[]): tf.Tensor[] =>
  tf.grads((...inputs: tf.Tensor[]) => tf.addN(gradientsOf(fn, inputs).map((g, i) => g.mul(ways[i]!).sum())))(
    inputs,
  );

const STEP = 2e-3;

for (const backend of backends) {
  for (const [name, make] of Object.entries(cases)) {
    Deno.test(`The second derivative of ${name} on ${backend} is the slope of the first, compiled as well`, async () => {
      await on(backend);
      const [fn, ...inputs] = make();
      const ways = inputs.map(({ shape }, i) => draw(fold(50, i), ...shape));
      const moved = (by: number) => gradientsOf(fn, inputs.map((x, i) => x.add(ways[i]!.mul(by))));
      const above = moved(STEP), below = moved(-STEP);
      const compiled = compile((...inputs) => curvatureOf(fn, inputs, ways), inputs);
      for (const found of [curvatureOf(fn, inputs, ways), compiled(...inputs)]) {
        for (const [i, second] of found.entries()) {
          const expected = above[i]!.sub(below[i]!).div(2 * STEP);
          const far = second.sub(expected).abs().max(), largest = expected.abs().max();
          assertLess((await far.data())[0]! / (await largest.data())[0]!, 3e-3, `by input ${i}`);
        }
      }
      compiled.dispose();
    });
  }

  Deno.test(`The second derivative of relu(x)³ on ${backend} is 6x where x is positive, and of relu(x)⁴ the third is 24x`, async () => {
    await on(backend);
    const x = tf.tensor1d([-1, 2, 3]);
    const derived = (f: Fn): Fn => (x) => tf.grad((x: tf.Tensor) => f(x).sum())(x);
    assertEquals([...await derived(derived((x) => x.relu().pow(3)))(x).data()], [0, 12, 18]);
    const third = await derived(derived(derived((x) => x.relu().pow(4))))(x).data();
    for (const [i, expected] of [0, 48, 72].entries()) assertLess(Math.abs(third[i]! - expected), 1e-3);
  });

  Deno.test(`What a gradient on ${backend} depends on by steps alone has the gradient 0, and what it does not depend on none`, async () => {
    await on(backend);
    const x = tf.tensor1d([-1, 2, 3]), sum = (f: Fn) => (x: tf.Tensor) => f(x).sum() as tf.Scalar;
    const second = gradientAt((x: tf.Tensor) => gradientAt(sum((x) => x.relu()), x).sum() as tf.Scalar, x);
    assertEquals([...await second.data()], [0, 0, 0]);
    const image = draw(1, 1, 4, 4, 2);
    const { gradients } = valueAndGradients(({ w, b }) => {
      const score = sum((x) =>
        tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same").add(b!).leakyRelu(0.2)
      );
      return { loss: gradientAt(score, image).square().sum() as tf.Scalar, aux: {} };
    }, { w: draw(2, 3, 3, 2, 2), b: draw(3, 2) });
    assertEquals([...await gradients.b!.data()], [0, 0]);
    assert((await gradients.w!.abs().min().data())[0]! > 0);
    const apart = (x: tf.Tensor) =>
      gradientAt(sum((z) => z.relu()), tf.ones([2])).sum().mul(x.size) as tf.Scalar;
    assertThrows(() => gradientAt(apart, x), TypeError, "Cannot take a gradient of a function");
  });

  Deno.test(`A hundred gradient penalties on ${backend} leave no tensor behind, nor does one that fails`, async () => {
    await on(backend);
    const w = draw(1, 3, 3, 2, 8), x = draw(2, 2, 5, 5, 2), scale = tf.ones<tf.Rank.R1>([8]);
    const score = (x: tf.Tensor, w: tf.Tensor) => {
      const low = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
      return tf.maxPool(
        batchNormTraining(low, scale, scale).output.leakyRelu<tf.Tensor4D>(0.2),
        2,
        2,
        "valid",
      ).tanh()
        .sum() as tf.Scalar;
    };
    const penalty = (w: tf.Tensor) =>
      gradientAt((x: tf.Tensor) => score(x, w), x).square().sum([1, 2, 3]).sqrt().sub(1).square()
        .mean() as tf.Scalar;
    const before = tf.memory().numTensors;
    for (let i = 0; i < 100; i++) {
      const { value, gradients } = valueAndGradients(({ w }) => ({ loss: penalty(w!), aux: {} }), { w });
      tf.dispose([value, gradients.w!]);
    }
    assertEquals(tf.memory().numTensors, before);
    const first = await tf.tidy(() => gradientAt(penalty, w)).data();
    const fails = (w: tf.Tensor) => {
      gradientAt((x: tf.Tensor) => score(x, w).add(tf.localResponseNormalization(x as tf.Tensor4D).sum()), x);
      return gradientAt((x: tf.Tensor): tf.Scalar => {
        score(x, w);
        throw new Error("out of luck");
      }, x).sum() as tf.Scalar;
    };
    const left = tf.memory().numTensors;
    assertThrows(() => gradientAt(fails, w), Error, "out of luck");
    assertEquals(tf.memory().numTensors, left);
    assertEquals(await tf.tidy(() => gradientAt(penalty, w)).data(), first);
  });
}

Deno.test("Gradients within gradients within a tidy keep what they need and nothing more", async () => {
  await on("cpu");
  const x = tf.tensor1d([0.5, -0.25]), before = tf.memory().numTensors;
  const slope = tf.tidy(() =>
    tf.grad((x: tf.Tensor) =>
      tf.tidy(() => tf.grad((x: tf.Tensor) => tf.tidy(() => x.exp().mul(x).sum()))(x)).sum()
    )(x)
  );
  assertEquals(tf.memory().numTensors, before + 1); // (x + 2) exp x
  const found = await slope.data();
  for (const [i, at] of [0.5, -0.25].entries()) {
    assertLess(Math.abs(found[i]! - (at + 2) * Math.exp(at)), 1e-5);
  }
});

Deno.test("A gradient that can't be differentiated is named by its layer", async () => {
  await on("cpu");
  const sharp = (x: tf.Tensor) => tf.localResponseNormalization(x as tf.Tensor4D).sum() as tf.Scalar;
  assertThrows(
    () =>
      gradientAt((x: tf.Tensor) => gradientAt(sharp, x).square().sum() as tf.Scalar, tf.ones([1, 2, 2, 3])),
    TypeError,
    "Cannot take a gradient of the gradient of LRN",
  );
});

Deno.test("A comparison has no gradient within a gradient either: only those of gradients are constants", async () => {
  await on("cpu");
  const above = (x: tf.Tensor) => x.mul(x.greater(0).cast("float32")).sum() as tf.Scalar;
  const twice = (x: tf.Tensor) => gradientAt(above, x).sum() as tf.Scalar;
  assertThrows(
    () => gradientAt(twice, tf.tensor1d([1])),
    TypeError,
    "Cannot take a gradient through Greater",
  );
});

Deno.test("A custom gradient is differentiated with what it saved: inputs, its value, and what it computed inside", async () => {
  await on("cpu");
  const x = tf.tensor1d([0.5, 2]);
  const cube = (saved: "input" | "value" | "inside") =>
    tf.customGrad((x: tf.Tensor | tf.GradSaveFunc, save: unknown) => {
      const given = x as tf.Tensor, square = given.square(), value = given.pow(3);
      (save as tf.GradSaveFunc)([{ input: given, value, inside: square }[saved]]);
      return {
        value,
        gradFunc: (dy: tf.Tensor, [kept]: tf.Tensor[]) => {
          const squared = { input: () => kept!.square(), value: () => kept!.pow(2 / 3), inside: () => kept! };
          return squared[saved]().mul(3).mul(dy);
        },
      };
    });
  for (const saved of ["input", "value", "inside"] as const) {
    const second = gradientAt(
      (x) => gradientAt((x) => cube(saved)(x).sum() as tf.Scalar, x).sum() as tf.Scalar,
      x,
    );
    for (const [i, at] of [0.5, 2].entries()) {
      assertLess(Math.abs((await second.data())[i]! - 6 * at), 1e-4, `of what is saved: ${saved}`);
    }
  }
});

Deno.test("A second derivative differentiates what a rule for gradients computed", async () => {
  await on("cpu");
  const x = tf.tensor1d([0.2, 0.7]);
  const second = (f: Fn) =>
    gradientAt((x) => gradientAt((x) => f(x).sum() as tf.Scalar, x).sum() as tf.Scalar, x);
  const rounded = withGradients({ Round: "identity" }, () => second((x) => x.mul(2).round().square()));
  assertEquals([...await rounded.data()], [8, 8]);
  const smooth = await second((x) => withGradients({ Round: "smooth" }, () => x.round())).data(); // slope 1 − cos 2πx
  for (const [i, at] of [0.2, 0.7].entries()) {
    assertLess(Math.abs(smooth[i]! - 2 * Math.PI * Math.sin(2 * Math.PI * at)), 1e-4);
  }
  const through = straightThrough((x: tf.Tensor) => x.round());
  assertEquals([...await second((x) => through(x).square()).data()], [2, 2]);
});

Deno.test("The cross-entropy's second derivative is 0, not NaN, where no other class is left", async () => {
  await on("cpu");
  const z = tf.tensor2d([[0, -Infinity], [-Infinity, 3], [800, -800]]), y = tf.tensor1d([0, 0, 1], "int32");
  const slope = (z: tf.Tensor) => gradientAt((z) => crossEntropy(z as Logits, y).sum() as tf.Scalar, z);
  const second = await gradientAt((z) => slope(z).square().sum() as tf.Scalar, z).data();
  assert(second.every((value) => value === 0), String(second));
});
