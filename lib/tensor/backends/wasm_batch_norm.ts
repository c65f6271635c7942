// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { floats, type Info, type WasmBackend } from "./wasm_heap.ts";
import { replaceKernel } from "./wasm_kernels.ts";

/** y = a x + b, channel by channel. */
function scaleAndShift(x: Float32Array, a: Float64Array, b: Float64Array, y: Float32Array): void {
  const channels = a.length;
  for (let i = 0; i < x.length;) for (let c = 0; c < channels; c++, i++) y[i] = x[i]! * a[c]! + b[c]!;
}

/** The batch's statistics in two passes, then the normalised batch in one. */
function forward(backend: WasmBackend, x: Info, scale: Info, offset: Info, epsilon: number): Info[] {
  const channels = x.shape[3]!;
  const output = backend.makeOutput(x.shape, "float32");
  const statistics = Array.from({ length: 4 }, () => backend.makeOutput([channels], "float32"));

  const values = floats(backend, x), count = values.length / channels;
  const mean = new Float64Array(channels), squares = new Float64Array(channels);
  for (let i = 0; i < values.length;) for (let c = 0; c < channels; c++) mean[c]! += values[i++]!;
  for (let c = 0; c < channels; c++) mean[c]! /= count;
  for (let i = 0; i < values.length;) {
    for (let c = 0; c < channels; c++) {
      const difference = values[i++]! - mean[c]!;
      squares[c]! += difference * difference;
    }
  }
  const inverse = squares.map((sum) => 1 / Math.sqrt(sum / count + epsilon));
  const slope = inverse.map((value, c) => value * floats(backend, scale)[c]!);
  const shift = slope.map((value, c) => floats(backend, offset)[c]! - value * mean[c]!);
  scaleAndShift(values, slope, shift, floats(backend, output));

  const variance = squares.map((sum) => sum / Math.max(1, count - 1));
  [mean, variance, mean, inverse].forEach((found, i) => floats(backend, statistics[i]!).set(found));
  return [output, ...statistics];
}

/** ∂x = γ/σ (∂y − mean(∂y) − x̂ mean(∂y x̂)), ∂γ = Σ ∂y x̂, ∂β = Σ ∂y, with x̂ = (x − μ)/σ. */
function backward(backend: WasmBackend, dy: Info, x: Info, scale: Info, mean: Info, inverse: Info): Info[] {
  const channels = x.shape[3]!;
  const result = [x.shape, [channels], [channels]].map((shape) => backend.makeOutput(shape, "float32"));

  const [dyValues, values, gamma, mu, perSigma] = [dy, x, scale, mean, inverse].map((t) =>
    floats(backend, t)
  );
  const [dx, dScale, dOffset] = result.map((t) => floats(backend, t));
  const size = values!.length, count = size / channels;
  const sum = new Float64Array(channels), product = new Float64Array(channels);
  for (let i = 0; i < size;) {
    for (let c = 0; c < channels; c++, i++) {
      sum[c]! += dyValues![i]!;
      product[c]! += dyValues![i]! * (values![i]! - mu![c]!);
    }
  }
  dOffset!.set(sum);
  dScale!.set(product.map((value, c) => value * perSigma![c]!));
  // ∂x = a ∂y + b x + d
  const a = sum.map((_, c) => gamma![c]! * perSigma![c]!);
  const b = product.map((value, c) => -a[c]! * value * perSigma![c]! ** 2 / count);
  const d = sum.map((value, c) => -a[c]! * value / count - b[c]! * mu![c]!);
  for (let i = 0; i < size;) {
    for (let c = 0; c < channels; c++, i++) dx![i] = a[c]! * dyValues![i]! + b[c]! * values![i]! + d[c]!;
  }
  return result;
}

/** Registers batch normalisation in training and its gradient, each a few plain loops on the heap. */
export function registerBatchNorm(): void {
  replaceKernel(
    "FusedBatchNormTraining",
    ({ inputs: { x, scale, offset }, attrs, backend }: any) =>
      forward(backend, x, scale, offset, attrs.epsilon),
  );
  replaceKernel(
    "FusedBatchNormTrainingGrad",
    ({ inputs: { dy, x, scale, r1, r2 }, backend }: any) => backward(backend, dy, x, scale, r1, r2),
  );
}
