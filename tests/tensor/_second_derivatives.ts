/**
 * What networks are made of, twice differentiated. Run alone it prints the errors on one backend: the native library and a
 * software Vulkan do not go together in one process.
 *
 *     deno run -A tests/tensor/_second_derivatives.ts webgpu
 */
import { crossEntropy } from "@gcln/kit/losses";
import {
  type BackendName,
  batchNormTraining,
  compile,
  fold,
  type Logits,
  normal,
  permutation,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { composedBatchNorm } from "../../lib/tensor/batch_norm.ts";

export type Fn = (...inputs: tf.Tensor[]) => tf.Tensor;
type Shape = [number, number, number, number];

export const draw = (seed: number, ...shape: number[]): tf.Tensor => normal(shape as Shape, 0.1, 1, seed);
/** Numbers 0.02 apart, so that a small step leaves their order and their signs. */
const apart = (...shape: number[]): tf.Tensor => {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor([...permutation(size, 5)].map((i) => (i - size / 2 + 0.5) / 50), shape);
};
const labels = () => tf.tensor1d([0, 2, 1, 1], "int32");

/** What is differentiated twice, and at which inputs. */
export const cases: Readonly<Record<string, () => [Fn, ...tf.Tensor[]]>> = {
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

const STEP = 2e-3;

/** Gradients by all inputs. */
function gradientsOf(fn: Fn, inputs: tf.Tensor[]): tf.Tensor[] {
  const weights = draw(99, ...tf.tidy(() => fn(...inputs).shape));
  return tf.grads((...inputs: tf.Tensor[]) => fn(...inputs).mul(weights).sum())(inputs);
}

/**
 * How far the second derivative along a direction is from the difference of the first ones on both sides, as it is and in one
 * graph: for each input, relative to the largest.
 */
export async function errorsOf([fn, ...inputs]: readonly [Fn, ...tf.Tensor[]]): Promise<number[]> {
  const ways = inputs.map(({ shape }, i) => draw(fold(50, i), ...shape));
  const second = (...inputs: tf.Tensor[]): tf.Tensor[] =>
    tf.grads((...inputs: tf.Tensor[]) =>
      tf.addN(gradientsOf(fn, inputs).map((gradient, i) => gradient.mul(ways[i]!).sum()))
    )(inputs);
  const moved = (by: number) => gradientsOf(fn, inputs.map((x, i) => x.add(ways[i]!.mul(by))));
  const above = moved(STEP), below = moved(-STEP), compiled = compile(second, inputs);
  const errors = [...second(...inputs), ...compiled(...inputs)].map(async (found, i) => {
    const expected = above[i % inputs.length]!.sub(below[i % inputs.length]!).div(2 * STEP);
    const [[far], [largest]] = await Promise.all([
      found.sub(expected).abs().max().data(),
      expected.abs().max().data(),
    ]);
    return far! / largest!;
  });
  const found = await Promise.all(errors);
  compiled.dispose();
  return found;
}

if (import.meta.main) {
  await useBackend(Deno.args[0] as BackendName);
  const found: Record<string, number[]> = {};
  for (const [name, make] of Object.entries(cases)) found[name] = await errorsOf(make());
  console.log(JSON.stringify(found));
  Deno.exit(0);
}
