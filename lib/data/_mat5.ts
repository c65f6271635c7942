import { constants, inflateSync } from "node:zlib";
import type { DataError } from "./data_error.ts";
import { unusable } from "./_files.ts";
import { countOf, type Values, valuesOf, type ValueType } from "./number_array.ts";

/** An array of a MAT file, its first dimension fastest (column-major). */
export interface MatArray {
  readonly name: string;
  /** As MATLAB calls it: `uint8`, `int64`, `double`, `char`, `cell`, … */
  readonly type: string;
  readonly shape: readonly number[];
  /** Its numbers; undefined where it has none, or complex ones. */
  readonly data: Values | undefined;
}

/** An element's type, its bytes, and where the next one starts. */
interface Element {
  readonly type: number;
  readonly data: Uint8Array;
  readonly end: number;
}

const HEADER = 128, MATRIX = 14, COMPRESSED = 15;

/** MATLAB's classes of arrays by their code. */
const classes: Readonly<Record<number, string>> = {
  1: "cell",
  2: "struct",
  3: "object",
  4: "char",
  5: "sparse",
  6: "double",
  7: "single",
  8: "int8",
  9: "uint8",
  10: "int16",
  11: "uint16",
  12: "int32",
  13: "uint32",
  14: "int64",
  15: "uint64",
};

/** The types that numbers are stored in, which may be smaller than that of their array, by their code. */
const stored: Readonly<Record<number, ValueType>> = {
  1: "int8",
  2: "uint8",
  3: "int16",
  4: "uint16",
  5: "int32",
  6: "uint32",
  7: "float32",
  9: "float64",
  12: "int64",
  13: "uint64",
};

/**
 * The arrays of a MATLAB level 5 MAT file (MATLAB's format of versions 5 to 7), compressed or not, by their names.
 *
 * Source: MathWorks, "MAT-File Format", the chapter on level 5. Numbers are read of real numeric arrays only.
 *
 * @param bytes The file.
 * @param path Its name, for errors.
 * @param most The most bytes that its arrays may take, unpacked.
 */
export function readMat5(bytes: Uint8Array, path: string, most = 2 ** 31): Map<string, MatArray> {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 10));
  if (head === "MATLAB 7.3") {
    throw unusable(path, "it is of MATLAB's version 7.3 (HDF5), version 5 to 7 is wanted");
  }
  if (bytes.length < HEADER || head !== "MATLAB 5.0") {
    throw unusable(path, "it does not start as a MATLAB 5.0 MAT file does");
  }
  if (bytes[126] !== 0x49 || bytes[127] !== 0x4d) throw unusable(path, "its numbers are big-endian");
  const arrays = new Map<string, MatArray>();
  let room = most;
  for (let at = HEADER; at < bytes.length;) {
    const { type, data, end } = element(bytes, at, path);
    const content = type === COMPRESSED ? inflate(data, room, path) : undefined;
    room -= content?.length ?? 0;
    const array = content ? matrix(element(content, 0, path), path) : matrix({ type, data, end }, path);
    if (array) arrays.set(array.name, array);
    at = end;
  }
  return arrays;
}

/** Deflate makes at most 1032 bytes of one. */
const DEFLATE_RATIO = 1032;

function inflate(data: Uint8Array, room: number, path: string): Uint8Array {
  let size: number;
  try {
    // What is unpacked says first how large it is: no more memory than that is taken.
    const head = inflateSync(data.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
    size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(4, true);
  } catch (error) {
    throw cannotInflate(path, error);
  }
  if (size > Math.min(room, DEFLATE_RATIO * data.length)) {
    throw unusable(path, `it promises an array of ${size} bytes, more than such a file can hold`);
  }
  try {
    return inflateSync(data, { maxOutputLength: size + 16 });
  } catch (error) {
    throw cannotInflate(path, error);
  }
}

function cannotInflate(path: string, error: unknown): DataError {
  return unusable(path, `zlib can't unpack it (${(error as Error).message}): it is cut off or damaged`);
}

function element(bytes: Uint8Array, at: number, path: string): Element {
  const cutOff = () => unusable(path, `it ends within an array, after ${bytes.length} bytes`);
  if (at + 8 > bytes.length) throw cutOff();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    first = view.getUint32(at, true);
  const isSmall = first >>> 16 !== 0; // type and size share the first four bytes
  const type = isSmall ? first & 0xffff : first, size = isSmall ? first >>> 16 : view.getUint32(at + 4, true);
  const start = at + (isSmall ? 4 : 8);
  if (start + size > bytes.length || (isSmall && size > 4)) throw cutOff();
  // Elements start at multiples of eight bytes, those after compressed ones excepted.
  const end = isSmall ? at + 8 : type === COMPRESSED ? start + size : Math.ceil((start + size) / 8) * 8;
  return { type, data: bytes.subarray(start, start + size), end };
}

function matrix({ type, data }: Element, path: string): MatArray | undefined {
  if (type !== MATRIX || data.length === 0) return undefined;
  const flags = element(data, 0, path), arrayClass = flags.data[0]!, isComplex = (flags.data[1]! & 8) !== 0;
  if (classes[arrayClass] === undefined) return undefined; // functions and what has no documented form
  const dimensions = element(data, flags.end, path), label = element(data, dimensions.end, path);
  const name = new TextDecoder("latin1").decode(label.data);
  const shape = Array.from(values(dimensions, path), Number);
  if (shape.length > 32 || shape.some((size) => size < 0)) {
    throw unusable(path, `its array ${name} has no dimensions that can be`);
  }
  const array = { name, type: `${isComplex ? "complex " : ""}${classes[arrayClass]}`, shape };
  if (arrayClass < 6 || isComplex) return { ...array, data: undefined };
  const content = values(element(data, label.end, path), path);
  if (content.length !== countOf(shape)) {
    throw unusable(path, `its array ${name} has ${content.length} values, not ${shape.join(" × ")}`);
  }
  return { ...array, data: content };
}

function values({ type, data }: Element, path: string): Values {
  const kind = stored[type];
  if (kind === undefined) throw unusable(path, `it holds numbers of type ${type}, which is not read here`);
  return valuesOf(data, kind, "little");
}
