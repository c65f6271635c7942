import { type DatasetKind, datasetNamed, knownDatasets } from "../data/mod.ts";
import type { Circumstances, Profile } from "../defenses/mod.ts";
import type { CellCache } from "../evaluation/mod.ts";
import { callable, checkSetting, count, guess, object, type Settings, text, word } from "../kinds/mod.ts";
import type { Precision, Progress } from "../tensor/mod.ts";
import type { TrainedOptions } from "../training/mod.ts";
import { type ProfileName, profileOf } from "./profiles.ts";

/** What is chosen freely for any experiment: how much it costs, on which data, from which seed, and where files are kept. */
export interface ExperimentOptions {
  /** A profile's name, or a profile of one's own; default `quick`. */
  readonly profile?: ProfileName | Profile;
  /**
   * A data set: its name, `folder:PATH` for a folder of images, `npz:PATH` for arrays, or the kind itself. Default: the
   * profile's, else the paper's.
   */
  readonly dataset?: string | DatasetKind;
  /** Fixes weights, batches, random starts and the choice of test images; default 1. */
  readonly seed?: number;
  /** How many seeds, `seed` and those after it, each with networks and test images of its own; default: the profile's. */
  readonly seeds?: number;
  /** Whether networks that come with the kit are taken before any others; default `use`. */
  readonly shipped?: "use" | "ignore";
  /** The cache: networks are in `trained` there, finished cells in `measured`; default: the user's, `gcln`. */
  readonly folder?: string;
  /** Makes a progress for a stretch of work that has this label. */
  readonly progress?: (label: string) => Progress;
  /** Stops the work; what is finished is kept. */
  readonly signal?: AbortSignal;
}

/** What is chosen freely where cells are measured. */
export interface MeasuringOptions extends ExperimentOptions {
  /** Test images a cell, from each seed; default: the profile's. */
  readonly examples?: number;
  /** Trains all networks anew, measures every cell anew, and ignores what came with the kit. */
  readonly retrain?: boolean;
  /**
   * With `retrain`: networks and cells that were made since then are new enough, so that a run that was stopped goes on, and
   * several experiments train a network once. Default: none is.
   */
  readonly since?: Date;
  /**
   * What attackers compute in while they search; every image is judged in float32. `"fastest"` is measured on this machine
   * ({@linkcode fastestPrecision}). Default `"float32"`.
   */
  readonly search?: Precision | "fastest";
  /** Where finished measurements are kept; default: files in `folder`. */
  readonly cells?: CellCache;
}

/** The circumstances of an experiment, with nothing left open. */
export interface ExperimentCircumstances extends Circumstances {
  /** All seeds, `seed` the first of them: what is measured is a mean over these. */
  readonly seeds: readonly number[];
  /** How its networks are found or trained. */
  readonly training: TrainedOptions;
  /** What attackers compute in while they search; default `"float32"`. */
  readonly search?: Precision;
}

/** The options that every experiment takes. */
export const experimentSettings: Settings = {
  profile: {
    wanted: "the name of a profile, or a profile",
    accepts: (value) => ["string", "object"].includes(typeof value),
  },
  dataset: {
    wanted: "the name of a data set, folder:PATH, npz:PATH, or a data set",
    accepts: (value) => typeof value === "string" || typeof value === "function",
  },
  seed: count({ default: 1 }),
  seeds: count({ least: 1 }),
  shipped: word(["use", "ignore"], { default: "use" }),
  folder: text(),
  progress: callable(),
  signal: object("an AbortSignal"),
};

/** The options of those that measure cells. */
export const measuringSettings: Settings = {
  ...experimentSettings,
  examples: count({ least: 1 }),
  retrain: { wanted: "true or false", accepts: (value) => typeof value === "boolean", default: false },
  since: { wanted: "a Date", accepts: (value) => value instanceof Date && !Number.isNaN(value.getTime()) },
  search: word(["float32", "bfloat16", "fastest"], { default: "float32" }),
  cells: object("a cache of cells"),
};

/** Throws where a name is not among those known, with the one that was probably meant. */
export function checkName(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new RangeError(
    `No ${what} is called ${JSON.stringify(name)}${guess(name, known) || "."} There are ${known.join(", ")}`,
  );
}

/** The heads that are wanted, in the experiment's order. */
export function chosen(
  what: string,
  heads: readonly string[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  for (const head of wanted ?? []) checkName(what, head, heads);
  return wanted === undefined ? heads : heads.filter((head) => wanted.includes(head));
}

/**
 * What an experiment takes from its options, from its profile, and from the paper, in this order.
 *
 * @param experiment A table or a figure.
 * @throws {RangeError} Where there is no such profile or data set, or an option does not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { circumstancesOf, table1 } from "@gcln/kit/experiments";
 *
 * assertEquals(circumstancesOf(table1, { profile: "quick" }).dataset, "street-digits");
 * assertEquals(circumstancesOf(table1, { profile: "course" }).dataset, "cifar10");
 * ```
 */
export function circumstancesOf(
  experiment: { readonly dataset: string },
  options: ExperimentOptions = {},
): ExperimentCircumstances {
  for (const [name, setting] of Object.entries(experimentSettings)) {
    const value = options[name as keyof ExperimentOptions];
    if (value !== undefined) checkSetting(name, setting, value);
  }
  const { seed = 1, shipped, folder, progress, signal } = options;
  const profile = profileOf(options.profile ?? "quick");
  const chosen = options.dataset ?? profile.dataset ?? experiment.dataset;
  const dataset = typeof chosen === "string" ? chosen : chosen.name;
  checkName("data set", dataset, knownDatasets());
  const training: TrainedOptions = {
    ...(shipped ? { shipped } : {}),
    ...(folder ? { folder: `${folder}/trained` } : {}),
    ...(progress ? { progress } : {}),
    ...(signal ? { signal } : {}),
  };
  const count = options.seeds ?? profile.seeds ?? 1;
  return { profile, dataset, seed, seeds: Array.from({ length: count }, (_, i) => seed + i), training };
}

/**
 * The same options with the name of a data set that is known: what `folder:PATH` or `npz:PATH` names is looked at now.
 *
 * @throws {RangeError} Where there is no such data set.
 * @throws {DataError} Where what is at a path can't be used.
 */
export async function withKnownDataset<Options extends ExperimentOptions>(
  experiment: { readonly dataset: string },
  options: Options,
): Promise<Options> {
  const chosen = options.dataset ?? profileOf(options.profile ?? "quick").dataset ?? experiment.dataset;
  return { ...options, dataset: (await datasetNamed(chosen)).name };
}
