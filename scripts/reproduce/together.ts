/** Several processes that measure the cells of one table at the same time. */
import { fileURLToPath } from "node:url";
import type { MeasuringOptions } from "../../lib/experiments/mod.ts";
import { sharedThreads } from "../cli/threads.ts";
import { type AnyFlags, count } from "./flags.ts";

/** More bring little: the longest row is what all wait for. */
const MOST = 4;

/** Bytes of memory for a process; two rows of Table 1 took 2.2e9. */
const MEMORY = 3e9;

/** Milliseconds in which a helper ends by itself. */
const GRACE = 3000;

/** What a helper measures. */
export interface Helped {
  /** The table's name. */
  readonly name: string;
  /** The user's files that it needs. */
  readonly files: readonly string[];
  readonly flags: AnyFlags;
  /** The name of a run that makes things anew. */
  readonly since?: string | undefined;
}

/**
 * How many processes measure a table, from its flags: as many as asked for, else one for every two cores (two on two cores)
 * where they are allowed to start, have the memory, and compute on the processor.
 *
 * @param flags The flags.
 * @param trains Whether a network has to be trained first: one process with all cores does that faster.
 */
export async function processesBy({ jobs, backend }: AnyFlags, trains: boolean): Promise<number> {
  const wanted = count("jobs", jobs, 1);
  if (wanted !== undefined) return wanted;
  const { state } = await Deno.permissions.query({ name: "run" });
  if (trains || state !== "granted" || (backend !== undefined && backend !== "tensorflow")) return 1;
  const cores = navigator.hardwareConcurrency, { available } = Deno.systemMemoryInfo();
  return Math.max(
    1,
    Math.min(MOST, cores > 2 ? Math.floor(cores / 2) : cores, Math.floor(available / MEMORY)),
  );
}

/** The variables by which each of several processes takes its share of the cores. */
export function shareCores(processes: number): void {
  for (const [name, value] of Object.entries(sharedThreads(processes))) Deno.env.set(name, value);
}

/** Processes that measure what this one measures. They write no result, and end with it. */
export interface Helpers extends AsyncDisposable {
  /** The options of this process: when its first cell is measured, the helpers start. */
  beside(options: MeasuringOptions): MeasuringOptions;
}

/** Helpers for so many processes in all, each with the same share of the cores. */
export function helpersFor(processes: number, helped: Helped): Helpers {
  const started: Deno.ChildProcess[] = [];
  const start = () => {
    while (started.length < processes - 1) started.push(helper(helped));
  };
  return {
    beside({ progress, ...options }) {
      if (processes === 1 || progress === undefined) return { ...options, ...(progress ? { progress } : {}) };
      return {
        ...options,
        processes,
        // What is found in the cache shows no progress.
        progress(label, place) {
          start();
          return progress(label, place);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map(async (helper) => {
        const timer = setTimeout(() => helper.kill("SIGKILL"), GRACE);
        await helper.stdin.close().catch(() => {}); // it has ended already
        await helper.status;
        clearTimeout(timer);
      }));
    },
  };
}

function helper(helped: Helped): Deno.ChildProcess {
  const script = fileURLToPath(import.meta.resolve("./help.ts"));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, JSON.stringify(helped)],
    stdin: "piped", // its end tells the helper that this process has ended
    stdout: "null",
    stderr: "null",
  }).spawn();
}
