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
  withDatasets,
} from "./flags.ts";
import { duration, type Ended, summary } from "./summary.ts";

/** The command that runs all, with what is known by now. */
export function everyCommand(): Command<Flags> {
  return {
    name: "deno task reproduce",
    summary: "Measures all tables and figures, one process after another, with a line for each.\n" +
      "What is finished is kept: a run that was stopped goes on where it was. A network that several need is trained once.\n" +
      "Of your own files the tables and figures that they export are measured; what else they define is known by its name.\n\n" +
      kindsInHelp(),
    positionals: {
      name: "EXPERIMENT",
      help: `only these: ${Object.keys(experiments).join(", ")}, or files of your own`,
    },
    flags: withDatasets({ ...common, ...measuring }),
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

/** How many of the last lines of one that failed are shown. */
const LAST = 12;

/** The flags for all experiments that one experiment's command takes. */
export function passedOn({ kind }: Pick<Experiment, "kind">, flags: AnyFlags): string[] {
  const known = flagsOf(kind);
  return Object.entries(flags).flatMap(([flag, value]) => {
    if (!Object.hasOwn(known, flag) || value === undefined || value === false) return [];
    return [value === true ? `--${flag}` : `--${flag}=${value}`];
  });
}

/** A line on the terminal that the next one replaces; nothing elsewhere. */
function passing(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  const { columns } = Deno.consoleSize();
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${[...text].slice(0, columns - 1).join("")}`));
}

/** What is in a line that tells of the files of a result. */
const WRITTEN = /^Written: (.+?\.json)/;

/**
 * Runs experiments, each in a process of its own: memory of one is not the next one's. What is to be made anew is made
 * once for all of them.
 *
 * @param script The command of one experiment.
 * @param wanted The experiments by their names.
 * @param own The user's files that each process imports.
 * @param say Gets a line for each, and a summary.
 * @returns The exit code: 0, 1 if one has failed, 130 if all was stopped.
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
  const stop = () => {
    stopped = true;
    try {
      child?.kill("SIGINT"); // a terminal has sent it already, others have not
    } catch {
      // It has ended by itself.
    }
  };
  Deno.addSignalListener("SIGINT", stop);
  try {
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
      } else if (stopped || code === 130) {
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
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
  if (names.length > 1) { for (const line of ["", ...summary(ended, names.slice(ended.length))]) say(line); }
  if (stopped) return 130;
  return ended.some(({ state }) => state === "failed") ? 1 : 0;
}

/** Hands on what comes, line by line. */
async function hear(stream: ReadableStream<Uint8Array>, tell: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!;
    lines.filter(Boolean).forEach(tell);
  }
  if (rest) tell(rest);
}
