import { type DatasetKind, datasetNamed, knownDatasets } from "../data/mod.ts";
import type { Circumstances, Profile } from "../defenses/mod.ts";
import type { CellCache } from "../evaluation/mod.ts";
import { callable, checkSetting, count, guess, object, type Settings, text, word } from "../kinds/mod.ts";
import type { Precision, Progress, ProgressPlace } from "../tensor/mod.ts";
import type { TrainedOptions } from "../training/mod.ts";
import { mostExamples } from "./most_examples.ts";
import { type ProfileName, profileOf } from "./profiles.ts";

/** The options of all experiments: profile, data set, seeds, and the folder for files. */
export interface ExperimentOptions {
  /** The name of a profile, or a profile of your own; default `quick`. */
  readonly profile?: ProfileName | Profile;
  /**
   * A data set: its name, `folder:PATH` for a folder of images, `npz:PATH` for arrays, or the data set itself. Default: the
   * profile's, else the paper's.
   */
  readonly dataset?: string | DatasetKind;
  /** The seed of weights, batches, random starts and the choice of test images; default 1. */
  readonly seed?: number;
  /**
   * The number of seeds: `seed` and those after it, each with its own networks and test images, for all rows. Default: the
   * profile's, which may be one for some rows.
   */
  readonly seeds?: number;
  /** Whether networks that are shipped with the kit are used before any others; default `use`. */
  readonly shipped?: "use" | "ignore";
  /** The folder of the cache, with networks in `trained` and finished cells in `measured`; default: `gcln` in the user's cache. */
  readonly folder?: string;
  /** Makes a progress for work, by the label of that work. */
  readonly progress?: (label: string, place?: ProgressPlace) => Progress;
  /** Stops the work. Finished cells are kept. */
  readonly signal?: AbortSignal;
}

/** The options of all experiments that measure cells. */
export interface MeasuringOptions extends ExperimentOptions {
  /** The number of test images in a cell, for each seed; default: the profile's. */
  readonly examples?: number;
  /** Trains all networks and measures all cells again, and ignores the networks that are shipped with the kit. */
  readonly retrain?: boolean;
  /**
   * With `retrain`: the moment at which the run began, which is its name. Networks and cells that the same run has made are
   * used, so that a stopped run resumes, and several experiments train a network once. Default: none is used.
   */
  readonly since?: Date;
  /**
   * The number format of attacks while they search; every image is judged in float32. `"fastest"` finds the fastest one on
   * this machine ({@linkcode fastestPrecision}). Default `"float32"`.
   */
  readonly search?: Precision | "fastest";
  /**
   * Of networks that are neither shipped nor in the cache: whether they are trained, or whatever needs them is left out. A row
   * is then measured from the seeds that are there, so that others can be trained meanwhile. Default `train`.
   */
  readonly untrained?: "train" | "skip";
  /** The store for finished measurements; default: files in `folder`. */
  readonly cells?: CellCache;
  /**
   * How many processes measure the same cells with the same store now, this one included. They share the cells anyway; the
   * time that is left is reckoned by it. Default 1.
   */
  readonly processes?: number;
}

/** The circumstances of an experiment, with all defaults filled in. */
export interface ExperimentCircumstances extends Circumstances {
  /** All seeds, `seed` first. Measured numbers are means over the seeds. */
  readonly seeds: readonly number[];
  /** The heads of the rows, or names of the curves, that get all seeds; the others get the first. Absent: all get all. */
  readonly severalSeeds?: readonly string[];
  /** How many test images rows or curves get that do not get all, by their heads. */
  readonly fewerExamples?: Readonly<Record<string, number>>;
  /** The options for finding or training its networks. */
  readonly training: TrainedOptions;
  /** The number format of attacks while they search; default `"float32"`. */
  readonly search?: Precision;
}

/** The settings of the options of all experiments. */
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

/** The settings of the options of experiments that measure cells. */
export const measuringSettings: Settings = {
  ...experimentSettings,
  examples: count({ least: 1 }),
  retrain: { wanted: "true or false", accepts: (value) => typeof value === "boolean", default: false },
  since: { wanted: "a Date", accepts: (value) => value instanceof Date && !Number.isNaN(value.getTime()) },
  search: word(["float32", "bfloat16", "fastest"], { default: "float32" }),
  untrained: word(["train", "skip"], { default: "train" }),
  cells: object("a cache of cells"),
  processes: count({ least: 1, default: 1 }),
};

/** Throws if a name is not known. The error has the most similar known name. */
export function checkName(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new RangeError(
    `No ${what} is called ${JSON.stringify(name)}${guess(name, known) || "."} There are ${known.join(", ")}`,
  );
}

/** The selected heads, in the experiment's order. */
export function chosen(
  what: string,
  heads: readonly string[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  for (const head of wanted ?? []) checkName(what, head, heads);
  return wanted === undefined ? heads : heads.filter((head) => wanted.includes(head));
}

/**
 * The circumstances of an experiment: each from the options, else from the profile, else from the paper. The profile is as it
 * is for this experiment.
 *
 * @param experiment A table or a figure.
 * @throws {RangeError} If the profile or the data set is not known, or an option is not allowed.
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
  experiment: { readonly name?: string; readonly dataset: string },
  options: ExperimentOptions = {},
): ExperimentCircumstances {
  for (const [name, setting] of Object.entries(experimentSettings)) {
    const value = options[name as keyof ExperimentOptions];
    if (value !== undefined) checkSetting(name, setting, value);
  }
  const { seed = 1, shipped, folder, progress, signal } = options;
  const given = profileOf(options.profile ?? "quick");
  const { severalSeeds, fewerExamples, ...sizes } = given.experiments?.[experiment.name ?? ""] ?? {};
  const atMost = (examples: number) => Math.min(examples, mostExamples() ?? Infinity);
  const whole: Profile = { ...given, ...sizes };
  const profile: Profile = { ...whole, examples: atMost(whole.examples) };
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
  return {
    profile,
    dataset,
    seed,
    seeds: Array.from({ length: count }, (_, i) => seed + i),
    ...(severalSeeds && options.seeds === undefined ? { severalSeeds } : {}),
    ...(fewerExamples
      ? {
        fewerExamples: Object.fromEntries(
          Object.entries(fewerExamples).map(([head, count]) => [head, atMost(count)]),
        ),
      }
      : {}),
    training,
  };
}

/** The seeds that a row or a curve is measured from, by its head. */
export function seedsOf(
  { seeds, severalSeeds }: Pick<ExperimentCircumstances, "seeds" | "severalSeeds">,
  head: string,
): readonly number[] {
  return severalSeeds === undefined || severalSeeds.includes(head) ? seeds : seeds.slice(0, 1);
}

/**
 * The same options with the name of a registered data set: `folder:PATH` or `npz:PATH` is opened and registered now.
 *
 * @throws {RangeError} If there is no such data set.
 * @throws {DataError} If the files at the path can't be used.
 */
export async function withKnownDataset<Options extends ExperimentOptions>(
  experiment: { readonly dataset: string },
  options: Options,
): Promise<Options> {
  const chosen = options.dataset ?? profileOf(options.profile ?? "quick").dataset ?? experiment.dataset;
  return { ...options, dataset: (await datasetNamed(chosen)).name };
}
