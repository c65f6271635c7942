import { dirname, join } from "node:path";
import { drawsFrom } from "./draws.ts";
import type { Reader } from "./readers.ts";

/** A file that a reader handled as it must not. */
export interface Fault {
  /** Its number; with the seed it makes the same file again. */
  readonly file: number;
  /** What happened. */
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** What a reader made of damaged files. */
export interface Tally {
  readonly files: number;
  /** Read, and with nothing wrong to see in what was read. */
  readonly taken: number;
  /** Refused with an error that says what is wrong, and in which file. */
  readonly refused: number;
  /** The longest time for one file, in ms. */
  readonly slowest: number;
  /** The most memory that the reading of one file took beyond what the process had before it, in bytes. */
  readonly memory: number;
  readonly faults: readonly Fault[];
}

/** A reader that takes longer for a small file hangs, as far as a user can tell (ms). */
const PATIENCE = 20_000;

/** A file may take ten times its size, and so much in any case: what the engine and the garbage collector put by (bytes). */
const TIMES = 10, LEAST = 64 * 2 ** 20;

/**
 * Starts to watch the memory of the process; the function that it returns gives the most that was taken since, in bytes. Linux
 * knows the highest moment; elsewhere it is what is taken when one looks.
 */
function watched(): () => number {
  const before = Deno.memoryUsage().rss;
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5"); // the highest moment begins anew
  } catch {
    return () => Math.max(0, Deno.memoryUsage().rss - before);
  }
  return () => {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
    return Math.max(0, Number(kilobytes) * 1024 - before);
  };
}

/** Reads each whole file once, so that libraries are loaded before memory is looked at. */
async function warm(
  { read, file = "file" }: Reader,
  samples: readonly Uint8Array[],
  base: string,
): Promise<void> {
  for (const bytes of samples) {
    const folder = join(base, "folder"), path = join(folder, file);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, bytes);
    try {
      await read(folder, path);
    } catch {
      // A sample may be damaged on purpose.
    }
    await Deno.remove(folder, { recursive: true });
  }
}

/** Damages files and has them read, each in a folder of its own. */
export async function fuzz(reader: Reader, count: number, seed: number): Promise<Tally> {
  const samples = await reader.samples(), faults: Fault[] = [];
  const base = await Deno.makeTempDir({ prefix: "gcln-fuzz-" });
  let taken = 0, refused = 0, slowest = 0, memory = 0;
  try {
    await warm(reader, samples, base);
    for (let file = 0; file < count; file++) {
      const draws = drawsFrom(seed * 1_000_003 + file), bytes = reader.mutate(draws.one(samples), draws);
      const folder = join(base, "folder"), path = join(folder, reader.file ?? "file");
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, bytes);
      const say = (what: string) => void faults.push({ file, what, bytes });
      const highest = watched(), started = performance.now();
      try {
        const problem = await reader.read(folder, path);
        if (problem) say(`taken, but ${problem}`);
        else taken++;
      } catch (error) {
        const { name: kind, message } = error as Error;
        if (!reader.isRefusal(error as Error)) say(`${kind}: ${message}`);
        else if (reader.namesFile !== false && !message.includes(folder)) {
          say(`the file is not named: ${message}`);
        } else refused++;
      }
      const time = performance.now() - started;
      slowest = Math.max(slowest, time);
      const grown = highest();
      memory = Math.max(memory, grown);
      if (grown > Math.max(LEAST, TIMES * bytes.length)) {
        say(`it took ${Math.round(grown / 2 ** 20)} MB of memory for ${bytes.length} bytes`);
      }
      if (time > PATIENCE) say(`it took ${(time / 1000).toFixed(1)} s`);
      const around = [...Deno.readDirSync(base)].map(({ name }) => name).sort();
      if (around.join() !== "folder") say(`it left ${around} beside its folder`);
      await Deno.remove(folder, { recursive: true });
    }
  } finally {
    await Deno.remove(base, { recursive: true });
  }
  return { files: count, taken, refused, slowest, memory, faults };
}
