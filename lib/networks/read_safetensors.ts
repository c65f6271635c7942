import { type Parameters, tf } from "../tensor/mod.ts";
import type { ExactValues } from "./_number_types.ts";
import { laidOut } from "./_pytorch_layout.ts";
import { type Entry, parseSafetensors } from "./_safetensors_file.ts";

/**
 * Reads parameters from the bytes of a safetensors file.
 *
 * Floats (F64, F32, F16, BF16) become float32; F64 is rounded to the nearest. Whole numbers (I8 to I64, U8 to U64)
 * become int32, or float32 where one is too large for int32 and all are exact in float32; BOOL becomes bool. Tensors
 * with two and four axes are brought from PyTorch's layout into that of TensorFlow.js: `[out, in, h, w]` to
 * `[h, w, in, out]`, `[out, in]` to `[in, out]`. The counters `num_batches_tracked` of batch norms are left out.
 *
 * @param bytes The whole file.
 * @returns New tensors, the caller's, in the order of the file's header.
 * @throws {RangeError} If the file is cut off, its header is not what the format wants, or a number cannot be kept: a
 * whole number that is exact in neither type, or a finite float64 that is too large for float32.
 * @throws {TypeError} If a tensor has another type, or `bytes` are none.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readSafetensors, writeSafetensors } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const bytes = await writeSafetensors({ "fc.weight": tf.tensor2d([[1, 2, 3]]) }, { precision: "float16" });
 * const { "fc.weight": weight } = readSafetensors(bytes);
 * assertEquals([...await weight!.data()], [1, 2, 3]);
 * ```
 */
export function readSafetensors(bytes: Uint8Array): Parameters {
  return tensorsOf(parseSafetensors(bytes).entries.map((entry) => [entry.name, entry]));
}

/**
 * What a safetensors file says of itself: the strings under `__metadata__`.
 *
 * @param bytes The whole file.
 * @throws {RangeError} If the file is cut off, or its header is not what the format wants.
 */
export function readMetadata(bytes: Uint8Array): Readonly<Record<string, string>> {
  return parseSafetensors(bytes).metadata;
}

/** New tensors by name, in the layout of TensorFlow.js. None is left behind where one cannot be read. */
export function tensorsOf(entries: readonly (readonly [name: string, entry: Entry])[]): Parameters {
  const made: [string, tf.Tensor][] = [];
  try {
    for (const [name, entry] of entries) made.push([name, tensorOf(entry)]);
  } catch (error) {
    tf.dispose(made.map(([, tensor]) => tensor));
    throw error;
  }
  return Object.fromEntries(made);
}

function tensorOf({ name, numbers, shape, bytes }: Entry): tf.Tensor {
  const { values, dtype } = readNumbers(name, () => numbers.read(new Uint8Array(bytes).buffer)); // a copy is aligned
  return tf.tidy(() => laidOut(tf.tensor(values, [...shape], dtype)));
}

function readNumbers(name: string, read: () => ExactValues): ExactValues {
  try {
    return read();
  } catch (error) {
    throw new RangeError(`Cannot read ${name}: ${(error as Error).message}`, { cause: error });
  }
}
