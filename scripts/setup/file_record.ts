import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** What a file must be. */
export interface FileRecord {
  /** Bytes. */
  readonly size: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** SHA-256 (hex) of a file, which is never whole in memory. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/** The record of a file as it is. */
export async function recordOf(file: string): Promise<FileRecord> {
  return { size: (await Deno.stat(file)).size, sha256: await sha256(file) };
}

/** What is wrong with a file; undefined where it is what its record says. */
export async function damage(file: string, wanted: FileRecord): Promise<string | undefined> {
  const info = await Deno.stat(file).catch(() => undefined);
  if (info === undefined) return `${file} is not there`;
  if (info.size !== wanted.size) return `${file} has ${info.size} bytes, not ${wanted.size}`;
  return await sha256(file) === wanted.sha256 ? undefined : `${file} has another content (SHA-256)`;
}
