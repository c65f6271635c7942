import { dirname, join } from "node:path";
import { diskError } from "./disk_error.ts";

/**
 * Writes a file under a temporary name and renames it: readers see the old file or the new one, whole.
 *
 * What a killed process has left half written in the same folder is removed, once it is an hour old.
 *
 * @param path The file; folders on the way are made.
 * @param contents Bytes, or text.
 * @throws {DiskError} Where there is no room, or the folder can't be written.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readIfThere, writeAtomically } from "@gcln/kit/files";
 *
 * const folder = await Deno.makeTempDir();
 * await writeAtomically(`${folder}/new/file`, "text");
 * assertEquals(new TextDecoder().decode(await readIfThere(`${folder}/new/file`)), "text");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeAtomically(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    if (typeof contents === "string") await Deno.writeTextFile(temporary, contents);
    else await Deno.writeFile(temporary, contents);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw diskError(path, error);
  }
  await sweep(dirname(path));
}

/** What this file calls its temporary files: the name, the process, and eight letters. */
const LEFT = /\.\d+-[0-9a-f]{8}$/;
/** Milliseconds after which a temporary file belongs to nobody: writing one takes seconds. */
const OLD = 3_600_000;
/** The folders that have been looked at. */
const swept = new Set<string>();

/** Removes what killed processes have left in a folder; once for each process. */
async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !LEFT.test(name)) continue;
      const path = join(folder, name), { mtime } = await Deno.stat(path);
      if (mtime !== null && Date.now() - mtime.getTime() > OLD) await Deno.remove(path);
    }
  } catch {
    // Another process was faster, or the folder can't be listed: then all stays as it is.
  }
}
