/** All experiments, one process after another, with a line for each. */
import type { Command, Flags } from "../cli/command.ts";
import { type Experiment, experiments } from "./experiments.ts";
import {
  type AnyFlags,
  common,
  flagsOf,
  goesOn,
  kindsInHelp,
  measuring,
  sinceBy,
  together,
  withDatasets,
} from "./flags.ts";
import { stopping } from "../cli/stopping.ts";
import { duration, type Ended, summary } from "./summary.ts";

/** The command that runs all experiments, with the names that are registered now. */
export function everyCommand(): Command<Flags> {
  return {
    name: "deno task reproduce",
    summary: "Measures all tables and figures, one process after another, with a line for each.\n" +
      "Finished cells are kept: a stopped run resumes. A network that several experiments need is trained once.\n" +
      "Of your own files the tables and figures that they export are measured; what else they define is known by its name.\n\n" +
      kindsInHelp(),
    positionals: {
      name: "EXPERIMENT",
      help: `only these: ${Object.keys(experiments).join(", ")}, or files of your own`,
    },
    flags: withDatasets({ ...common, ...measuring, ...together }),
    examples: [
      "deno task reproduce ./my_table.ts '--rows=Mine' --examples=50",
      "deno task reproduce ./my_kinds.ts table1 --dataset=mine",
      "deno task reproduce",
      "deno task reproduce table2 figure3 --examples=50",
      "deno task reproduce --retrain",
      "deno task reproduce --profile=course --dataset=fashion-mnist --seeds=1",
    ],
  };
}

/** The exit codes of an experiment that was stopped. */
const STOPS: readonly number[] = [130, 143, 129];

/** The number of last lines to show of an experiment that failed. */
const LAST = 12;

/** The flags that are passed on to the command of each experiment. */
export function passedOn({ kind }: Pick<Experiment, "kind">, flags: AnyFlags): string[] {
  const known = flagsOf(kind);
  return Object.entries(flags).flatMap(([flag, value]) => {
    if (!Object.hasOwn(known, flag) || value === undefined || value === false) return [];
    return [value === true ? `--${flag}` : `--${flag}=${value}`];
  });
}

/** Shows a line that the next one replaces; on a terminal only. */
function passing(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  const { columns } = Deno.consoleSize();
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${[...text].slice(0, columns - 1).join("")}`));
}

/** The pattern of the line that names the files of a result. */
const WRITTEN = /^Written: (.+?\.json)/;

/**
 * Runs experiments, each in its own process, so that the memory of one is freed before the next. With `--fresh` or `--retrain`
 * each network is trained again once for all of them.
 *
 * @param script The command of one experiment.
 * @param wanted The experiments by their names.
 * @param own The user's files that each process imports.
 * @param say Prints a line for each, and the summary.
 * @returns The exit code: 0, 1 if one has failed, 130 if all was stopped (143 by SIGTERM, 129 by SIGHUP).
 */
export async function runEvery(
  script: string,
  wanted: Readonly<Record<string, Experiment>>,
  own: readonly string[],
  flags: AnyFlags,
  say: (line: string) => void = console.log,
): Promise<number> {
  const since = sinceBy(flags), passed = since ? { ...flags, since: since.toISOString() } : flags;
  const ended: Ended[] = [], names = Object.keys(wanted);
  let child: Deno.ChildProcess | undefined, stopped = false;
  using stop = await stopping({
    says: "Stopping the experiment that runs; the same signal again ends at once.",
  });
  stop.signal.addEventListener("abort", () => {
    stopped = true;
    try {
      child?.kill(stop.cause()!); // a terminal has sent it already, others have not
    } catch {
      // It has ended already.
    }
  });
  for (const [i, name] of names.entries()) {
    const place = `${i + 1}/${names.length} ${name.padEnd(7)}`, started = performance.now();
    passing(`${place} …`);
    child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, name, ...own, ...passedOn(wanted[name]!, passed)],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const lines: string[] = [];
    const heard = hear(child.stderr, (line) => {
      lines.push(line);
      passing(`${place} … ${line}`);
    });
    const { code } = await child.status;
    await heard;
    passing("");
    const seconds = (performance.now() - started) / 1000, took = duration(seconds);
    const line = lines.findLast((line) => WRITTEN.test(line)) ?? "";
    if (code === 0) {
      const [, written] = WRITTEN.exec(line) ?? [];
      ended.push({ name, state: "finished", seconds, ...(written ? { written } : {}) });
      say(`${place} ✓ ${took} ${line}`);
    } else if (stopped || STOPS.includes(code)) {
      stopped = true;
      ended.push({ name, state: "stopped", seconds });
      say(`${place} stopped after ${took}; ${goesOn(since)}`);
    } else {
      ended.push({ name, state: "failed", seconds });
      say(`${place} ✗ ${took}`);
      for (const line of lines.slice(-LAST)) say(`    ${line}`);
    }
    if (stopped) break;
  }
  if (names.length > 1) { for (const line of ["", ...summary(ended, names.slice(ended.length))]) say(line); }
  if (stopped) return stop.code();
  return ended.some(({ state }) => state === "failed") ? 1 : 0;
}

/** Passes text on line by line. */
async function hear(stream: ReadableStream<Uint8Array>, tell: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!;
    lines.filter(Boolean).forEach(tell);
  }
  if (rest) tell(rest);
}
