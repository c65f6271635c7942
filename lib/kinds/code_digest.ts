/**
 * A digest of the source text of some functions and of a version, for the keys of caches. When a user changes her code, the
 * key changes, and results of the old code are not used. The digest does not see functions that these functions call, nor
 * values that they capture: raise the version when those change.
 *
 * @param parts Functions or texts; an undefined one counts as empty.
 * @param version The version of everything else.
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertNotEquals } from "@std/assert";
 * import { codeDigest } from "@gcln/kit/kinds";
 *
 * assertEquals(codeDigest([(x: number) => x + 1]), codeDigest([(x: number) => x + 1]));
 * assertNotEquals(codeDigest([(x: number) => x + 1]), codeDigest([(x: number) => x + 2]));
 * assertNotEquals(codeDigest([], 1), codeDigest([], 2));
 * ```
 */
export function codeDigest(parts: readonly unknown[], version: string | number = ""): string {
  const text = JSON.stringify([...parts.map((part) => part ? String(part) : ""), String(version)]);
  return [0x811c9dc5, 0x9747b28c].map((start) => hash(text, start).toString(36)).join("-");
}

/** FNV-1a over UTF-16 units, with the final mixing of MurmurHash3. */
function hash(text: string, start: number): number {
  let h = start;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
