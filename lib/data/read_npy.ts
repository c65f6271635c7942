import { readOwnFile, wrongFile } from "./_own_files.ts";
import { readNpyBytes } from "./_npy.ts";
import type { NumberArray } from "./number_array.ts";

/**
 * An array in a file of NumPy's format `.npy`, as `numpy.save` writes it: unsigned and signed integers of 1 to 8 bytes,
 * floats of 4 and 8, truth values; any order of dimensions and bytes.
 *
 * @param path The file.
 * @throws {DataError} Where the file can't be read, is damaged, or holds something else, such as Python objects.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { DataError, readNpy } from "@gcln/kit/data";
 *
 * const found = await readNpy("images.npy").catch((error) => error);
 * assert(found instanceof DataError || found.shape.length > 0);
 * ```
 */
export async function readNpy(path: string): Promise<NumberArray> {
  return readNpyBytes(await readOwnFile(path), wrongFile(path));
}
