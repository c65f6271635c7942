/** One memory under several shapes: what the wasm engine keeps of a tensor must not be taken for another. */
// deno-lint-ignore-file no-explicit-any -- tensors of any rank
import { tf, useBackend } from "@gcln/kit/tensor";
import { assertAlike, on, waves } from "./_like_cpu.ts";

await useBackend("wasm");

const image = (channels: number) => waves([2, 8, 8, channels], channels);

/** What a weight's memory is used for, one after the other. */
const uses: Readonly<Record<string, readonly [size: number, ...((memory: any) => tf.Tensor)[]]>> = {
  "a filter of 3 by 3, by Winograd": [
    1152,
    (w) => tf.conv2d(image(8), w.reshape([3, 3, 8, 16]), 1, "same"),
    (w) => tf.conv2d(image(16), w.reshape([3, 3, 16, 8]), 1, "same"),
    (w) => tf.conv2dTranspose(image(8), w.reshape([3, 3, 16, 8]), [2, 8, 8, 16], 1, "same"),
    (w) => tf.conv2dTranspose(image(16), w.reshape([3, 3, 8, 16]), [2, 8, 8, 8], 1, "same"),
    (w) => tf.conv2d(image(8), w.reshape([3, 3, 8, 16]), 2, "same"),
    (w) => tf.conv2d(image(32), w.reshape([3, 3, 32, 4]), 1, "same"),
  ],
  "a filter of few channels": [
    36,
    (w) => tf.conv2d(image(1), w.reshape([3, 3, 1, 4]), 1, "same"),
    (w) => tf.conv2d(image(4), w.reshape([3, 3, 4, 1]), 1, "same"),
    (w) => tf.conv2d(image(2), w.reshape([3, 3, 2, 2]), 1, "same"),
    (w) => tf.conv2d(image(3), w.reshape([3, 1, 3, 4]), 1, "same"),
    (w) => tf.conv2d(image(3), w.reshape([1, 3, 3, 4]), 1, "same"),
    (w) => tf.conv2d(image(6), w.reshape([1, 1, 6, 6]), 1, "same"),
    (w) => tf.conv2d(image(12), w.reshape([1, 1, 12, 3]), 1, "same"),
    (w) => tf.conv2dTranspose(image(4), w.reshape([3, 3, 1, 4]), [2, 16, 16, 1], 2, "same"),
    (w) => tf.conv2dTranspose(image(1), w.reshape([3, 3, 4, 1]), [2, 16, 16, 4], 2, "same"),
  ],
  "a bias": [
    6,
    ...[[6], [2, 3], [6, 1], [1, 6], [3, 2]].map((shape) => (b: any) =>
      waves(shape[1] === 1 ? [6, 5] : [4, ...shape], 1).add(b.reshape(shape))
    ),
    (b) => tf.fused.conv2d({ x: image(2), filter: waves([3, 3, 2, 6], 1), strides: 1, pad: "same", bias: b }),
    (b) => waves([4, 6], 1).sub(b),
    (b) => waves([4, 6, 3], 1).div(b.reshape([6, 1])),
  ],
  "the right matrix of a product": [
    24,
    ...[[4, 6], [6, 4], [3, 8], [12, 2], [2, 12], [1, 24], [24, 1]].flatMap(([rows, columns]) => [
      (w: any) => tf.matMul(waves([5, rows!], 1), w.reshape([rows!, columns!])),
      (w: any) => tf.matMul(waves([5, columns!], 1), w.reshape([rows!, columns!]), false, true),
      (w: any) => tf.matMul(w.reshape([rows!, columns!]), waves([columns!, 3], 1)),
    ]),
    (w) => tf.matMul(waves([2, 5, 3], 1), w.reshape([2, 3, 4])),
    (w) =>
      tf.fused.matMul({ a: waves([5, 6], 1), b: w.reshape([6, 4]), bias: waves([4], 2), activation: "relu" }),
    (w) =>
      tf.fused.matMul({ a: waves([5, 4], 1), b: w.reshape([4, 6]), bias: waves([6], 2), activation: "relu" }),
  ],
  "the slopes of a PReLU": [
    6,
    (a) => waves([4, 6], 1).prelu(a),
    (a) => waves([4, 2, 3], 1).prelu(a.reshape([2, 3])),
    (a) => waves([6, 3], 1).prelu(a.reshape([6, 1])),
    (a) => waves([4, 6, 2], 1).prelu(a.reshape([6, 1])),
  ],
  "a filter for each channel": [
    72,
    ...[[4, 2], [8, 1], [2, 4]].map(([inputs, more]) => (w: any) =>
      tf.depthwiseConv2d(image(inputs!), w.reshape([3, 3, inputs, more]), 1, "same")
    ),
    (w) => tf.conv2d(image(2), w.reshape([3, 3, 2, 4]), 1, "same", "NHWC", 2),
    (w) => tf.conv2d(image(4), w.reshape([3, 3, 4, 2]), 1, "same", "NHWC", 2),
  ],
};

for (const [name, [size, ...functions]] of Object.entries(uses)) {
  Deno.test(`${name} that is reshaped after use is another one on wasm`, async () => {
    const all = () => {
      const memory = waves<tf.Rank>([size], 7);
      // Once more, after what was kept of the others.
      return [...functions, ...functions].map((f) => f(memory));
    };
    assertAlike(await on("wasm", all), await on("cpu", all), name);
  });
}
