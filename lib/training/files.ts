import { dirname, join } from "node:path";

/**
 * The kit's folder in the user's cache: `$XDG_CACHE_HOME/gcln`, else `~/.cache/gcln`.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { cacheFolder } from "@gcln/kit/training";
 *
 * assert(cacheFolder().endsWith("gcln"));
 * ```
 */
export function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  return join(Deno.env.get("XDG_CACHE_HOME") ?? join(home, ".cache"), "gcln");
}

/** A file's bytes, or undefined where there is none. */
export async function readIfThere(path: string | URL): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether a file is there, and was written at a moment or after it. */
export async function isWrittenSince(path: string, moment: Date): Promise<boolean> {
  try {
    const { mtime } = await Deno.stat(path);
    return mtime !== null && mtime >= moment;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The bytes of a file that comes with the kit, on this machine or where it was imported from; undefined where there is none. */
export async function readPublished(url: URL): Promise<Uint8Array | undefined> {
  if (url.protocol === "file:") return await readIfThere(url);
  const response = await fetch(url);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  return undefined;
}

/**
 * Writes a file under a temporary name and renames it: readers see the old file or the new one, whole.
 *
 * @param path The file; folders on the way are made.
 * @param contents Bytes, or text.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readIfThere, writeAtomically } from "@gcln/kit/training";
 *
 * const folder = await Deno.makeTempDir();
 * await writeAtomically(`${folder}/new/file`, "text");
 * assertEquals(new TextDecoder().decode(await readIfThere(`${folder}/new/file`)), "text");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeAtomically(path: string, contents: Uint8Array | string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    if (typeof contents === "string") await Deno.writeTextFile(temporary, contents);
    else await Deno.writeFile(temporary, contents);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}
