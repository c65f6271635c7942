import { type DatasetName, knownDatasets } from "../data/mod.ts";
import type { CellCache } from "../evaluation/mod.ts";
import { nearestName, type Precision, type Progress } from "../tensor/mod.ts";
import type { TrainedOptions } from "../training/mod.ts";
import { type Profile, type ProfileName, profiles } from "./profile.ts";
import type { Table } from "./table.ts";

/** What is chosen freely for any experiment: how much it costs, on which data, from which seed, and where files are kept. */
export interface SettingOptions {
  /** A profile's name, or a profile of one's own; default `quick`. */
  readonly profile?: ProfileName | Profile;
  /** Default: the profile's, else the paper's. */
  readonly dataset?: DatasetName;
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
export interface MeasuringOptions extends SettingOptions {
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

/** An experiment's setting, with nothing left open. */
export interface Setting {
  /** How much it costs. */
  readonly profile: Profile;
  /** The data set. */
  readonly dataset: DatasetName;
  /** Fixes all that is random. */
  readonly seed: number;
  /** All seeds, `seed` the first of them: what is measured is a mean over these. */
  readonly seeds: readonly number[];
  /** How its networks are found or trained. */
  readonly training: TrainedOptions;
  /** What attackers compute in while they search; default `"float32"`. */
  readonly search?: Precision;
}

/** Throws where a name is not among those known, with the one that was probably meant. */
export function checkName(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const meant = nearestName(name, known);
  const guess = meant === undefined ? "." : `, did you mean ${JSON.stringify(meant)}?`;
  throw new RangeError(`No ${what} is called ${JSON.stringify(name)}${guess} There are ${known.join(", ")}`);
}

/**
 * What a run takes from its options, from its profile, and from the paper, in this order.
 *
 * @param experiment A table or a figure.
 * @throws {RangeError} Where there is no such profile or data set, or no seed.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { settingOf, table1 } from "@gcln/kit/experiments";
 *
 * assertEquals(settingOf(table1, { profile: "quick" }).dataset, "street-digits");
 * assertEquals(settingOf(table1, { profile: "course" }).dataset, "cifar10");
 * ```
 */
export function settingOf(experiment: Pick<Table, "dataset">, options: SettingOptions = {}): Setting {
  const { profile: chosen = "quick", seed = 1, shipped, folder, progress, signal } = options;
  if (typeof chosen === "string") checkName("profile", chosen, Object.keys(profiles));
  const profile = typeof chosen === "string" ? profiles[chosen] : chosen;
  const dataset = options.dataset ?? profile.dataset ?? experiment.dataset;
  checkName("data set", dataset, knownDatasets());
  const count = options.seeds ?? profile.seeds ?? 1;
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new RangeError(`Cannot measure from ${count} seeds: a whole number of at least 1 is wanted`);
  }
  const training: TrainedOptions = {
    ...(shipped ? { shipped } : {}),
    ...(folder ? { folder: `${folder}/trained` } : {}),
    ...(progress ? { progress } : {}),
    ...(signal ? { signal } : {}),
  };
  return { profile, dataset, seed, seeds: Array.from({ length: count }, (_, i) => seed + i), training };
}
