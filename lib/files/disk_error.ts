import { dirname } from "node:path";

/** Thrown where a file can't be written because of the disk: the message has its path, and what to do. */
export class DiskError extends Error {
  /** The name of the error. */
  override readonly name = "DiskError";
}

const ROOM =
  "Free some room, or set XDG_CACHE_HOME (for the cache) or --results (for results) to a folder that has some";
const PLACE = "Set XDG_CACHE_HOME (for the cache) or --results (for results) to a folder that may be written";

/** What errors of the system mean, and what to do, by their codes. */
const MEANINGS: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOSPC: ["there is no room left on the disk", ROOM],
  EDQUOT: ["your quota of the disk is used up", ROOM],
  EFBIG: ["the file would be larger than is allowed here (ulimit -f)", ROOM],
  EROFS: ["the disk can only be read", PLACE],
  EACCES: ["it may not be written by you", PLACE],
  EPERM: ["it may not be written by you", PLACE],
  EEXIST: ["a part of its path is a file, not a folder", PLACE],
  ENOTDIR: ["a part of its path is a file, not a folder", PLACE],
  EIO: ["the disk has an error", PLACE],
};

/**
 * An error of the system as one that a user can do something about: a {@linkcode DiskError} where the disk is the cause, else
 * the error itself.
 *
 * @param path The file that was to be written.
 * @param error What was thrown.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { diskError, DiskError } from "@gcln/kit/files";
 *
 * const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
 * assert(diskError("/cache/cell.json", full) instanceof DiskError);
 * ```
 */
export function diskError(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) {
    const wanted = `Deno was started without the permission. Add --allow-write=${dirname(path)}`;
    return new DiskError(`Cannot write ${path}: ${wanted}`, { cause: error });
  }
  const { code = nameless(error) } = (error ?? {}) as { readonly code?: unknown };
  const meaning = typeof code === "string" && Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  if (meaning === undefined) return error;
  return new DiskError(`Cannot write ${path}: ${meaning[0]}. ${meaning[1]}`, { cause: error });
}

/** The code of an error to which Deno gives none: EFBIG, by its number on Linux and macOS. */
function nameless(error: unknown): string | undefined {
  return error instanceof Error && error.message.includes("(os error 27)") ? "EFBIG" : undefined;
}
