import { assertEquals, assertLess } from "@std/assert";
import { batchNormTraining, fold, normal, random, tf, useBackend } from "@gcln/kit/tensor";
import { farthest } from "../tensor/_plain.ts";

await useBackend("wasm");

const EPSILON = 1e-5;

/** Σ a b over the pixels, for each channel. */
function sums(a: ArrayLike<number>, b: ArrayLike<number>, channels: number): Float64Array {
  const result = new Float64Array(channels);
  for (let i = 0; i < a.length; i++) result[i % channels]! += a[i]! * b[i]!;
  return result;
}

Deno.test("batch norms of many shapes on wasm, and their gradients, are those of plain loops", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const next = random(seed), upTo = (most: number) => 1 + Math.floor(next() * most);
    // Every tenth is so large that several threads share it.
    const shape = [upTo(5), upTo(9), upTo(9), upTo(20)] as [number, number, number, number];
    if (seed % 10 === 0) shape.splice(0, 3, 7, 31, 29);
    const channels = shape[3], count = shape[0] * shape[1] * shape[2];
    const x = normal<tf.Rank.R4>(shape, 3, 2, fold(seed, "x")),
      dy = normal<tf.Rank.R4>(shape, 0, 1, fold(seed, "dy"));
    const scale = normal<tf.Rank.R1>([channels], 1, 0.5, fold(seed, "scale"));
    const offset = normal<tf.Rank.R1>([channels], 0, 1, fold(seed, "offset"));
    const [values, slopes, gamma, beta] = await Promise.all(
      [x, dy, scale, offset].map(async (tensor) => await tensor.data()),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];

    const ones = new Float64Array(values.length).fill(1);
    const mean = sums(values, ones, channels).map((sum) => sum / count);
    const deviations = Float64Array.from(values, (value, i) => value - mean[i % channels]!);
    const squares = sums(deviations, deviations, channels);
    const perSigma = squares.map((sum) => 1 / Math.sqrt(sum / count + EPSILON));
    const normalised = deviations.map((value, i) => value * perSigma[i % channels]!);
    const output = normalised.map((value, i) => value * gamma[i % channels]! + beta[i % channels]!);
    const dOffset = sums(slopes, ones, channels), dScale = sums(slopes, normalised, channels);
    const dx = normalised.map((value, i) => {
      const c = i % channels;
      return gamma[c]! * perSigma[c]! * (slopes[i]! - dOffset[c]! / count - value * dScale[c]! / count);
    });

    const found = batchNormTraining(x, scale, offset, EPSILON);
    const gradients = tf.grads((...[x, scale, offset]: tf.Tensor[]) =>
      batchNormTraining(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D, EPSILON).output
    )([x, scale, offset], dy);
    assertEquals(found.output.shape, shape);
    const variance = squares.map((sum) => sum / Math.max(1, count - 1));
    const expected = { output, mean, variance };
    for (const key of ["output", "mean", "variance"] as const) {
      assertLess(farthest(await found[key].data(), expected[key]), 1e-5, `${key} of [${shape}]`);
    }
    for (const [i, slope] of [dx, dScale, dOffset].entries()) {
      assertLess(farthest(await gradients[i]!.data(), slope), 1e-4, `gradient ${i} of [${shape}]`);
    }
    tf.dispose([x, dy, scale, offset, Object.values(found), gradients]);
  }
});
