/** The numbers of a file, as the typed array that its type asks for. */
export type Values =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** An array of numbers: its values with the last dimension fastest, as NumPy's C order has them. */
export interface NumberArray {
  /** NumPy's name of the type in the file: `uint8`, `int64`, `float32`, `bool`, … */
  readonly type: string;
  /** The size of each dimension; `[]` for a single number. */
  readonly shape: readonly number[];
  /** As many as the dimensions' product; 64-bit integers are bigints, truth values 0 and 1. */
  readonly data: Values;
}

const arrays = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** The names of the types that are read. */
export type ValueType = keyof typeof arrays;

/** NumPy's short codes, without the byte order: `u1`, `f4`, … */
export const typeCodes: ReadonlyMap<string, ValueType> = new Map([
  ["b1", "bool"],
  ["u1", "uint8"],
  ["i1", "int8"],
  ["u2", "uint16"],
  ["i2", "int16"],
  ["u4", "uint32"],
  ["i4", "int32"],
  ["u8", "uint64"],
  ["i8", "int64"],
  ["f4", "float32"],
  ["f8", "float64"],
]);

/** How many bytes a value has. */
export function sizeOf(type: ValueType): number {
  return arrays[type].BYTES_PER_ELEMENT;
}

/**
 * Bytes as numbers. Those of one byte each share the memory of `bytes`; all others are copied.
 *
 * @param order Which byte of a number comes first in `bytes`.
 */
export function valuesOf(bytes: Uint8Array, type: ValueType, order: "little" | "big"): Values {
  const size = sizeOf(type), count = Math.floor(bytes.length / size);
  if (size === 1) return new arrays[type](bytes.buffer as ArrayBuffer, bytes.byteOffset, count);
  const copy = new Uint8Array(bytes.subarray(0, count * size)); // slice() would not copy one of Node's buffers
  if (order === "big") {
    for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  }
  return new arrays[type](copy.buffer);
}

/** Values whose first dimension is fastest (Fortran's order), with the last one fastest. */
export function lastFastest(values: Values, shape: readonly number[]): Values {
  const turned = new (values.constructor as new (length: number) => Values)(values.length);
  const index = shape.map(() => 0),
    strides = shape.map((_, i) => shape.slice(0, i).reduce((a, b) => a * b, 1));
  for (let to = 0, from = 0; to < values.length; to++) {
    turned[to] = values[from]!;
    for (let i = shape.length - 1; i >= 0; i--) {
      from += strides[i]!;
      if (++index[i]! < shape[i]!) break;
      from -= strides[i]! * shape[i]!;
      index[i] = 0;
    }
  }
  return turned;
}

/** How many values an array of that shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
