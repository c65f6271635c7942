import { attacks, threats } from "../../lib/attacks/mod.ts";
import { knownDefenses } from "../../lib/defenses/mod.ts";
import { knownDatasets } from "../../lib/data/mod.ts";
import {
  type ExperimentOptions,
  type Figure,
  type ProfileName,
  profiles,
} from "../../lib/experiments/mod.ts";
import { progress } from "../../lib/report/mod.ts";
import { backendNames } from "../../lib/tensor/mod.ts";
import { choose, type Command, type Flags, type Parsed, UsageError } from "../cli/command.ts";
import { slurmFlags } from "../slurm/flags.ts";
import { type Experiment, experiments } from "./experiments.ts";

/** The flags of every experiment. */
export const common = {
  profile: { kind: "string", help: "how large", choices: Object.keys(profiles), default: "quick" },
  dataset: {
    kind: "string",
    help: "instead of the profile's or the paper's",
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

/** The flags that make existing files again. */
export const anew = {
  fresh: { kind: "boolean", help: "measures everything anew instead of taking finished cells" },
  retrain: {
    kind: "boolean",
    help: "trains the networks anew instead of taking shipped or cached ones, and measures anew",
  },
  since: {
    kind: "string",
    help:
      "with --fresh or --retrain: the moment at which a stopped run began, which is its name: what it has made is taken",
    placeholder: "TIME",
  },
} as const satisfies Flags;

/** The flags of experiments that measure cells. */
export const measuring = {
  seeds: { kind: "number", help: "from how many seeds each cell is measured (default: the profile's)" },
  untrained: {
    kind: "string",
    help: "whether networks that are not there are trained, or what needs them is left out for now",
    choices: ["train", "skip"],
    default: "train",
  },
  search: {
    kind: "string",
    help: "what attackers compute in while they search; every image is judged in float32",
    choices: ["float32", "bfloat16", "fastest"],
    default: "float32",
  },
  "all-rows": {
    kind: "boolean",
    help: "also shows rows of which nothing is measured, with the paper's numbers",
  },
  ...anew,
} as const satisfies Flags;

/** The flag of tables, which several processes can measure. */
export const together = {
  jobs: {
    kind: "number",
    help: "processes that measure a table at the same time (default: one for every two cores, at most four)",
  },
} as const satisfies Flags;

/** The flags that choose parts of an experiment. */
export const parts = {
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

/** All flags of all experiments. */
export type AnyFlags = Partial<
  Parsed<typeof common & typeof measuring & typeof together & typeof parts>["flags"]
>;

/** Explains a user's own files in the help of commands. */
export const files = { name: "FILE.ts", help: "your files: what they define is known by its name" } as const;

/**
 * The command of one experiment.
 *
 * @param name Its name.
 * @param experiment The experiment.
 * @param own The user's files that export it; empty for an experiment of the paper.
 */
export function commandOf(name: string, experiment: Experiment, own: readonly string[]): Command<Flags> {
  const { kind, data } = experiment, flags = flagsOf(kind), isPapers = experiments[name] === experiment;
  const task = isPapers ? `deno task reproduce:${name}` : `deno task reproduce ${own.join(" ")}`;
  const parts = "rows" in data
    ? `Rows: ${Object.keys(data.rows).join(", ")}\nColumns: ${Object.keys(data.columns).join(", ")}`
    : Object.entries(data.panels)
      .map(([panel, { curves }]) => `Curves in panel ${panel}: ${Object.keys(curves).join(", ")}`).join("\n");
  return {
    name: task,
    summary: `Measures ${isPapers ? "the paper's " : ""}${name} (${data.title})` +
      `${isPapers ? " and prints it beside the reported numbers" : ""}.\n` +
      `Networks and finished cells are kept: a stopped run resumes.\n\n${parts}`,
    flags,
    positionals: files,
    examples: [
      ...examplesOf(experiment).map((flags) => `${task} ${flags}`),
      `${task} --profile=course --dataset=fashion-mnist`,
    ],
  };
}

/** The same flags, with the data sets that are registered now. */
export function withDatasets<F extends Pick<typeof common, "dataset">>(flags: F): F {
  const help = `${flags.dataset.help}: ${knownDatasets().join(", ")}, folder:PATH, npz:PATH`;
  return { ...flags, dataset: { ...flags.dataset, help } };
}

/** The names of defenses, attacks and threat models, for the help of commands. */
export function kindsInHelp(): string {
  const names = (kinds: readonly { readonly name: string }[]) => kinds.map(({ name }) => name).join(", ");
  return `Defenses: ${names(knownDefenses())}\nAttacks: ${names(attacks())}\nThreat models: ${
    names(threats())
  }`;
}

/** The flags of an experiment's command. */
export function flagsOf(kind: Experiment["kind"]): Flags {
  switch (kind) {
    case "table":
      return withDatasets({
        ...common,
        ...measuring,
        ...together,
        rows: parts.rows,
        columns: parts.columns,
        ...slurmFlags,
      });
    case "figure":
      return withDatasets({ ...common, ...measuring, panels: parts.panels, curves: parts.curves });
    case "view":
      return withDatasets({ ...common, ...anew, row: parts.row, columns: parts.columns });
    default:
      return kind satisfies never;
  }
}

function examplesOf(experiment: Experiment): readonly string[] {
  switch (experiment.kind) {
    case "table": {
      const [first, second] = Object.keys(experiment.data.columns);
      const row = experiment.shown?.row ?? Object.keys(experiment.data.rows)[0];
      return [`--examples=50 '--columns=${first},${second ?? first}'`, `'--rows=${row}'`];
    }
    case "figure":
      return ["--examples=50", ...panelExample(experiment.data)];
    case "view":
      return ["--examples=50"];
    default:
      return experiment satisfies never;
  }
}

function panelExample({ panels }: Figure): readonly string[] {
  const [panel, { curves }] = Object.entries(panels).at(-1)!;
  return [`--panels=${panel} '--curves=${Object.keys(curves)[0]}'`];
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

/** A whole number; undefined without the flag. */
export function count(name: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return value;
  throw new UsageError(`--${name} needs a whole number of at least ${least}, not ${value}`);
}

/** Throws if a flag names an unknown data set. A path is checked later. */
export function checkDataset({ dataset }: AnyFlags): void {
  if (dataset === undefined || /^(folder|npz):/.test(dataset)) return;
  if (!knownDatasets().includes(dataset) && /[/\\]/.test(dataset)) {
    throw new UsageError(
      `Unknown dataset "${dataset}": a folder of images is written folder:${dataset}, a file of arrays npz:${dataset}`,
    );
  }
  choose("dataset", dataset, knownDatasets());
}

/** The moment at which a run that makes things anew began, which is its name: the given one, else now. */
export function sinceBy({ fresh = false, retrain = false, since }: AnyFlags): Date | undefined {
  if (!fresh && !retrain) {
    if (since === undefined) return undefined;
    throw new UsageError("--since needs --fresh or --retrain: it says which run of theirs goes on");
  }
  const moment = since === undefined ? new Date() : new Date(since);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw new UsageError(`--since needs a time like ${new Date().toISOString()}, not "${since}"`);
}

/** Says how to resume a stopped run. */
export function goesOn(since: Date | undefined): string {
  return since === undefined
    ? "the same command goes on from here"
    : `the same command with --since=${since.toISOString()} goes on from here`;
}

/** The options of a run from its flags. */
export function settingBy(flags: AnyFlags, signal: AbortSignal): ExperimentOptions {
  const seeds = count("seeds", flags.seeds, 1);
  return {
    profile: flags.profile as ProfileName,
    ...(flags.dataset ? { dataset: flags.dataset } : {}),
    ...(flags.retrain ? { shipped: "ignore" } : {}),
    seed: count("seed", flags.seed, 0)!,
    ...(seeds ? { seeds } : {}),
    progress,
    signal,
  };
}
