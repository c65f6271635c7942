/** What the wasm engine gives beside what plain TensorFlow.js gives on its `cpu` backend. */
import { assertEquals, assertLess } from "@std/assert";
import { tf } from "@gcln/kit/tensor";

/** Tensors, as numbers. */
export interface Found {
  readonly shape: number[];
  readonly dtype: string;
  readonly values: number[];
}

/** Evaluates a function that makes its own tensors on one of the two backends. Wasm must have started; it runs afterwards. */
export async function on(backend: "cpu" | "wasm", f: () => tf.Tensor[]): Promise<Found[]> {
  await tf.setBackend(backend);
  const results = tf.tidy(f);
  const found = results.map((x) => ({ shape: x.shape, dtype: x.dtype, values: [...x.dataSync()] }));
  tf.dispose(results);
  await tf.setBackend("wasm");
  return found;
}

/** Whether shapes and types are the same, NaN and infinities are in the same places, and numbers apart by rounding alone. */
export function assertAlike(actual: readonly Found[], expected: readonly Found[], what: string): void {
  assertEquals(actual.length, expected.length, what);
  expected.forEach(({ shape, dtype, values }, i) => {
    const its = actual[i]!, which = `${what}, result ${i}`;
    assertEquals([its.shape, its.dtype], [shape, dtype], which);
    const odd = (all: readonly number[]) => all.map((value) => Number.isFinite(value) ? 0 : value);
    assertEquals(odd(its.values), odd(values), which);
    const finite = values.filter(Number.isFinite),
      most = finite.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-30);
    values.forEach((value, k) => {
      if (Number.isFinite(value)) {
        assertLess(Math.abs(its.values[k]! - value) / most, 1e-4, `${which}, value ${k}`);
      }
    });
  });
}

/** Numbers without a pattern, the same on each backend. */
export function waves<R extends tf.Rank = tf.Rank.R4>(shape: number[], seed: number): tf.Tensor<R> {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => Math.sin(12.9 * i + seed),
  );
  return tf.tensor(values, shape as never) as tf.Tensor<R>;
}
