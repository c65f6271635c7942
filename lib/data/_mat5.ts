import { inflateSync } from "node:zlib";
import { unusable } from "./_files.ts";

/** A numeric array of a MAT file, its first dimension fastest (column-major). */
export interface MatArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float64Array;
}

/** An element's type, its bytes, and where the next one starts. */
interface Element {
  readonly type: number;
  readonly data: Uint8Array;
  readonly end: number;
}

const HEADER = 128, MATRIX = 14, COMPRESSED = 15, UINT8 = 2;

/** Reads little-endian numbers, by the type code of the element that holds them. */
const numbers: Readonly<Record<number, [size: number, read: (view: DataView, at: number) => number]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
};

/**
 * The numeric arrays of a MATLAB level 5 MAT file (MATLAB's format of versions 5 to 7), compressed or not.
 *
 * Source: MathWorks, "MAT-File Format", the chapter on level 5. Other classes than real numeric arrays are skipped.
 *
 * @param bytes The file.
 * @param path Its name, for errors.
 */
export function readMat5(bytes: Uint8Array, path: string): Map<string, MatArray> {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 10));
  if (head === "MATLAB 7.3") {
    throw unusable(path, "it is of MATLAB's version 7.3 (HDF5), version 5 to 7 is wanted");
  }
  if (bytes.length < HEADER || head !== "MATLAB 5.0") {
    throw unusable(path, "it does not start as a MATLAB 5.0 MAT file does");
  }
  if (bytes[126] !== 0x49 || bytes[127] !== 0x4d) throw unusable(path, "its numbers are big-endian");
  const arrays = new Map<string, MatArray>();
  for (let at = HEADER; at < bytes.length;) {
    const { type, data, end } = element(bytes, at, path);
    const array = type === COMPRESSED
      ? matrix(element(inflate(data, path), 0, path), path)
      : matrix({ type, data, end }, path);
    if (array) arrays.set(array.name, array);
    at = end;
  }
  return arrays;
}

function inflate(data: Uint8Array, path: string): Uint8Array {
  try {
    return inflateSync(data);
  } catch (error) {
    throw unusable(path, `zlib can't unpack it (${(error as Error).message}): it is cut off or damaged`);
  }
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
  if (type !== MATRIX) return undefined;
  const flags = element(data, 0, path), arrayClass = flags.data[0]!, isComplex = (flags.data[1]! & 8) !== 0;
  if (arrayClass < 6 || arrayClass > 13 || isComplex) return undefined; // cells, structs, text
  const dimensions = element(data, flags.end, path), label = element(data, dimensions.end, path);
  const shape = [...values(dimensions, path)], real = element(data, label.end, path);
  const name = new TextDecoder("latin1").decode(label.data);
  const content = real.type === UINT8 ? real.data : values(real, path);
  const wanted = shape.reduce((a, b) => a * b, 1);
  if (content.length !== wanted) {
    throw unusable(path, `its array ${name} has ${content.length} values, not ${shape.join(" × ")}`);
  }
  return { name, shape, data: content };
}

function values({ type, data }: Element, path: string): Float64Array {
  const kind = numbers[type];
  if (kind === undefined) throw unusable(path, `it holds numbers of type ${type}, which is not read here`);
  const [size, read] = kind, view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: Math.floor(data.length / size) }, (_, i) => read(view, i * size));
}
