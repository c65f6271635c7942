/** Batch normalisation in training and its gradient, by kernels that go over the pixels together. */
import type { Machine } from "./engine.ts";
import { address, floats, free, type Info } from "./heap.ts";
import { replaceKernel } from "./registry.ts";
import { LANES, repeated } from "./sizes.ts";

/** Floats that a thread takes at a time, about. */
const PART = 8192;

/** How a tensor is cut, by its size and channels: pixels that fill whole vectors, and single numbers that are left. */
function layout(size: number, channels: number) {
  const wide = repeated(channels),
    pixels = Math.floor(size / wide),
    share = Math.max(1, Math.floor(PART / wide));
  return {
    wide,
    pixels,
    share,
    vectors: wide / LANES,
    parts: Math.ceil(pixels / share),
    rest: pixels * wide,
  };
}

/** Channel by channel Σ g and Σ g (x − mean), where g is dy or, without one, x − mean. */
function moments(machine: Machine, x: Info, mean: Float64Array, dy?: Info): [Float64Array, Float64Array] {
  const { backend, engine } = machine, channels = mean.length, size = floats(backend, x).length;
  const { wide, pixels, share, vectors, parts, rest } = layout(size, channels);
  const [means, sums] = [[wide], [parts, 2, wide]].map((shape) => backend.makeOutput(shape, "float32"));
  floats(backend, means!).forEach((_, i, to) => to[i] = mean[i % channels]!);
  engine.run("moments", {
    x: address(backend, x),
    dy: dy ? address(backend, dy) : 0,
    mean: address(backend, means!),
    y: address(backend, sums!),
    ...{ vectors, pixels, share },
  }, parts);
  const first = new Float64Array(channels), second = new Float64Array(channels);
  const found = floats(backend, sums!);
  for (let i = 0; i < found.length;) {
    for (const to of [first, second]) {
      for (const end = i + wide; i < end;) {
        for (let c = 0; c < channels; c++) to[c]! += found[i++]!;
      }
    }
  }
  const values = floats(backend, x), slopes = dy && floats(backend, dy);
  for (let i = rest; i < size; i++) {
    const c = i % channels, deviation = values[i]! - mean[c]!, g = slopes ? slopes[i]! : deviation;
    first[c]! += g;
    second[c]! += g * deviation;
  }
  free(backend, means!, sums!);
  return [first, second];
}

/** a u + b (x − mean) + d, with numbers for each channel. */
function blend(machine: Machine, u: Info, x: Info, numbers: readonly Float64Array[]): Info {
  const { backend, engine } = machine, channels = numbers[0]!.length, size = floats(backend, x).length;
  const { wide, pixels, share, vectors, parts, rest } = layout(size, channels);
  const result = backend.makeOutput(x.shape, "float32"), factors = backend.makeOutput([4, wide], "float32");
  floats(backend, factors).forEach((_, i, to) =>
    to[i] = numbers[Math.floor(i / wide)]![i % wide % channels]!
  );
  engine.run("blend", {
    u: address(backend, u),
    x: address(backend, x),
    y: address(backend, result),
    factors: address(backend, factors),
    ...{ vectors, pixels, share },
  }, parts);
  const [left, values, to] = [u, x, result].map((tensor) => floats(backend, tensor));
  const [mean, a, b, d] = numbers;
  for (let i = rest; i < size; i++) {
    const c = i % channels;
    to![i] = a![c]! * left![i]! + b![c]! * (values![i]! - mean![c]!) + d![c]!;
  }
  free(backend, factors);
  return result;
}

/** Numbers as a tensor of channels. */
function stored({ backend }: Machine, values: Float64Array): Info {
  const result = backend.makeOutput([values.length], "float32");
  floats(backend, result).set(values);
  return result;
}

/** The batch's statistics in two passes, then the normalised batch in one. */
function forward(machine: Machine, x: Info, scale: Info, offset: Info, epsilon: number): Info[] {
  const { backend } = machine, channels = x.shape[3]!, count = floats(backend, x).length / channels;
  const [sums] = moments(machine, x, new Float64Array(channels));
  // The mean as float32 keeps it: the mean of the deviations corrects what rounding lost.
  const near = sums.map((sum) => Math.fround(sum / count));
  const [deviations, products] = moments(machine, x, near);
  const squares = products.map((sum, c) => Math.max(0, sum - deviations[c]! ** 2 / count));
  const inverse = squares.map((sum) => 1 / Math.sqrt(sum / count + epsilon));
  const [gamma, beta] = [scale, offset].map((tensor) => Float64Array.from(floats(backend, tensor)));
  const slope = inverse.map((value, c) => value * gamma![c]!);
  const shift = slope.map((value, c) => beta![c]! - value * deviations[c]! / count);
  const output = blend(machine, x, x, [near, new Float64Array(channels), slope, shift]);
  const variance = squares.map((sum) => sum / Math.max(1, count - 1));
  return [output, ...[near, variance, near, inverse].map((values) => stored(machine, values))];
}

/** ∂x = γ/σ (∂y − mean(∂y) − x̂ mean(∂y x̂)), ∂γ = Σ ∂y x̂, ∂β = Σ ∂y, with x̂ = (x − μ)/σ. */
function backward(machine: Machine, dy: Info, x: Info, scale: Info, mean: Info, inverse: Info): Info[] {
  const { backend } = machine, count = floats(backend, x).length / x.shape[3]!;
  const [gamma, mu, perSigma] = [scale, mean, inverse].map((tensor) =>
    Float64Array.from(floats(backend, tensor))
  );
  const [sum, product] = moments(machine, x, mu!, dy);
  const a = gamma!.map((value, c) => value * perSigma![c]!);
  const b = product.map((value, c) => -a[c]! * value * perSigma![c]! ** 2 / count);
  const d = sum.map((value, c) => -a[c]! * value / count);
  const dScale = product.map((value, c) => value * perSigma![c]!);
  return [blend(machine, dy, x, [mu!, a, b, d]), stored(machine, dScale), stored(machine, sum)];
}

/** Registers both. */
export function registerBatchNorm(machine: Machine): void {
  replaceKernel(
    "FusedBatchNormTraining",
    ({ inputs: { x, scale, offset }, attrs }) => forward(machine, x, scale, offset, attrs.epsilon),
  );
  replaceKernel(
    "FusedBatchNormTrainingGrad",
    ({ inputs: { dy, x, scale, r1, r2 } }) => backward(machine, dy, x, scale, r1, r2),
  );
}
