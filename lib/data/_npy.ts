import type { DataError } from "./data_error.ts";
import {
  countOf,
  lastFastest,
  type NumberArray,
  sizeOf,
  typeCodes,
  valuesOf,
  type ValueType,
} from "./number_array.ts";

/** What an array file says of itself before its numbers begin. */
interface NpyHeader {
  readonly type: ValueType;
  readonly byteOrder: "little" | "big";
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

/**
 * An array in NumPy's format `.npy`, versions 1 to 3: unsigned and signed integers of 1 to 8 bytes, floats of 4 and 8,
 * truth values; in C's and Fortran's order, of both byte orders.
 *
 * Source: NumPy, "The NPY format". The header's dictionary is taken apart as text, and nothing is run.
 *
 * @param bytes The file.
 * @param wrong Makes the error of what is wrong with it.
 */
export function readNpyBytes(bytes: Uint8Array, wrong: (what: string) => DataError): NumberArray {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
  if (!magic.every((byte, i) => bytes[i] === byte)) throw wrong("it does not start as a .npy file does");
  const major = bytes[6]!, view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw wrong(`it ends within its header, after ${bytes.length} bytes`);
  if (major < 1 || major > 3) throw wrong(`it is of version ${major} of the .npy format, 1 to 3 are read`);
  const end = start + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < end) throw wrong(`it ends within its header, after ${bytes.length} bytes`);
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  const { type, byteOrder, isFortran, shape } = header(text, wrong);
  const wanted = countOf(shape) * sizeOf(type), content = bytes.subarray(end);
  if (content.length !== wanted) {
    const size = shape.length === 0 ? "a number" : shape.join(" × ");
    throw wrong(
      `it has ${content.length} bytes of numbers, its header promises ${wanted} (${size} of ${type})`,
    );
  }
  const values = valuesOf(content, type, byteOrder);
  return { type, shape, data: isFortran && shape.length > 1 ? lastFastest(values, shape) : values };
}

function header(text: string, wrong: (what: string) => DataError): NpyHeader {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)\b/.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([\s\dL,]*)\)/.exec(text)?.[1];
  if (descr === null || order === undefined || sizes === undefined) {
    throw wrong("its header can't be understood");
  }
  if (descr[2] !== undefined) throw wrong("its type has named fields, plain numbers are wanted");
  const [, byte = "", code = ""] = /^([<>|=]?)(.*)$/s.exec(descr[1]!)!, type = typeCodes.get(code);
  if (type === undefined) throw wrong(`its type is ${typeName(code)}, which is not read here`);
  const shape = sizes.split(",").map((size) => size.trim().replace(/L$/, "")).filter((size) => size !== "")
    .map(Number);
  if (shape.some((size) => !Number.isSafeInteger(size)) || !Number.isSafeInteger(countOf(shape))) {
    throw wrong(`its shape (${sizes.trim()}) is none`);
  }
  return { type, byteOrder: byte === ">" ? "big" : "little", isFortran: order === "True", shape };
}

function typeName(code: string): string {
  const shown = code.slice(0, 20);
  if (/^O/.test(code)) return `"${shown}" (Python objects)`;
  if (/^[US]/.test(code)) {
    return `"${shown}" (text: numpy.unique(y, return_inverse=True)[1] makes numbers of names)`;
  }
  if (/^f2/.test(code)) return `"${shown}" (float16: save it as float32)`;
  return `"${shown}"`;
}
