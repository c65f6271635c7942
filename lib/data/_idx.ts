import { unusable } from "./_files.ts";

/** An array of bytes as an IDX file holds it. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Reads the IDX format of MNIST and its kin: two zero bytes, the type (8, unsigned bytes), the number of dimensions,
 * each dimension as a big-endian 32-bit number, then the values, last dimension fastest.
 *
 * @param bytes The unpacked file.
 * @param path Its name, for errors.
 * @param dimensions How many dimensions it must have.
 */
export function readIdx(bytes: Uint8Array, path: string, dimensions: number): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start = 4 + 4 * dimensions;
  const magic = bytes.length < 4 ? -1 : view.getUint32(0);
  if (magic !== 0x0800 + dimensions) {
    const wanted = (0x0800 + dimensions).toString(16).padStart(8, "0");
    const got = magic < 0 ? `only ${bytes.length} bytes` : magic.toString(16).padStart(8, "0");
    throw unusable(path, `it starts with ${got}, an IDX file of ${dimensions} dimensions with ${wanted}`);
  }
  if (bytes.length < start) throw unusable(path, `it ends within its header, after ${bytes.length} bytes`);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const wanted = start + shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== wanted) {
    throw unusable(
      path,
      `it has ${bytes.length} bytes, its header promises ${wanted} (${shape.join(" × ")})`,
    );
  }
  return { shape, data: bytes.subarray(start) };
}
