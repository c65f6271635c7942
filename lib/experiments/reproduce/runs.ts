import { type Dataset, knownDataset } from "../../data/mod.ts";
import {
  type CellCache,
  cellCache,
  type KeptAttacks,
  keptAttacks,
  type Provenance,
} from "../../evaluation/mod.ts";
import { cacheFolder } from "../../files/mod.ts";
import { type Backend, fastestPrecision, fold, type Precision, useBackend } from "../../tensor/mod.ts";
import { idOf, trained } from "../../training/mod.ts";
import { type Contestant, specsOf } from "../contestant.ts";
import { classifierSpec } from "../profile.ts";
import { checkName, type MeasuringOptions, type Setting, settingOf } from "../setting.ts";
import { type SharedNetworks, sharedNetworks } from "../shared_networks.ts";
import type { MeasuredRow, Row, Table, ThreatModel } from "../table.ts";

/** Raised whenever the code that measures changes what comes out: cached cells are then measured again. */
export const CODE_VERSION = 3;

/** An experiment from one seed: what all its cells share. */
export interface Run {
  readonly setting: Setting;
  readonly test: Dataset;
  readonly cells: CellCache;
  readonly backend: Backend;
  /** Networks that its rows have in common; whoever takes the run disposes them. */
  readonly networks: SharedNetworks;
  /** Attacked images that its cells have in common. */
  readonly kept: KeptAttacks;
}

/** An experiment that is about to be measured. */
export interface Prepared {
  readonly setting: Setting;
  readonly runs: readonly Run[];
  readonly provenance: Provenance;
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

/** Whether the kit measures a row. */
export function isMeasured(row: Row): row is MeasuredRow {
  return row.defense !== "not measured yet";
}

/** A row that is measured, and what its attackers know. */
export interface Needed {
  readonly row: MeasuredRow;
  readonly threats: readonly ThreatModel[];
}

/** Trains the networks of some rows anew, each once. */
async function renew(
  needed: readonly Needed[],
  runs: readonly Run[],
  since: Date | undefined,
): Promise<void> {
  const done = new Set<string>();
  for (const { setting } of runs) {
    for (const spec of needed.flatMap(({ row, threats }) => specsOf(row, setting, { threats }))) {
      const id = await idOf(spec), anew = { ...setting.training, retrain: true, ...(since ? { since } : {}) };
      if (!done.has(id)) (await trained(spec, anew)).dispose();
      done.add(id);
    }
  }
}

/** What attackers compute in: as they are told, if the engine can, or what is faster here. */
async function precisionOf(search: MeasuringOptions["search"], engine: string): Promise<Precision> {
  if (search === "fastest") return await fastestPrecision();
  if (search === "bfloat16" && engine !== "tensorflow") {
    throw new RangeError(`Cannot search in bfloat16 on ${engine}: only the native engine has it`);
  }
  return search ?? "float32";
}

/** Settles what is open, takes the test images of each seed, and trains anew where that is asked for. */
export async function prepare(
  experiment: Pick<Table, "dataset">,
  needed: readonly Needed[],
  options: MeasuringOptions,
): Promise<Prepared> {
  const given = settingOf(experiment, options), { profile, dataset, seeds } = given;
  const { retrain = false, since, folder = cacheFolder() } = options;
  const backend = await useBackend();
  const search = await precisionOf(options.search, backend.name);
  const setting: Setting = {
    ...given,
    ...(retrain ? { training: { ...given.training, shipped: "ignore" } } : {}),
    search,
  };
  const cells = options.cells ??
    cellCache({ folder: `${folder}/measured`, fresh: retrain, ...(since ? { since } : {}) });
  const whole = await knownDataset(dataset)("test"), examples = options.examples ?? profile.examples;
  const kept = keptAttacks();
  const runs = seeds.map((seed): Run => ({
    setting: { ...setting, seed, seeds: [seed] },
    test: whole.take(Math.min(examples, whole.size), { seed: fold(seed, "test") }),
    cells,
    backend,
    networks: sharedNetworks(),
    kept,
  }));
  if (retrain) await renew(needed, runs, since);
  const classifiers = await Promise.all(seeds.map((seed) => idOf(classifierSpec(profile, dataset, seed))));
  return {
    setting,
    runs,
    provenance: {
      backend: search === "float32"
        ? backend.description
        : `${backend.description}, attacks searched in ${search}`,
      versions: { deno: Deno.version.deno, classifier: classifiers.join(", ") },
      data: [...new Set(runs.map(({ test }) => test.checksum))].join(", "),
      code: `measure ${CODE_VERSION}`,
      date: new Date().toISOString(),
    },
  };
}

/** What attackers of a row differentiate, and no other row's do: what was made with it is of no more use. */
export function forgetAttacksOn({ surrogates }: Contestant, { networks, kept }: Run): void {
  for (const surrogate of Object.values(surrogates)) if (!networks.has(surrogate)) kept.forget(surrogate);
}

/** What one seed's label is among several. */
export function labelled(label: string, { setting: { seed } }: Run, runs: readonly Run[]): string {
  return runs.length === 1 ? label : `${label}, seed ${seed}`;
}
