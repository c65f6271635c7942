// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
/**
 * Sums and means for the wasm backend. Its own add up in float32, number by number: the mean of a million numbers is
 * wrong by a hundredth.
 */
import { tf } from "../../tensor/tf.ts";
import { floats, type Info, type WasmBackend } from "./heap.ts";
import { replaceKernel } from "./registry.ts";

/** Axes that lie side by side, taken as one: all of them are summed over, or none. */
interface Run {
  readonly size: number;
  readonly summed: boolean;
}

function runsOf(shape: readonly number[], axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  shape.forEach((size, axis) => {
    const summed = axes.includes(axis), before = runs.at(-1);
    if (before?.summed === summed) runs[runs.length - 1] = { size: before.size * size, summed };
    else runs.push({ size, summed });
  });
  return runs;
}

/** Adds numbers from `from[f]` on to sums from `sums[s]` on; returns where the next ones begin. */
function add(from: Float32Array, f: number, sums: Float64Array, s: number, runs: readonly Run[]): number {
  const [{ size, summed }, ...inner] = runs as [Run, ...Run[]];
  if (inner.length > 1) {
    const step = inner.reduce((product, run) => run.summed ? product : product * run.size, 1);
    for (let i = 0; i < size; i++) f = add(from, f, sums, summed ? s : s + i * step, inner);
    return f;
  }
  const last = inner[0]?.size ?? 1;
  if (summed) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < last; j++) sums[s + j]! += from[f++]!;
    }
    return f;
  }
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < last; j++) sum += from[f++]!;
    sums[s + i]! += sum;
  }
  return f;
}

/** The sums along axes, divided by how many numbers each has where the mean is asked for. */
function reduced(backend: WasmBackend, x: Info, { axis, keepDims }: any, mean: boolean): Info {
  const axes = tf.util.parseAxisParam(axis, x.shape as number[]);
  const [shape, summed] = tf.backend_util.computeOutAndReduceShapes(x.shape as number[], axes);
  const sums = new Float64Array(tf.util.sizeFromShape(shape)), from = floats(backend, x);
  if (from.length > 0) add(from, 0, sums, 0, runsOf([1, ...x.shape], axes.map((axis) => axis + 1)));
  const count = mean ? Math.max(1, tf.util.sizeFromShape(summed)) : 1;
  const out = keepDims ? tf.backend_util.expandShapeToKeepDim(shape, axes) : shape;
  const result = backend.makeOutput(out, "float32"), to = floats(backend, result);
  for (let i = 0; i < to.length; i++) to[i] = sums[i]! / count;
  return result;
}

/** Registers both for float32; other types stay with the package. */
export function registerSums(): void {
  for (const name of ["Sum", "Mean"]) {
    const stock = tf.getKernel(name, "wasm")!.kernelFunc as (given: unknown) => Info;
    replaceKernel(name, (given) => {
      const { inputs: { x }, backend, attrs } = given;
      return x.dtype === "float32" ? reduced(backend, x, attrs, name === "Mean") : stock(given);
    });
  }
}
