import { type DatasetName, datasets } from "../data/mod.ts";
import { nearestName, type Progress } from "../tensor/mod.ts";
import type { TrainedOptions } from "../training/mod.ts";
import { type Profile, type ProfileName, profiles } from "./profile.ts";
import type { Table } from "./table.ts";

/** What is chosen freely for any table: how much it costs, on which data, from which seed, and where files are kept. */
export interface SettingOptions {
  /** A profile's name, or a profile of one's own; default `quick`. */
  readonly profile?: ProfileName | Profile;
  /** Default: the profile's, else the paper's. */
  readonly dataset?: DatasetName;
  /** Fixes weights, batches, random starts and the choice of test images; default 1. */
  readonly seed?: number;
  /** Whether networks that come with the kit are taken before any others; default `use`. */
  readonly shipped?: "use" | "ignore";
  /** The cache: networks are in `trained` there, finished cells in `measured`; default: the user's, `gcln`. */
  readonly folder?: string;
  /** Makes a progress for a stretch of work that has this label. */
  readonly progress?: (label: string) => Progress;
  /** Stops the work; what is finished is kept. */
  readonly signal?: AbortSignal;
}

/** A table's setting, with nothing left open. */
export interface Setting {
  /** How much it costs. */
  readonly profile: Profile;
  /** The data set. */
  readonly dataset: DatasetName;
  /** Fixes all that is random. */
  readonly seed: number;
  /** How its networks are found or trained. */
  readonly training: TrainedOptions;
}

/** Throws where a name is not among those known, with the one that was probably meant. */
export function checkName(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const meant = nearestName(name, known);
  const guess = meant === undefined ? "." : `, did you mean ${JSON.stringify(meant)}?`;
  throw new RangeError(`No ${what} is called ${JSON.stringify(name)}${guess} There are ${known.join(", ")}`);
}

/**
 * What a table's run takes from its options, from its profile, and from the paper, in this order.
 *
 * @param table The experiment.
 * @throws {RangeError} Where there is no such profile or data set.
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
export function settingOf(table: Table, options: SettingOptions = {}): Setting {
  const { profile: chosen = "quick", seed = 1, shipped, folder, progress, signal } = options;
  if (typeof chosen === "string") checkName("profile", chosen, Object.keys(profiles));
  const profile = typeof chosen === "string" ? profiles[chosen] : chosen;
  const dataset = options.dataset ?? profile.dataset ?? table.dataset;
  checkName("data set", dataset, Object.keys(datasets));
  const training: TrainedOptions = {
    ...(shipped ? { shipped } : {}),
    ...(folder ? { folder: `${folder}/trained` } : {}),
    ...(progress ? { progress } : {}),
    ...(signal ? { signal } : {}),
  };
  return { profile, dataset, seed, training };
}
