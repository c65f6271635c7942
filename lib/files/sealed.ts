/**
 * Records that carry the SHA-256 of all their other bytes: what was damaged on the disk, cut or edited is seen when it is
 * read. A file's own name is no proof; so whoever reads also compares the record's key with the one that it asked for.
 */

const HEX = 64, NONE = "0".repeat(HEX);
const encoder = new TextEncoder(), decoder = new TextDecoder();

/** SHA-256 of bytes, as 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What the field `sha256` of a record holds before it is sealed: a place for its digest.
 */
export const unsealed: string = NONE;

/** Where in some bytes the digits of the field `sha256` are, whatever they are; -1 if there is none. */
function placeIn(bytes: Uint8Array, digits: string): number {
  const wanted = encoder.encode(`"sha256":"${digits}"`);
  outer: for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    for (let i = 1; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) continue outer;
    return at + wanted.length - 1 - HEX;
  }
  return -1;
}

/**
 * Puts the digest of some bytes into them: into the first JSON field `sha256`, which holds {@linkcode unsealed}.
 *
 * @param bytes The bytes, which are changed.
 * @returns The same bytes.
 * @throws {RangeError} Where there is no such field.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isSealed, seal, unsealed } from "@gcln/kit/files";
 *
 * const bytes = await seal(new TextEncoder().encode(JSON.stringify({ sha256: unsealed, answer: 42 })));
 * const { sha256 } = JSON.parse(new TextDecoder().decode(bytes));
 * assertEquals(await isSealed(bytes, sha256), true);
 * bytes[bytes.length - 2]! += 1; // 42 becomes 43
 * assertEquals(await isSealed(bytes, sha256), false);
 * ```
 */
export async function seal(bytes: Uint8Array): Promise<Uint8Array> {
  const place = placeIn(bytes, NONE);
  if (place < 0) throw new RangeError("Cannot seal bytes without a field sha256 of 64 zeros");
  bytes.set(encoder.encode(await sha256(bytes)), place);
  return bytes;
}

/**
 * Whether bytes are what was sealed.
 *
 * @param bytes The bytes.
 * @param digits What their field `sha256` holds.
 */
export async function isSealed(bytes: Uint8Array, digits: unknown): Promise<boolean> {
  if (typeof digits !== "string" || !/^[0-9a-f]{64}$/.test(digits)) return false;
  const place = placeIn(bytes, digits);
  if (place < 0) return false;
  const blank = bytes.slice();
  blank.set(encoder.encode(NONE), place);
  return await sha256(blank) === digits;
}

/** A record as JSON with a seal. */
export async function sealedJson(record: object): Promise<Uint8Array> {
  return await seal(encoder.encode(JSON.stringify({ ...record, sha256: NONE })));
}

/**
 * A record from JSON with a seal, without the seal.
 *
 * Earlier versions of the kit wrote none. Such a record is taken if it has their fields and no others: then it can't be one of
 * today's that has lost its seal.
 *
 * @param bytes The JSON.
 * @param earlier The fields of a record without a seal.
 * @throws {DamagedError} Where it is not what was written.
 */
export async function openSealedJson(
  bytes: Uint8Array,
  earlier: readonly string[],
): Promise<Record<string, unknown>> {
  let record: unknown;
  try {
    record = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new DamagedError("it is no JSON");
  }
  if (typeof record !== "object" || record === null) throw new DamagedError("it is no record");
  const { sha256, ...rest } = record as Record<string, unknown>;
  if (Object.keys(record).every((field) => earlier.includes(field))) return rest;
  if (!await isSealed(bytes, sha256)) throw new DamagedError(DIFFERS);
  return rest;
}

/**
 * The digest of bytes and of the name of the file that they are in: 64 hexadecimal digits, for files that have no field of
 * their own. They stand at the file's end.
 *
 * @param name The name of the file, without its folder.
 * @param bytes The bytes.
 *
 * @example Usage
 * ```ts
 * import { assertNotEquals } from "@std/assert";
 * import { namedDigest } from "@gcln/kit/files";
 *
 * const bytes = new Uint8Array([1, 2, 3]);
 * assertNotEquals(await namedDigest("a.bin", bytes), await namedDigest("b.bin", bytes));
 * ```
 */
export async function namedDigest(name: string, bytes: Uint8Array): Promise<string> {
  return await sha256(encoder.encode(`${name} ${await sha256(bytes)}`));
}

/** How many bytes {@linkcode namedDigest} takes at the end of a file. */
export const NAMED_DIGEST: number = HEX;

/** Why a file is not used whose digest does not fit. */
export const DIFFERS: string = "its content is not what was written (its SHA-256 differs)";

/** Thrown for a file that is not what was written. */
export class DamagedError extends Error {
  /** The name of the error. */
  override readonly name = "DamagedError";
}

/** Says that a file of a cache is not used, and why; it is made anew. */
export function sayUnused(path: string, reason: string): void {
  console.warn(`Not used: ${path}: ${reason}. It is made anew`);
}
