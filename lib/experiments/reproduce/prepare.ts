import { type Dataset, knownDataset } from "../../data/mod.ts";
import {
  classifierSpec,
  type MeasuredRow,
  type NetworkStore,
  networkStore,
  specsOf,
} from "../../defenses/mod.ts";
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
import {
  circumstancesOf,
  type ExperimentCircumstances,
  type MeasuringOptions,
  seedsOf,
} from "../circumstances.ts";
import type { ThreatModel } from "../table.ts";
import { kitState } from "./kit_state.ts";

/** Raised whenever the code that measures changes what comes out: cached cells are then measured again. */
export const CODE_VERSION = 3;

/** An experiment from one seed: what all its cells share. */
export interface Run {
  readonly circumstances: ExperimentCircumstances;
  readonly test: Dataset;
  readonly cells: CellCache;
  readonly backend: Backend;
  /** Networks that its rows have in common. The caller frees them. */
  readonly networks: NetworkStore;
  /** Attacked images that its cells have in common. */
  readonly kept: KeptAttacks;
}

/** An experiment that is about to be measured. */
export interface Prepared {
  readonly circumstances: ExperimentCircumstances;
  /** One for each seed. */
  readonly runs: readonly Run[];
  readonly provenance: Provenance;
}

/** A row that is measured, and what its attackers know. */
export interface DefenseAndThreats {
  readonly row: MeasuredRow;
  readonly threats: readonly ThreatModel[];
  /** The head of the row or the name of the curve, which decides on its seeds. Default: it gets all. */
  readonly head?: string;
}

/** Fixes what the options leave open, takes the test images of each seed, and trains anew if asked to. */
export async function prepare(
  experiment: { readonly name?: string; readonly dataset: string },
  needed: readonly DefenseAndThreats[],
  options: MeasuringOptions,
): Promise<Prepared> {
  const given = circumstancesOf(experiment, options), { profile, dataset, seeds } = given;
  const { retrain = false, since, folder = cacheFolder() } = options;
  for (const { row, threats } of needed) specsOf(row, given, { threats }); // what can't be made is an error before all work
  const backend = await useBackend();
  const search = await precisionOf(options.search, backend.name);
  const circumstances: ExperimentCircumstances = {
    ...given,
    ...(retrain ? { training: { ...given.training, shipped: "ignore" } } : {}),
    search,
  };
  const cells = options.cells ??
    cellCache({ folder: `${folder}/measured`, fresh: retrain, ...(since ? { since } : {}) });
  const whole = await knownDataset(dataset)("test"), examples = options.examples ?? profile.examples;
  const kept = keptAttacks();
  const runs = seeds.map((seed): Run => ({
    circumstances: { ...circumstances, seed, seeds: [seed] },
    test: whole.take(Math.min(examples, whole.size), { seed: fold(seed, "test") }),
    cells,
    backend,
    networks: networkStore(),
    kept,
  }));
  if (retrain) await renew(needed, runs, given, since);
  const classifiers = await Promise.all(seeds.map((seed) => idOf(classifierSpec(profile, dataset, seed))));
  return {
    circumstances,
    runs,
    provenance: {
      backend: search === "float32"
        ? backend.description
        : `${backend.description}, attacks searched in ${search}`,
      versions: { deno: Deno.version.deno, classifier: classifiers.join(", ") },
      data: [...new Set(runs.map(({ test }) => test.checksum))].join(", "),
      code: `measure ${CODE_VERSION}`,
      ...await kitState(),
      date: new Date().toISOString(),
    },
  };
}

/** Trains the networks of some rows anew, each once. */
async function renew(
  needed: readonly DefenseAndThreats[],
  runs: readonly Run[],
  all: ExperimentCircumstances,
  since: Date | undefined,
): Promise<void> {
  const done = new Set<string>();
  for (const { circumstances } of runs) {
    const here = needed.filter(({ head }) =>
      head === undefined || seedsOf(all, head).includes(circumstances.seed)
    );
    for (const spec of here.flatMap(({ row, threats }) => specsOf(row, circumstances, { threats }))) {
      const id = await idOf(spec);
      const anew = { ...circumstances.training, retrain: true, ...(since ? { since } : {}) };
      if (!done.has(id)) (await trained(spec, anew)).dispose();
      done.add(id);
    }
  }
}

/** The precision that attackers search in: the one asked for, if the engine has it, or the faster one here. */
async function precisionOf(search: MeasuringOptions["search"], engine: string): Promise<Precision> {
  if (search === "fastest") return await fastestPrecision();
  if (search === "bfloat16" && engine !== "tensorflow") {
    throw new RangeError(`Cannot search in bfloat16 on ${engine}: only the native engine has it`);
  }
  return search ?? "float32";
}
