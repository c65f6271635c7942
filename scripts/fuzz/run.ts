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
  /** The most memory that the process took beyond what it had at first, in bytes. */
  readonly memory: number;
  readonly faults: readonly Fault[];
}

/** A reader that takes longer for a small file hangs, as far as a user can tell (ms). */
const PATIENCE = 20_000;

/** Damages files and has them read, each in a folder of its own. */
export async function fuzz(reader: Reader, count: number, seed: number): Promise<Tally> {
  const samples = await reader.samples(), faults: Fault[] = [];
  const base = await Deno.makeTempDir({ prefix: "gcln-fuzz-" });
  let taken = 0, refused = 0, slowest = 0, memory = 0;
  const before = Deno.memoryUsage().rss;
  try {
    for (let file = 0; file < count; file++) {
      const draws = drawsFrom(seed * 1_000_003 + file), bytes = reader.mutate(draws.one(samples), draws);
      const folder = join(base, "folder"), path = join(folder, reader.file ?? "file");
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, bytes);
      const say = (what: string) => void faults.push({ file, what, bytes });
      const started = performance.now();
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
      memory = Math.max(memory, Deno.memoryUsage().rss - before);
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
