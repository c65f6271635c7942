import { random, tf } from "../../../lib/tensor/mod.ts";

function filled(shape: readonly number[], dtype: tf.DataType, value: () => number): tf.Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  return tf.tensor(Array.from({ length: size }, value), [...shape], dtype as "float32");
}

/** Halves from −2 to 2: sums and products of a few are exact in float32, in whatever order. */
export function whole(shape: readonly number[], seed: number): tf.Tensor {
  const next = random(seed);
  return filled(shape, "float32", () => (Math.floor(9 * next()) - 4) / 2);
}

/** Any numbers from −2 to 2. */
export function real(shape: readonly number[], seed: number): tf.Tensor {
  const next = random(seed);
  return filled(shape, "float32", () => 4 * next() - 2);
}

/** Places from 0 to 1, as int32. */
export function index(shape: readonly number[], seed: number): tf.Tensor {
  const next = random(seed);
  return filled(shape, "int32", () => Math.floor(2 * next()));
}

/** True and false. */
export function flags(shape: readonly number[], seed: number): tf.Tensor {
  const next = random(seed);
  return filled(shape, "bool", () => Math.floor(2 * next()));
}

/** The kinds of numbers that programs take. */
export const numbers = { whole, real, index, flags };
