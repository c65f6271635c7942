import { join } from "node:path";

/** What lies in a folder of the cache. */
export interface Health {
  readonly files: number;
  readonly bytes: number;
  /** Files that can't be what their names say, with the reason. */
  readonly damaged: readonly string[];
  /** Temporary files and folders that a killed process has left: those that are a day old. */
  readonly left: readonly string[];
}

const DAY = 24 * 60 * 60 * 1000;

/** Temporary names of writeAtomically, of set-ups and of downloads. */
const TEMPORARY = /\.\d+-[0-9a-f]{8}$|^\.tmp-|\.part$/;

/** Looks at all files below a folder; of weights and records it looks at the form, not at each byte. */
export async function healthOf(folder: string, now: number = Date.now()): Promise<Health> {
  const damaged: string[] = [], left: string[] = [];
  let files = 0, bytes = 0;
  const walk = async (at: string): Promise<void> => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(at)) {
      const path = join(at, name), info = await Deno.stat(path).catch(() => undefined);
      if (info === undefined) {
        damaged.push(`${path}: a link to nothing, or it may not be read`);
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
      const what = await damageOf(path, info.size);
      if (what !== undefined) damaged.push(`${path}: ${what}`);
    }
  };
  await walk(folder);
  return { files, bytes, damaged, left };
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
  if (!path.endsWith(".safetensors")) return undefined;
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
