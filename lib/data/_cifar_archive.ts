import { basename } from "node:path";
import { fileChecksumLike, unusable, wrongChecksum } from "./_files.ts";
import { type LoadOptions, mostBytes, type Source, wantedChecksum } from "./sources.ts";
import { untar } from "./_tar.ts";

/** Throws where the archive of a source is not the published one. */
export async function checkArchive(source: Source, path: string, options: LoadOptions): Promise<void> {
  const wanted = wantedChecksum(source, source.archive!, options);
  const wrong = wanted && wrongChecksum(await fileChecksumLike(wanted, path), wanted);
  if (wrong) throw unusable(path, wrong);
}

/**
 * Hands over the wanted files of an archive as they come, and makes sure that all did.
 *
 * @param most The most bytes that the archive may unpack to.
 */
export async function batchesIn(
  path: string,
  wanted: readonly string[],
  take: (file: string, batch: Uint8Array) => void | Promise<void>,
  most: number,
): Promise<void> {
  const missing = new Set(wanted);
  for await (const { name, content } of untar(path, (name) => missing.has(basename(name)), most)) {
    const file = basename(name);
    missing.delete(file);
    await take(file, content);
  }
  if (missing.size > 0) throw unusable(path, `${[...missing].join(", ")} is not in it`);
}

/** The most bytes that the files of an archive of pictures, which hardly pack, may take together. */
export function mostInArchive(source: Source, options: LoadOptions): number {
  return 2 * mostBytes(source, options);
}
