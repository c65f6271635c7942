import { fromFloat16 } from "./_float16.ts";

/** The numbers of a tensor, and the type that they have in TensorFlow.js. */
export type ExactValues =
  | { readonly dtype: "float32"; readonly values: Float32Array }
  | { readonly dtype: "int32"; readonly values: Int32Array }
  | { readonly dtype: "bool"; readonly values: Uint8Array };

/** A number type of safetensors files. */
export interface NumberType {
  /** How many bytes one number takes. */
  readonly bytes: number;
  /** Whether it is a type of floats, as weights are. */
  readonly floats: boolean;
  /** The numbers of a buffer; a number that no type of TensorFlow.js holds exactly is a RangeError. */
  readonly read: (buffer: ArrayBuffer) => ExactValues;
}

const float = (bytes: number, read: (buffer: ArrayBuffer) => Float32Array): NumberType => ({
  bytes,
  floats: true,
  read: (buffer) => ({ dtype: "float32", values: read(buffer) }),
});

const whole = (
  bytes: number,
  read: (buffer: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>,
): NumberType => ({ bytes, floats: false, read: (buffer) => exact(read(buffer)) });

/** All types that can be read, by their names in the files. */
export const numberTypes: Readonly<Record<string, NumberType>> = {
  F64: float(8, narrowed),
  F32: float(4, (buffer) => new Float32Array(buffer)),
  F16: float(2, (buffer) => Float32Array.from(new Uint16Array(buffer), fromFloat16)),
  // bfloat16 is the upper half of a float32.
  BF16: float(
    2,
    (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  ),
  I64: whole(8, (buffer) => new BigInt64Array(buffer)),
  I32: whole(4, (buffer) => new Int32Array(buffer)),
  I16: whole(2, (buffer) => new Int16Array(buffer)),
  I8: whole(1, (buffer) => new Int8Array(buffer)),
  U64: whole(8, (buffer) => new BigUint64Array(buffer)),
  U32: whole(4, (buffer) => new Uint32Array(buffer)),
  U16: whole(2, (buffer) => new Uint16Array(buffer)),
  U8: whole(1, (buffer) => new Uint8Array(buffer)),
  BOOL: { bytes: 1, floats: false, read: truths },
};

/** float64 as the nearest float32. */
function narrowed(buffer: ArrayBuffer): Float32Array {
  const wide = new Float64Array(buffer), narrow = Float32Array.from(wide);
  const lost = wide.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(narrow[i]));
  if (lost >= 0) throw new RangeError(`${wide[lost]} is too large for float32`);
  return narrow;
}

/** Whole numbers as int32 where all fit, else as float32 where all are exact. */
function exact(given: ArrayLike<number> | ArrayLike<bigint>): ExactValues {
  const floats = new Float32Array(given.length), ints = new Int32Array(given.length);
  let fits = true, inexact: number | bigint | undefined;
  for (let i = 0; i < given.length; i++) {
    const value = given[i]!, number = Number(value); // a rounded one is far from int32
    ints[i] = number;
    floats[i] = number;
    fits &&= ints[i] === number;
    if (inexact === undefined && !isSame(value, floats[i]!)) inexact = value;
  }
  if (fits) return { dtype: "int32", values: ints };
  if (inexact === undefined) return { dtype: "float32", values: floats };
  throw new RangeError(
    `${inexact} is exact neither in int32 nor, as all numbers beside it would have to be, in float32`,
  );
}

function isSame(value: number | bigint, float: number): boolean {
  return typeof value === "bigint" ? BigInt(float) === value : float === value;
}

function truths(buffer: ArrayBuffer): ExactValues {
  const values = new Uint8Array(buffer), other = values.find((value) => value > 1);
  if (other !== undefined) throw new RangeError(`${other} is no truth value: 0 or 1 is wanted`);
  return { dtype: "bool", values };
}
