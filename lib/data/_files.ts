import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { DataError } from "./data_error.ts";

/** A file that can't be used: what is wrong with it, and what to do. */
export function unusable(path: string, what: string): DataError {
  return new DataError(
    `Cannot use ${path}: ${printable(what)}. Replace the file, or remove it so that it is downloaded anew`,
  );
}

/** Text of a file as an error may print it: no control characters, and not too much. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  const clean = text.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
  return clean.length > 600 ? `${clean.slice(0, 600)} …` : clean;
}

/** A file's size; a folder, an empty file and none at all are errors. */
export async function fileSize(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info === undefined) throw unusable(path, "it is not there, or may not be read");
  if (!info.isFile) throw unusable(path, "it is a folder, not a file");
  if (info.size === 0) throw unusable(path, "it is empty");
  return info.size;
}

/**
 * A file's bytes, unpacked where they are gzip's, whatever its name says.
 *
 * @param most The most bytes that its format allows. A packed file may promise a thousand times its size, so unpacking
 * ends there.
 */
export async function readUnpacked(path: string, most: number): Promise<Uint8Array> {
  const tooLarge = () => unusable(path, `it holds more than ${most} bytes, more than such a file can`);
  if (await fileSize(path) > most) throw tooLarge();
  const bytes = await Deno.readFile(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw unusable(path, `gzip can't unpack it (${(error as Error).message}): it is cut off or damaged`);
  }
}

/** SHA-256 (hex) of bytes. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The checksum (hex) of bytes, of the kind that is wanted: SHA-256, or the MD5 that older publishers give. */
export function checksumLike(wanted: string | undefined, bytes: Uint8Array): string {
  return createHash(algorithm(wanted)).update(bytes).digest("hex");
}

/** The checksum of a file as it is, without reading it all into memory. */
export async function fileChecksumLike(wanted: string | undefined, path: string): Promise<string> {
  await fileSize(path);
  const hash = createHash(algorithm(wanted));
  using file = await Deno.open(path);
  const chunk = new Uint8Array(1 << 20);
  for (let n = await file.read(chunk); n !== null; n = await file.read(chunk)) {
    hash.update(chunk.subarray(0, n));
  }
  return hash.digest("hex");
}

function algorithm(wanted: string | undefined): "md5" | "sha256" {
  return wanted?.length === 32 ? "md5" : "sha256";
}

/** What is wrong with a checksum; nothing where it is the wanted one, or none is wanted. */
export function wrongChecksum(found: string, wanted: string | undefined): string | undefined {
  if (wanted === undefined || found === wanted) return undefined;
  const [is, should] = [found, wanted].map((sum) => `${sum.slice(0, 12)}…`);
  const name = algorithm(wanted) === "md5" ? "MD5" : "SHA-256";
  return `its content is damaged or not the published one (${name} ${is}, wanted ${should})`;
}
