import { dirname } from "node:path";

/**
 * Writes a file under a temporary name and renames it: readers see the old file or the new one, whole.
 *
 * @param path The file; folders on the way are made.
 * @param contents Bytes, or text.
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
