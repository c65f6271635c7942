import { isAbsolute, join } from "node:path";

/**
 * The kit's folder in the user's cache: `$XDG_CACHE_HOME/gcln`, else `.cache/gcln` in the user's home (`HOME`, or
 * `USERPROFILE` on Windows).
 *
 * A variable that is empty or holds a relative path counts as unset, as the XDG Base Directory Specification has it: the
 * cache is never in the folder that a program happens to run in.
 *
 * @throws {RangeError} Where no variable names a folder.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { cacheFolder } from "@gcln/kit/files";
 *
 * assert(cacheFolder().endsWith("gcln"));
 * ```
 */
export function cacheFolder(): string {
  const cache = folderIn("XDG_CACHE_HOME");
  if (cache !== undefined) return join(cache, "gcln");
  const home = folderIn("HOME") ?? folderIn("USERPROFILE");
  if (home !== undefined) return join(home, ".cache", "gcln");
  throw new RangeError(
    "Cannot tell where the cache folder is: neither XDG_CACHE_HOME nor HOME holds an absolute path; set one of them",
  );
}

function folderIn(variable: string): string | undefined {
  const path = Deno.env.get(variable);
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
