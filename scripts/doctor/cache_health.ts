import { basename, join } from "node:path";
import { isSealed, NAMED_DIGEST, namedDigest } from "../../lib/files/mod.ts";
import type { Damage } from "./shipped_health.ts";

/** What lies in a folder of the cache. */
export interface Health {
  readonly files: number;
  readonly bytes: number;
  /** Files that are not what was written, or can't be what their names say. */
  readonly damaged: readonly Damage[];
  /** Files whose form alone was looked at, since all together they are too large to be read. */
  readonly unread: number;
  /** Temporary files and folders that a killed process has left: those that are a day old. */
  readonly left: readonly string[];
}

const DAY = 24 * 60 * 60 * 1000;

/** Temporary names of writeAtomically, of set-ups and of downloads. */
const TEMPORARY = /\.\d+-[0-9a-f]{8}$|^\.tmp-|\.part$/;

/** How many bytes are compared with their digests, unless told otherwise: a second or two of work. */
const MOST_BYTES = 1e9;

/**
 * Looks at all files below a folder: at their form, and whether weights, checkpoints, records and pools are what their digests
 * say.
 */
export async function healthOf(
  folder: string,
  { now = Date.now(), mostBytes = MOST_BYTES }: { readonly now?: number; readonly mostBytes?: number } = {},
): Promise<Health> {
  const damaged: Damage[] = [], left: string[] = [];
  let files = 0, bytes = 0, read = 0, unread = 0;
  const walk = async (at: string): Promise<void> => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(at)) {
      const path = join(at, name), info = await Deno.stat(path).catch(() => undefined);
      if (info === undefined) {
        damaged.push({ path, what: "a link to nothing, or it may not be read" });
        continue;
      }
      if (TEMPORARY.test(name)) {
        if (now - (info.mtime?.getTime() ?? now) > DAY) left.push(path);
        continue;
      }
      if (isDirectory) await walk(path);
      if (!isFile) continue;
      files++;
      bytes += info.size;
      const isRead = read + info.size <= mostBytes;
      if (isRead) read += info.size;
      else unread++;
      const what = await damageOf(path, info.size) ?? (isRead ? await differenceOf(path) : undefined);
      if (what !== undefined) damaged.push({ path, what });
    }
  };
  await walk(folder);
  return { files, bytes, damaged, unread, left };
}

/** Files of tensors. */
const WEIGHTS = /\.(safetensors|checkpoint)$/;

const DIFFERS = "its content is not what was written (its SHA-256 differs)";

/** Whether the content of a file is not what its digest says; undefined where it is, or where it carries none. */
async function differenceOf(path: string): Promise<string | undefined> {
  if (WEIGHTS.test(path)) {
    const bytes = await Deno.readFile(path), size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const { __metadata__: metadata } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
    if (metadata?.sha256 === undefined) return undefined; // written by an earlier version of the kit
    return await isSealed(bytes, metadata.sha256) ? undefined : DIFFERS;
  }
  if (path.endsWith(".json")) {
    const bytes = await Deno.readFile(path), record = JSON.parse(new TextDecoder().decode(bytes));
    // The record of a library beside it has the digest of that one, with its size.
    if (record.sha256 === undefined || record.size !== undefined) return undefined;
    return await isSealed(bytes, record.sha256) ? undefined : DIFFERS;
  }
  if (!/^pool-.*\.bin$/.test(basename(path))) return undefined;
  const all = await Deno.readFile(path), bytes = all.subarray(0, -NAMED_DIGEST);
  const digest = new TextDecoder().decode(all.subarray(-NAMED_DIGEST));
  return await namedDigest(basename(path), bytes) === digest ? undefined : DIFFERS;
}

/** What is wrong with the form of a file; undefined where nothing is, or its form is not known here. */
async function damageOf(path: string, size: number): Promise<string | undefined> {
  if (path.endsWith(".json")) {
    if (size === 0) return "empty";
    try {
      const value = JSON.parse(await Deno.readTextFile(path));
      return value !== null && typeof value === "object" ? undefined : "it holds no record";
    } catch {
      return "not JSON: cut off or damaged";
    }
  }
  if (!WEIGHTS.test(path)) return undefined;
  if (size < 8) return size === 0 ? "empty" : "cut off";
  using file = await Deno.open(path);
  const start = new Uint8Array(8);
  await file.read(start);
  const header = Number(new DataView(start.buffer).getBigUint64(0, true));
  if (header > size - 8 || header > 100e6) return "cut off, or no safetensors file";
  const text = new Uint8Array(header);
  for (let have = 0; have < header;) {
    const n = await file.read(text.subarray(have));
    if (n === null) return "cut off";
    have += n;
  }
  try {
    const tensors = Object.entries(JSON.parse(new TextDecoder().decode(text))).filter(([name]) =>
      name !== "__metadata__"
    ) as [string, { data_offsets: [number, number] }][];
    const end = Math.max(0, ...tensors.map(([, { data_offsets }]) => data_offsets[1]));
    return 8 + header + end === size ? undefined : `it has ${size} bytes, ${8 + header + end} are wanted`;
  } catch {
    return "its header is damaged";
  }
}
