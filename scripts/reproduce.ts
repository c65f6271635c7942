/**
 * `deno task reproduce:table1` and the tasks of the other experiments measure a table or a figure of the paper and print it
 * with the paper's numbers. `deno task reproduce` measures all of them, and the tables and figures in a user's own files.
 *
 *     deno task reproduce:table1 --profile=course --dataset=fashion-mnist
 *     deno task reproduce ./my_table.ts --rows=Mine
 */
import { type BackendName, useBackend } from "../lib/tensor/mod.ts";
import {
  choose,
  type Command,
  type Flags,
  orExit,
  type Parsed,
  runCommand,
  UsageError,
} from "./cli/command.ts";
import { everyCommand, runEvery } from "./reproduce/every.ts";
import {
  checkFiles,
  type Experiment,
  experiments,
  experimentsIn,
  isModule,
} from "./reproduce/experiments.ts";
import { printed, terminalColumns, write } from "./reproduce/files.ts";
import { type AnyFlags, checkDataset, commandOf, goesOn, settingBy, sinceBy } from "./reproduce/flags.ts";
import { check, measuringBy, run, training } from "./reproduce/run.ts";
import { helpersFor, processesBy, shareCores } from "./reproduce/together.ts";
import { type ClusterFlags, onSlurm } from "./slurm/on_slurm.ts";
import { isStop, stopping } from "./cli/stopping.ts";

async function one(
  name: string,
  experiment: Experiment,
  files: readonly string[],
  flags: AnyFlags & ClusterFlags,
): Promise<number> {
  using stop = await stopping();
  if (flags.on !== undefined) {
    if (experiment.kind !== "table") {
      throw new UsageError("--on=slurm is for tables: a figure is measured on one machine");
    }
    check(experiment, flags);
    try {
      return await onSlurm(name, experiment.data, files, flags, stop.signal);
    } catch (error) {
      if (!isStop(error)) throw error;
      console.error("Stopped, and the jobs are cancelled. Finished cells are kept.");
      return stop.code();
    }
  }
  const since = sinceBy(flags), measuring = measuringBy(flags, settingBy(flags, stop.signal), since);
  check(experiment, flags);
  const trains = await training(experiment, flags, measuring);
  if (trains !== undefined) console.error(trains);
  const most = experiment.kind === "table" ? await processesBy(flags, trains !== undefined) : 1;
  shareCores(most);
  const { description } = await useBackend(flags.backend as BackendName | undefined);
  const processes = flags.jobs !== undefined || leavesCores(description) ? most : 1;
  const shares = processes === 1 ? "" : ` ${processes} processes share the cells.`;
  console.error(`Backend: ${description}.${shares} Ctrl-C stops; ${goesOn(since)}.`);
  await using helpers = helpersFor(processes, { name, files, flags, since: since?.toISOString() });
  try {
    const outcome = await run(experiment, flags, helpers.beside(measuring));
    const written = await write(outcome, flags.results!, flags);
    console.error(`Written: ${written.line}`);
    console.log(printed(outcome, written, terminalColumns()));
    return 0;
  } catch (error) {
    if (!isStop(error)) throw error;
    console.error(`Stopped. Finished cells are kept; ${goesOn(since)}.`);
    return stop.code();
  }
}

/** Whether it pays to share cells: WebAssembly uses all cores by itself, and a graphics card is one for all processes. */
function leavesCores(description: string): boolean {
  return /^tensorflow .*\(CPU\)/.test(description);
}

/** The experiments that some words name, of the paper and of the user's own files; all if there are no words. */
function wantedBy(
  names: readonly string[],
  own: Readonly<Record<string, Experiment>>,
  hasFiles: boolean,
): Readonly<Record<string, Experiment>> {
  const known = { ...experiments, ...own };
  for (const name of names) choose("experiment", name, Object.keys(known));
  if (names.length > 0) {
    return Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name)));
  }
  if (!hasFiles) return experiments;
  if (Object.keys(own).length > 0) return own;
  throw new UsageError(
    `No table or figure is exported by these files: name an experiment beside them, such as ${
      Object.keys(experiments)[0]
    }`,
  );
}

/** The command that some words call, and its arguments. */
interface Call {
  readonly command: Command<Flags>;
  readonly main: (parsed: Parsed<Flags>) => Promise<number>;
  readonly args: readonly string[];
}

async function callOf([name = "", ...args]: readonly string[]): Promise<Call> {
  const files = args.concat(name).filter(isModule), own = await experimentsIn(files);
  const known: Readonly<Record<string, Experiment>> = { ...experiments, ...own };
  const callOne = (name: string, args: readonly string[]): Call => ({
    command: commandOf(name, known[name]!, files),
    main({ flags, words }) {
      checkFiles(words);
      return one(name, known[name]!, files, flags as AnyFlags);
    },
    args,
  });
  if (name !== "all") {
    if (Object.hasOwn(known, name)) return callOne(name, args);
    const names = Object.keys(known).map((name) => `reproduce:${name}`).join(", ");
    throw new UsageError(`An experiment is wanted: one of ${names}, or reproduce for all`);
  }
  const named = (words: readonly string[]) =>
    words.filter((word) => !word.startsWith("-") && !isModule(word));
  if (files.length > 0) {
    const [only, ...others] = Object.keys(wantedBy(named(args), own, true));
    // The command of one experiment also has the flags of tables or figures, such as --rows.
    if (only !== undefined && others.length === 0) return callOne(only, args.filter((word) => word !== only));
  }
  return {
    command: everyCommand(),
    async main({ flags, words }) {
      checkDataset(flags);
      return await runEvery(
        import.meta.filename!,
        wantedBy(named(words), own, files.length > 0),
        files,
        flags,
      );
    },
    args,
  };
}

const { command, main, args } = await orExit(
  "deno task reproduce",
  () => callOf(Deno.args.filter((word) => word !== "--")),
);
await runCommand(command, main, args);
