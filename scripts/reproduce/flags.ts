import { type DatasetName, datasets } from "../../lib/data/mod.ts";
import { type ExperimentOptions, type ProfileName, profiles } from "../../lib/experiments/mod.ts";
import { progress } from "../../lib/report/mod.ts";
import { backendNames } from "../../lib/tensor/mod.ts";
import { choose, type Command, type Flags, type Parsed, UsageError } from "../cli/command.ts";
import { type Experiment, experiments } from "./experiments.ts";

/** What can be chosen for every experiment. */
export const common = {
  profile: { kind: "string", help: "how large", choices: Object.keys(profiles), default: "quick" },
  dataset: {
    kind: "string",
    help: "instead of the profile's or the paper's",
    choices: Object.keys(datasets),
  },
  examples: { kind: "number", help: "test images a cell, from each seed" },
  seed: { kind: "number", help: "fixes everything that is random", default: 1 },
  backend: {
    kind: "string",
    help: "the engine (default: the fastest that is there)",
    choices: backendNames,
  },
  results: {
    kind: "string",
    help: "where the results are written",
    placeholder: "FOLDER",
    default: "results",
  },
} as const satisfies Flags;

/** What is made anew, though it is there. */
export const anew = {
  fresh: { kind: "boolean", help: "measures everything anew instead of taking finished cells" },
  retrain: {
    kind: "boolean",
    help: "trains the networks anew instead of taking shipped or cached ones, and measures anew",
  },
  since: {
    kind: "string",
    help: "with --fresh or --retrain: what was made since then is new enough (a stopped run says from when)",
    placeholder: "TIME",
  },
} as const satisfies Flags;

/** What can be chosen where cells are measured. */
export const measuring = {
  seeds: { kind: "number", help: "from how many seeds each cell is measured (default: the profile's)" },
  search: {
    kind: "string",
    help: "what attackers compute in while they search; every image is judged in float32",
    choices: ["float32", "bfloat16", "fastest"],
    default: "float32",
  },
  ...anew,
} as const satisfies Flags;

const parts = {
  rows: {
    kind: "strings",
    help: "only these rows, by their heads; commas between several",
    placeholder: "ROW",
  },
  columns: { kind: "strings", help: "only these columns; commas between several", placeholder: "COLUMN" },
  panels: { kind: "strings", help: "only these panels; commas between several", placeholder: "PANEL" },
  curves: { kind: "strings", help: "only these curves; commas between several", placeholder: "CURVE" },
  row: { kind: "string", help: "whose images (default: the first row's)", placeholder: "ROW" },
} as const satisfies Flags;

/** Every flag that there is, of one experiment or another. */
export type AnyFlags = Partial<
  Parsed<typeof common & typeof measuring & typeof parts>["flags"]
>;

/** The command of one experiment. */
export function commandOf(name: string): Command<Flags> {
  const { kind, data: { title } } = experiments[name]!, flags = flagsOf(kind);
  const task = `deno task reproduce:${name}`;
  return {
    name: task,
    summary: `Measures the paper's ${name} (${title}) and prints it beside the reported numbers.\n` +
      "Networks and finished cells are kept: a run that was stopped goes on where it was.",
    flags,
    examples: [
      ...examplesOf(experiments[name]!).map((flags) => `${task} ${flags}`),
      `${task} --profile=course --dataset=fashion-mnist`,
    ],
  };
}

/** The flags of an experiment's command. */
export function flagsOf(kind: Experiment["kind"]): Flags {
  switch (kind) {
    case "table":
      return { ...common, ...measuring, rows: parts.rows, columns: parts.columns };
    case "figure":
      return { ...common, ...measuring, panels: parts.panels, curves: parts.curves };
    case "view":
      return { ...common, ...anew, row: parts.row, columns: parts.columns };
    default:
      return kind satisfies never;
  }
}

function examplesOf(experiment: Experiment): readonly string[] {
  switch (experiment.kind) {
    case "table": {
      const [first, second] = Object.keys(experiment.data.columns);
      return [`--examples=50 '--columns=${first},${second}'`, `'--rows=${experiment.shown.row}'`];
    }
    case "figure":
      return ["--examples=50", "--panels=right '--curves=Our method'"];
    case "view":
      return ["--examples=50"];
    default:
      return experiment satisfies never;
  }
}

/** The heads that a flag names, each checked; `undefined` means all. */
export function heads(
  what: string,
  given: readonly string[] | undefined,
  known: readonly string[],
): string[] | undefined {
  const words = (given ?? []).flatMap((text) => text.split(",")).map((word) => word.trim()).filter(Boolean);
  return words.length === 0 ? undefined : words.map((word) => choose(what, word, known));
}

/** A whole number, or `undefined` where the flag is not there. */
export function count(name: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return value;
  throw new UsageError(`--${name} needs a whole number of at least ${least}, not ${value}`);
}

/** From which moment on what is there is new enough: the one that is given, else now, where anything is made anew. */
export function sinceBy({ fresh = false, retrain = false, since }: AnyFlags): Date | undefined {
  if (!fresh && !retrain) {
    if (since === undefined) return undefined;
    throw new UsageError("--since says what is new enough for --fresh or --retrain: it needs one of them");
  }
  const moment = since === undefined ? new Date() : new Date(since);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw new UsageError(`--since needs a time like ${new Date().toISOString()}, not "${since}"`);
}

/** How a run that was stopped goes on. */
export function goesOn(since: Date | undefined): string {
  return since === undefined
    ? "the same command goes on from here"
    : `the same command with --since=${since.toISOString()} goes on from here`;
}

/** What the flags say of a run's setting. */
export function settingBy(flags: AnyFlags, signal: AbortSignal): ExperimentOptions {
  const seeds = count("seeds", flags.seeds, 1);
  return {
    profile: flags.profile as ProfileName,
    ...(flags.dataset ? { dataset: flags.dataset as DatasetName } : {}),
    ...(flags.retrain ? { shipped: "ignore" } : {}),
    seed: count("seed", flags.seed, 0)!,
    ...(seeds ? { seeds } : {}),
    progress,
    signal,
  };
}
