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
