import { type Parameters, tf } from "../tensor/mod.ts";
import { fromFloat16, largestFloat16, toFloat16 } from "./_float16.ts";

/** One tensor of a file, before it is read. */
export interface Entry {
  readonly name: string;
  readonly type: "F32" | "F16" | "BF16";
  /** PyTorch's. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

interface Contents {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const bytesOf = { F32: 4, F16: 2, BF16: 2 } as const;

// Counters that batch norms of PyTorch carry along; integers, and nothing here reads them.
const ignored = /\.num_batches_tracked$/;

// In PyTorch a kernel is [out, in, h, w], a transposed one [in, out, h, w], a dense weight [out, in]; here they are
// [h, w, in, out], [h, w, out, in] and [in, out]. So the rank alone says how the axes go.
const fromPyTorch: Readonly<Record<number, readonly number[]>> = { 2: [1, 0], 4: [2, 3, 1, 0] };
const toPyTorch: Readonly<Record<number, readonly number[]>> = { 2: [1, 0], 4: [3, 2, 0, 1] };

/** The shape that a parameter has in a file. */
export function shapeInFile(shape: readonly number[]): number[] {
  return toPyTorch[shape.length]?.map((axis) => shape[axis]!) ?? [...shape];
}

/**
 * Reads parameters from the bytes of a safetensors file.
 *
 * Types F32, F16 and BF16 are read, all to float32. Kernels and dense weights are brought from PyTorch's layout into
 * that of TensorFlow.js: `[out, in, h, w]` to `[h, w, in, out]`, `[out, in]` to `[in, out]`. The integer counters
 * `num_batches_tracked` are left out.
 *
 * @param bytes The whole file.
 * @returns New tensors, the caller's, in the order of the file's header.
 * @throws {RangeError} If the file is cut off, or its header is not what the format wants.
 * @throws {TypeError} If a tensor has another type.
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
  return Object.fromEntries(parseSafetensors(bytes).entries.map((entry) => [entry.name, tensorOf(entry)]));
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

/** A tensor of a file, in the layout of TensorFlow.js. */
export function tensorOf({ type, shape, bytes }: Entry): tf.Tensor {
  const values = decode(type, bytes), axes = fromPyTorch[shape.length];
  if (axes === undefined) return tf.tensor(values, [...shape]);
  return tf.tidy(() => tf.tensor(values, [...shape]).transpose([...axes]));
}

/** The tensors of a file by name and shape; every byte belongs to exactly one. */
export function parseSafetensors(bytes: Uint8Array): Contents {
  if (bytes.length < 8) {
    throw new RangeError(`Not a safetensors file: ${bytes.length} bytes, at least 8 are needed`);
  }
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (8 + headerLength > bytes.length) {
    throw new RangeError(
      `Cannot read the header of a safetensors file: it should take ${headerLength} bytes, ${
        bytes.length - 8
      } are there`,
    );
  }
  const header = parseHeader(bytes.subarray(8, 8 + headerLength)), data = bytes.subarray(8 + headerLength);
  const { __metadata__: metadata = {}, ...tensors } = header;
  const slots = Object.entries(tensors).map(([name, slot]) => ({ name, ...checkedSlot(name, slot) }));
  let end = 0;
  for (const { name, begin, end: next } of slots.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== end) {
      throw new RangeError(
        `Bytes of ${name} begin at ${begin} where ${end} was wanted: tensors must neither overlap nor leave gaps`,
      );
    }
    end = next;
  }
  if (end !== data.length) {
    throw new RangeError(`The tensors of the file take ${end} bytes, but ${data.length} are there`);
  }
  return {
    metadata: checkedMetadata(metadata),
    entries: slots.filter(({ name }) => !ignored.test(name)).map(({ name, type, shape, begin, end }) => {
      if (!Object.hasOwn(bytesOf, type)) {
        throw new TypeError(`Cannot read ${name} of type ${type}; F32, F16 and BF16 can be read`);
      }
      const known = type as Entry["type"], wanted = shape.reduce((size, side) => size * side, bytesOf[known]);
      if (end - begin !== wanted) {
        throw new RangeError(
          `${name} of type ${type} and shape [${shape}] takes ${wanted} bytes, not ${end - begin}`,
        );
      }
      return { name, type: known, shape, bytes: data.subarray(begin, end) };
    }),
  };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new RangeError("The header of the safetensors file is not JSON", { cause: error });
  }
  if (!isRecord(header)) throw new RangeError("The header of the safetensors file is not a JSON object");
  return header;
}

function checkedSlot(
  name: string,
  slot: unknown,
): { type: string; shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = isRecord(slot) ? slot : {};
  const whole = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
  if (typeof dtype !== "string" || !whole(shape) || !whole(offsets) || offsets.length !== 2) {
    throw new RangeError(
      `The header of the safetensors file says of ${name} ${
        JSON.stringify(slot)
      }; dtype, shape and data_offsets are wanted`,
    );
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw new RangeError(`Bytes of ${name} begin at ${begin} and end before, at ${end}`);
  return { type: dtype, shape, begin, end };
}

function checkedMetadata(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw new RangeError("The __metadata__ of the safetensors file must be strings by name");
  }
  return metadata as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decode(type: Entry["type"], bytes: Uint8Array): Float32Array {
  const { buffer } = bytes.slice(); // a copy is aligned
  if (type === "F32") return new Float32Array(buffer);
  const words = new Uint16Array(buffer);
  if (type === "F16") return Float32Array.from(words, fromFloat16);
  return new Float32Array(Uint32Array.from(words, (bits) => bits << 16).buffer); // the upper half of a float32
}

/** How parameters are written. */
export interface WriteSafetensorsOptions {
  /** float16 halves the file and keeps three digits. */
  readonly precision: "float32" | "float16";
  /** Strings that the header keeps. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes parameters as a safetensors file that PyTorch can load into a network of the same names.
 *
 * The inverse of {@linkcode readSafetensors}: exact in float32; in float16 to the nearest, ties to even.
 *
 * @param parameters Float tensors by name; they are left alone.
 * @param options Precision and metadata.
 * @returns The whole file.
 * @throws {TypeError} If a tensor does not hold floats.
 * @throws {RangeError} If a finite value is too large for float16.
 */
export async function writeSafetensors(
  parameters: Parameters,
  { precision, metadata }: WriteSafetensorsOptions,
): Promise<Uint8Array> {
  const type = precision === "float32" ? "F32" : "F16";
  let end = 0;
  const slots = Object.entries(parameters).map(([name, { dtype, shape, size }]) => {
    if (dtype !== "float32") {
      throw new TypeError(`Cannot write ${name} of type ${dtype}: only floats can be written`);
    }
    if (name === "__metadata__") {
      throw new RangeError(`No tensor can be called ${name}: the format keeps that name`);
    }
    return [name, {
      dtype: type,
      shape: shapeInFile(shape),
      data_offsets: [end, end += size * bytesOf[type]],
    }] as const;
  });
  const header = { ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(slots) };
  const json = new TextEncoder().encode(JSON.stringify(header)), start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let offset = start;
  for (const [name, tensor] of Object.entries(parameters)) {
    const axes = toPyTorch[tensor.rank];
    const laid = axes === undefined ? tensor.clone() : tensor.transpose([...axes]);
    const values = await laid.data<"float32">();
    laid.dispose();
    const encoded = type === "F32" ? values : halves(name, values);
    file.set(new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength), offset);
    offset += encoded.byteLength;
  }
  return file;
}

function halves(name: string, values: Float32Array): Uint16Array {
  const bits = Uint16Array.from(values, toFloat16);
  const lost = values.findIndex((value, i) => (bits[i]! & 0x7fff) === 0x7c00 && Number.isFinite(value));
  if (lost >= 0) {
    throw new RangeError(`Cannot write ${name} as float16: ${values[lost]} is larger than ${largestFloat16}`);
  }
  return bits;
}
