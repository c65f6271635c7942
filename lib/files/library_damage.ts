import { closeSync, openSync, readSync, statSync } from "node:fs";

/** The four bytes that a library of Linux begins with. */
const ELF = 0x7f454c46;

/**
 * What is wrong with the file of a shared library, seen from its size and its first 64 bytes; undefined where nothing is.
 *
 * A library that is cut off ends the process as it is loaded (SIGBUS or SIGSEGV), and no `catch` sees that. So look first:
 * a 64-bit ELF file says where its table of sections ends, and that is where the file must end too. Of other formats only
 * an empty file is found.
 *
 * @param path The library.
 *
 * @example Usage
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { libraryDamage } from "@gcln/kit/files";
 *
 * const file = await Deno.makeTempFile();
 * assertMatch(libraryDamage(file)!, /is empty$/);
 * await Deno.remove(file);
 * assertMatch(libraryDamage(file)!, /is not there$/);
 * ```
 */
export function libraryDamage(path: string): string | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return `${path} is not there`;
  if (!info.isFile()) return `${path} is no file`;
  if (info.size === 0) return `${path} is empty`;
  const head = new DataView(new ArrayBuffer(64)), file = openSync(path, "r");
  const have = readSync(file, new Uint8Array(head.buffer));
  closeSync(file);
  const isElf = have >= 4 && head.getUint32(0) === ELF;
  if (Deno.build.os === "linux" && !isElf) return `${path} is no library: its first bytes are wrong`;
  if (!isElf) return undefined;
  const sections = Number(head.getBigUint64(40, true));
  const end = have < 64 ? 64 : sections + head.getUint16(58, true) * head.getUint16(60, true);
  return info.size < end ? `${path} is cut off: it has ${info.size} of ${end} bytes` : undefined;
}
