import { assertEquals, assertLess } from "@std/assert";
import { fold, normal, tf, useBackend } from "@gcln/kit/tensor";
import { present } from "../tensor/_backends.ts";
import { farthest } from "../tensor/_plain.ts";

/** Two backends, but wasm's kernels are ours. */
const backends = await present("tensorflow", "wasm");

interface Case {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: [number, number];
  readonly stride: number;
  readonly pad: "same" | "valid";
}

function* cases(): Generator<Case> {
  const sizes = [[1, 7, 5], [2, 4, 4], [3, 6, 9]] as const;
  const channels = [[1, 3], [3, 16], [16, 5]] as const;
  let i = 0;
  for (const kernel of [[1, 1], [2, 2], [3, 3], [1, 3], [5, 2]] as [number, number][]) {
    for (const stride of [1, 2, 3]) {
      for (const pad of ["same", "valid"] as const) {
        for (const [inputs, outputs] of channels) {
          const [n, height, width] = sizes[i++ % sizes.length]!;
          if (pad === "valid" && height < kernel[0]) continue;
          yield { n, height, width, inputs, outputs, kernel, stride, pad };
        }
      }
    }
  }
}

/** Calls `visit` with the places in x, in the filter and in y that a convolution multiplies and adds. */
function walk(
  { n, height, width, inputs, outputs, kernel, stride, pad }: Case,
  visit: (x: number, f: number, y: number) => void,
): number[] {
  const [kh, kw] = kernel;
  const size = (input: number, k: number) =>
    pad === "same" ? Math.ceil(input / stride) : Math.floor((input - k) / stride) + 1;
  const oh = size(height, kh), ow = size(width, kw);
  const before = (input: number, k: number, output: number) =>
    pad === "same" ? Math.floor(Math.max(0, (output - 1) * stride + k - input) / 2) : 0;
  const top = before(height, kh, oh), left = before(width, kw, ow);
  for (let b = 0; b < n; b++) {
    for (let i = 0; i < oh; i++) {
      for (let j = 0; j < ow; j++) {
        for (let r = 0; r < kh; r++) {
          for (let c = 0; c < kw; c++) {
            const row = i * stride + r - top, column = j * stride + c - left;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let k = 0; k < inputs; k++) {
              for (let o = 0; o < outputs; o++) {
                visit(
                  ((b * height + row) * width + column) * inputs + k,
                  ((r * kw + c) * inputs + k) * outputs + o,
                  ((b * oh + i) * ow + j) * outputs + o,
                );
              }
            }
          }
        }
      }
    }
  }
  return [n, oh, ow, outputs];
}

for (const backend of backends) {
  Deno.test(`conv2d on ${backend} has the values and both gradients of a plain loop`, async () => {
    await useBackend(backend);
    let seed = 0;
    for (const given of cases()) {
      const { n, height, width, inputs, outputs, kernel, stride, pad } = given;
      const x = normal<tf.Rank.R4>([n, height, width, inputs], 0, 1, fold(seed, "x"));
      const filter = normal<tf.Rank.R4>([...kernel, inputs, outputs], 0, 1, fold(seed, "filter"));
      const shape = walk(given, () => {}),
        dy = normal<tf.Rank.R4>(shape as [number, number, number, number], 0, 1, fold(seed++, "dy"));
      const [xs, fs, dys] = await Promise.all([x, filter, dy].map((tensor) => tensor.data()));
      const y = new Float64Array(dy.size),
        dx = new Float64Array(x.size),
        dFilter = new Float64Array(filter.size);
      walk(given, (i, f, o) => {
        y[o]! += xs![i]! * fs![f]!;
        dx[i]! += dys![o]! * fs![f]!;
        dFilter[f]! += dys![o]! * xs![i]!;
      });

      const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
      const gradients = tf.grads((x, filter) => convolve(x, filter).mul(dy).sum())([x, filter]);
      const message = JSON.stringify(given);
      assertEquals(convolve(x, filter).shape, shape, message);
      assertLess(farthest(await convolve(x, filter).data(), y), 2e-5, message);
      assertLess(farthest(await gradients[0]!.data(), dx), 2e-5, message);
      assertLess(farthest(await gradients[1]!.data(), dFilter), 2e-5, message);
    }
  });

  Deno.test(`conv2dTranspose on ${backend} has the values and both gradients of a plain loop`, async () => {
    await useBackend(backend);
    let seed = 1000;
    for (const given of cases()) {
      const { n, height, width, inputs, outputs, kernel, stride, pad } = given;
      if (stride > Math.min(...kernel)) continue; // there TensorFlow.js knows no transposed form
      const shape = [n, height, width, inputs] as [number, number, number, number];
      const y = normal<tf.Rank.R4>(walk(given, () => {}) as typeof shape, 0, 1, fold(seed, "y"));
      const filter = normal<tf.Rank.R4>([...kernel, inputs, outputs], 0, 1, fold(seed, "filter"));
      const dx = normal<tf.Rank.R4>(shape, 0, 1, fold(seed++, "dx"));
      const [ys, fs, dxs] = await Promise.all([y, filter, dx].map((tensor) => tensor.data()));
      const x = new Float64Array(dx.size),
        dy = new Float64Array(y.size),
        dFilter = new Float64Array(filter.size);
      walk(given, (i, f, o) => {
        x[i]! += ys![o]! * fs![f]!;
        dy[o]! += dxs![i]! * fs![f]!;
        dFilter[f]! += dxs![i]! * ys![o]!;
      });

      const spread = (y: tf.Tensor, filter: tf.Tensor) =>
        tf.conv2dTranspose(y as tf.Tensor4D, filter as tf.Tensor4D, shape, stride, pad);
      const gradients = tf.grads((y, filter) => spread(y, filter).mul(dx).sum())([y, filter]);
      const message = JSON.stringify(given);
      assertLess(farthest(await spread(y, filter).data(), x), 2e-5, message);
      assertLess(farthest(await gradients[0]!.data(), dy), 2e-5, message);
      assertLess(farthest(await gradients[1]!.data(), dFilter), 2e-5, message);
    }
  });

  Deno.test(`conv2d on ${backend} and its gradients leave no tensor behind`, async () => {
    await useBackend(backend);
    const x = normal<tf.Rank.R4>([2, 6, 6, 3], 0, 1, 1), filter = normal<tf.Rank.R4>([3, 3, 3, 4], 0, 1, 2);
    const before = tf.memory();
    tf.tidy(() => {
      tf.grads((x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same").square().sum())([
        x,
        filter,
      ]);
    });
    assertEquals([tf.memory().numTensors, tf.memory().numDataBuffers], [
      before.numTensors,
      before.numDataBuffers,
    ]);
  });
}
