/**
 * Trains a small network on one backend and prints `{ description, losses }`. Run in a process of its own, since the native
 * library and a software Vulkan both carry LLVM.
 *
 *     deno run -A tests/tensor/_train.ts wasm 10
 */
import {
  type BackendName,
  batchNormTraining,
  fold,
  normal,
  type Parameters,
  tf,
  uniform,
  useBackend,
  valueAndGradients,
} from "@gcln/kit/tensor";

const CLASSES = 4;

function init(seed: number): Parameters {
  const parameters: Record<string, tf.Tensor> = {};
  const layer = (name: string, shape: number[], inputs: number) => {
    const deviation = Math.sqrt(2 / inputs);
    parameters[`${name}.weight`] = normal<tf.Rank.R4>(
      shape as [number, number, number, number],
      0,
      deviation,
      fold(seed, name),
    );
  };
  for (
    const [name, shape] of [["conv1", [3, 3, 3, 8]], ["conv2", [3, 3, 8, 16]], ["skip", [
      1,
      1,
      8,
      16,
    ]]] as const
  ) {
    layer(name, [...shape], shape[0] * shape[1] * shape[2]);
    parameters[`${name}.scale`] = tf.ones([shape[3]]);
    parameters[`${name}.offset`] = tf.zeros([shape[3]]);
  }
  layer("dense", [16, CLASSES], 16);
  parameters["dense.bias"] = tf.zeros([CLASSES]);
  return parameters;
}

function logits(parameters: Parameters, images: tf.Tensor4D): tf.Tensor2D {
  const convolved = (name: string, x: tf.Tensor4D, stride: number) => {
    const sum = tf.conv2d(x, parameters[`${name}.weight`] as tf.Tensor4D, stride, "same");
    const [scale, offset] = ["scale", "offset"].map((part) => parameters[`${name}.${part}`]) as [
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    return batchNormTraining(sum, scale, offset).output;
  };
  const low = convolved("conv1", images, 1).relu<tf.Tensor4D>();
  const high = convolved("conv2", low, 2).add<tf.Tensor4D>(convolved("skip", low, 2)).relu<tf.Tensor4D>();
  const pooled = tf.maxPool(high, 2, 2, "same").mean<tf.Tensor2D>([1, 2]);
  return pooled.matMul(parameters["dense.weight"] as tf.Tensor2D).add(parameters["dense.bias"]!);
}

const [name, steps] = [Deno.args[0] as BackendName, Number(Deno.args[1])];
const { description } = await useBackend(name);
let parameters = init(1);
let momenta: Parameters = Object.fromEntries(
  Object.entries(parameters).map(([key, value]) => [key, tf.zerosLike(value)]),
);
const losses: number[] = [];
for (let step = 0; step < steps; step++) {
  const images = uniform<tf.Rank.R4>([8, 9, 9, 3], 0, 1, fold(1, "images", step));
  const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], "int32"), CLASSES);
  const { value, gradients } = valueAndGradients(
    (p) => ({ loss: tf.losses.softmaxCrossEntropy(labels, logits(p, images)) as tf.Scalar, aux: {} }),
    parameters,
  );
  momenta = Object.fromEntries(
    Object.entries(momenta).map(([key, m]) => [key, m.mul(0.9).add(gradients[key]!)]),
  );
  parameters = Object.fromEntries(
    Object.entries(parameters).map(([key, p]) => [key, p.sub(momenta[key]!.mul(0.05))]),
  );
  losses.push((await value.data())[0]!);
}
console.log(JSON.stringify({ description, losses }));
