// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { compile, fold, gradientAt, random, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { farthest } from "../tensor/_plain.ts";

await useBackend("wasm");

/** Small whole numbers, so that what is below 0 in one order of sums is so in every other, see {@link network}. */
function whole(shape: number[], seed: number): tf.Tensor4D {
  return tf.tidy(() => uniform<tf.Rank.R4>(shape as [number, number, number, number], -2, 3, seed).floor());
}

/**
 * A residual network with batch norms folded, as attacks see it. A layer's biases are odd multiples of half of what its
 * sums are multiples of: nothing comes near the 0 of its ReLU.
 */
function network(seed: number, inputs: number): (x: tf.Tensor4D) => tf.Tensor4D {
  const next = random(seed), width = [4, 8, 16][Math.floor(next() * 3)]!;
  const constants: tf.Tensor[] = [];
  const kept = <T extends tf.Tensor>(tensor: T): T => {
    constants.push(tensor);
    return tensor;
  };
  const filter = (side: number, from: number, to: number) =>
    kept(whole([side, side, from, to], fold(seed, constants.length)));
  const bias = (layer: number, channels: number) =>
    kept(tf.tensor1d(Array.from({ length: channels }, () => (2 * Math.floor(4 * next()) - 3) * 2 ** -layer)));
  const layers: ((x: tf.Tensor4D) => tf.Tensor4D)[] = [];
  const first = filter(3, inputs, width), firstBias = bias(1, width);
  layers.push((x) => tf.conv2d(x, first, 1, "same").add(firstBias).relu());
  let channels = width;
  for (let block = 1; block <= 2; block++) {
    const halves = next() < 0.6, to = halves ? 2 * channels : channels;
    const [a, b] = [filter(3, channels, to), filter(3, to, to)],
      [c, d] = [bias(2 * block, to), bias(2 * block + 1, to)];
    const shortcut = halves ? filter(1, channels, to) : undefined;
    layers.push((x) => {
      const padded = halves ? tf.pad(x, [[0, 0], [1, x.shape[1] % 2], [1, x.shape[2] % 2], [0, 0]]) : x;
      const inner = tf.conv2d(padded, a, halves ? 2 : 1, halves ? "valid" : "same").add(c)
        .relu() as tf.Tensor4D;
      const past = shortcut ? tf.conv2d(tf.avgPool(x, 1, 2, "valid"), shortcut, 1, "valid") : x;
      return tf.conv2d(inner, b, 1, "same").add(d).add(past).relu();
    });
    channels = to;
  }
  return (x) => layers.reduce((value, layer) => layer(value), x);
}

/** What kernels run, one after the other. */
function kernelsOf(run: () => void): string[] {
  const kernels = tf.getKernelsForBackend("wasm") as { kernelName: string; kernelFunc: any }[];
  const originals = kernels.map(({ kernelFunc }) => kernelFunc), names: string[] = [];
  kernels.forEach((kernel, i) => {
    kernel.kernelFunc = (given: any) => {
      names.push(kernel.kernelName);
      return originals[i](given);
    };
  });
  try {
    run();
  } finally {
    kernels.forEach((kernel, i) => kernel.kernelFunc = originals[i]);
  }
  return names;
}

Deno.test("compiled networks on wasm and their gradients are the same as not compiled, in convolutions alone", async () => {
  const around = ["PadV2", "Slice", "AvgPool", "AvgPoolGrad", "Conv2D", "Conv2DBackpropInput"];
  for (let seed = 0; seed < 40; seed++) {
    const next = random(seed), side = 5 + Math.floor(next() * 12), n = 1 + Math.floor(next() * 3);
    const through = network(seed, 3),
      x = whole([n, side, side + 1, 3], 1),
      y = whole([n, side, side + 1, 3], 2);
    const f = (x: tf.Tensor) => [
      through(x as tf.Tensor4D),
      gradientAt(
        (x: tf.Tensor4D) => through(x).mul(through(x).sum(3, true)).mean().asScalar(),
        x as tf.Tensor4D,
      ),
    ];
    const compiled = compile((x) => f(x!), [x]);
    let actual: tf.Tensor[] = [];
    const names = kernelsOf(() => actual = compiled(y));
    const expected = f(y);
    assertEquals(names.filter((name) => around.includes(name)), [], `seed ${seed}`);
    for (const [i, tensor] of expected.entries()) {
      assertEquals(actual[i]!.shape, tensor.shape);
      assertLess(farthest(await actual[i]!.data(), await tensor.data()), 1e-5, `seed ${seed}, result ${i}`);
    }
    compiled.dispose();
    tf.dispose([actual, expected]);
  }
});

Deno.test("a compiled network of wide layers on wasm leaves no sum, ReLU or gradient of ReLU beside its convolutions", () => {
  const filter = whole([3, 3, 8, 8], 1), bias = tf.fill<tf.Rank.R1>([8], 0.5);
  const block = (x: tf.Tensor4D) => {
    const inner = tf.conv2d(x, filter, 1, "same").add(bias).relu() as tf.Tensor4D;
    return tf.conv2d(inner, filter, 1, "same").add(bias).add(x).relu() as tf.Tensor4D;
  };
  const x = whole([2, 8, 8, 8], 2);
  const f = (
    x: tf.Tensor,
  ) => [gradientAt((x: tf.Tensor4D) => block(block(x)).sum().asScalar(), x as tf.Tensor4D)];
  const compiled = compile((x) => f(x!), [x]);
  const count = (names: string[], name: string) => names.filter((found) => found === name).length;
  const plain = kernelsOf(() => tf.dispose(f(x))), fused = kernelsOf(() => tf.dispose(compiled(x)));
  assertEquals(["Conv2D", "Add", "Relu", "ReluGrad"].map((name) => count(plain, name)), [4, 8, 4, 4]);
  // The last gradient comes from the sum, the first sum of gradients goes to the images.
  assertEquals(["Add", "Relu", "ReluGrad"].map((name) => count(fused, name)), [0, 0, 1]);
  compiled.dispose();
});

Deno.test("compiled functions on wasm take kernels of lists, of several outputs, and of one memory in two shapes", async () => {
  const constant = tf.tensor1d([1, 2, 3]);
  const f = (x: tf.Tensor, y: tf.Tensor) => {
    const [a, b] = tf.split(tf.concat([x, y, x]), 2) as [tf.Tensor, tf.Tensor];
    const flat = a.reshape([-1]), sum = flat.add(a.reshape([-1])).reshape(a.shape).add(b);
    return [sum, x, constant, constant.mul(2), sum.reshape([-1]), y.cast("int32"), tf.zeros([2])];
  };
  const [x, y] = [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])];
  const compiled = compile((x, y) => f(x!, y!), [x, x]);
  for (const [first, second] of [[x, y], [y, x], [x, x]] as const) {
    const actual = compiled(first, second), expected = f(first, second);
    for (const [i, tensor] of expected.entries()) {
      assertEquals([actual[i]!.shape, actual[i]!.dtype], [tensor.shape, tensor.dtype]);
      assertEquals(await actual[i]!.data(), await tensor.data());
    }
    tf.dispose(actual);
  }
  assertEquals([...await constant.data(), ...await x.data()], [1, 2, 3, 1, 2, 3, 4]);
  assertThrows(() => compiled(x, constant), RangeError, "Compiled for input 1 of shape [2,2], got [3]");
  compiled.dispose();
});

Deno.test("a compiled function on wasm owns its constants until it is freed, and leaves nothing else", async () => {
  const x = tf.tensor1d([1, 2, 3]), before = tf.memory();
  const weights = tf.tensor1d([4, 5, 6]);
  const compiled = compile((x) => [x!.mul(weights).add(tf.tensor1d([1, 1, 1]).mul(2))], [x]);
  weights.dispose();
  const held = tf.memory().numDataBuffers;
  for (let i = 0; i < 5; i++) {
    const [result] = compiled(x);
    assertEquals([...await result!.data()], [6, 12, 20]);
    result!.dispose();
  }
  assertEquals(tf.memory().numDataBuffers, held);
  compiled.dispose();
  const { numTensors, numDataBuffers } = tf.memory();
  assertEquals([numTensors, numDataBuffers], [before.numTensors, before.numDataBuffers]);
});
