import { DataError } from "./data_error.ts";
import { printable } from "./_files.ts";

/** Makes the error of a user's own file or folder that can't be used. */
export function wrongFile(path: string): (what: string) => DataError {
  return (what) => new DataError(`Cannot use ${path}: ${printable(what)}`);
}

/** The bytes of a user's own file. */
export async function readOwnFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw wrongFile(path)(reasonOf(error));
  }
}

/** Why a file or folder could not be read. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder, not a file";
  if (error instanceof Deno.errors.NotADirectory) return "it is a file, not a folder";
  return error instanceof Error ? error.message : String(error);
}
