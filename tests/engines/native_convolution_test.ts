import { assertEquals, assertLess } from "@std/assert";
import { backendName, normal, tf, useBackend } from "@gcln/kit/tensor";
import "@tensorflow/tfjs-backend-cpu";
import { farthest } from "../tensor/_plain.ts";

await useBackend();

const ignore = backendName() !== "tensorflow";

type Padding = number | "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];

/** A convolution. */
interface Shape {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly strides: [number, number];
  readonly pad: Padding;
}

/** A convolution and both its gradients, for a sum in which every number counts by itself. */
function results({ x: of, filter: by, strides, pad }: Shape): Promise<Float32Array[]> {
  const made = tf.tidy(() => {
    const x = normal<tf.Rank.R4>(of, 0, 1, 1), filter = normal<tf.Rank.R4>(by, 0, 1, 2);
    const convolved = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(
        x as tf.Tensor4D,
        filter as tf.Tensor4D,
        strides,
        pad,
        "NHWC",
        1,
        typeof pad === "string" ? undefined : "floor",
      );
    const y = convolved(x, filter), weights = normal(y.shape, 0, 1, 3);
    const sum = (x: tf.Tensor, filter: tf.Tensor) => convolved(x, filter).mul(weights).sum() as tf.Scalar;
    return [y, ...tf.grads(sum)([x, filter])];
  });
  return Promise.all(made.map(async (tensor) => await tensor.data() as Float32Array));
}

async function compare(shape: Shape): Promise<void> {
  const actual = await results(shape);
  await tf.setBackend("cpu");
  const expected = await results(shape);
  await tf.setBackend("tensorflow");
  for (const [i, values] of expected.entries()) {
    assertLess(
      farthest(actual[i]!, values),
      1e-5,
      `${["output", "by x", "by the filter"][i]} of ${JSON.stringify(shape)}`,
    );
  }
}

Deno.test("A 1 × 1 convolution with any stride has the plain engine's gradients", { ignore }, async () => {
  for (const strides of [[2, 2], [3, 3], [1, 2], [2, 1], [4, 3]] as [number, number][]) {
    for (const [h, w] of [[16, 16], [7, 5], [1, 8]] as [number, number][]) {
      for (const [from, to] of [[1, 4], [3, 8], [11, 16], [16, 16], [17, 3]] as [number, number][]) {
        for (const pad of ["same", "valid"] as const) {
          await compare({ x: [3, h, w, from], filter: [1, 1, from, to], strides, pad });
        }
      }
    }
  }
});

Deno.test("A convolution pads by numbers, and so do its gradients", { ignore }, async () => {
  const x: Shape["x"] = [2, 7, 6, 3];
  for (const strides of [[1, 1], [2, 2], [1, 3]] as [number, number][]) {
    for (const filter of [[3, 3, 3, 4], [1, 1, 3, 4], [1, 3, 3, 2], [5, 5, 3, 2]] as Shape["filter"][]) {
      for (
        const pad of [1, [[0, 0], [1, 2], [0, 1], [0, 0]], [[0, 0], [0, 0], [2, 2], [0, 0]]] as Padding[]
      ) {
        await compare({ x, filter, strides, pad });
      }
    }
  }
});

Deno.test("A convolution whose sizes are rounded up has gradients of the right shapes", { ignore }, () => {
  const x = tf.range(0, 36).reshape<tf.Tensor4D>([1, 6, 6, 1]), filter = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
  const convolved = (x: tf.Tensor4D) => tf.conv2d(x, filter, 2, 1, "NHWC", 1, "ceil");
  assertEquals(convolved(x).shape, [1, 4, 4, 1]);
  const seen = tf.grad((x: tf.Tensor) => convolved(x as tf.Tensor4D).sum())(x).dataSync();
  // In each direction the odd pixels lie in two windows, the others in one.
  assertEquals([...seen], Array.from({ length: 36 }, (_, i) => (1 + Math.floor(i / 6) % 2) * (1 + i % 2)));
});

Deno.test("A convolution that pads by numbers leaves no tensor behind", { ignore }, async () => {
  const before = tf.memory().numTensors;
  await results({ x: [1, 4, 4, 2], filter: [1, 1, 2, 2], strides: [2, 2], pad: 1 });
  assertEquals(tf.memory().numTensors - before, 3);
});

/** Trains 1 × 1 filters with strides, in sizes at which oneDNN writes past its memory. */
const PROGRAM = `
import { compile, tf, useBackend } from "@gcln/kit/tensor";
await useBackend("tensorflow");
for (const strides of [[2, 2], [3, 3], [1, 2], [2, 1]]) {
  for (const [from, to] of [[11, 16], [3, 8], [1, 4], [5, 16]]) {
    const gradient = (x, filter) =>
      [tf.grad((filter) => tf.conv2d(x, filter, strides, "same").sum())(filter)];
    const x = tf.ones([3, 16, 16, from]), filter = tf.ones([1, 1, from, to]);
    const compiled = compile(gradient, [x, filter]);
    for (let i = 0; i < 40; i++) {
      for (const run of [gradient, compiled]) tf.tidy(() => run(x, filter)[0].dataSync());
    }
  }
}
console.log("survived");
Deno.exit(0);`;

Deno.test(
  "Filters of 1 × 1 with a stride are trained a thousand times in one process",
  { ignore },
  async () => {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", PROGRAM],
      stdout: "piped",
      stderr: "null",
    }).output();
    assertEquals([success, new TextDecoder().decode(stdout).trim()], [true, "survived"]);
  },
);
