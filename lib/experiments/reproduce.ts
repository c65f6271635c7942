import type { AttackSpec } from "../attacks/mod.ts";
import { type Dataset, datasets } from "../data/mod.ts";
import {
  type Cell,
  type CellCache,
  cellCache,
  interval,
  measure,
  measuredFindings,
  type Measurement,
  reported,
  reportedFindings,
  type Result,
  type TableName,
  worstCase,
} from "../evaluation/mod.ts";
import { backendName, fold, type Progress, useBackend } from "../tensor/mod.ts";
import { type DatasetName, idOf, release, trained, type TrainedOptions } from "../training/mod.ts";
import { type Contestant, contestant } from "./contestant.ts";
import {
  classifierSpec,
  featuresSpec,
  gclnSpec,
  type Profile,
  type ProfileName,
  profiles,
} from "./profile.ts";
import type { Column, Table } from "./table.ts";

/** Fields of {@link reproduce}. */
export interface ReproduceOptions {
  /** A profile's name, or a profile of one's own; default `quick`. */
  readonly profile?: ProfileName | Profile;
  /** Default: the profile's, else the paper's. */
  readonly dataset?: DatasetName;
  /** Heads of the rows to measure; default: all. */
  readonly rows?: readonly string[];
  /** Heads of the columns to measure; default: all. */
  readonly columns?: readonly string[];
  /** Test images a cell; default: the profile's. */
  readonly examples?: number;
  /** Fixes weights, batches, random starts and the choice of test images; default 1. */
  readonly seed?: number;
  /** Trains all networks anew. */
  readonly retrain?: boolean;
  /** Where finished measurements are kept; default: the user's cache folder. */
  readonly cells?: CellCache;
  /** Makes a progress for a stretch of work that has this label. */
  readonly progress?: (label: string) => Progress;
  readonly signal?: AbortSignal;
}

/** Raised whenever the code that measures changes what comes out: cached cells are then measured again. */
const CODE_VERSION = 1;

function chosen(
  heads: readonly string[],
  wanted: readonly string[] | undefined,
  what: string,
): readonly string[] {
  for (const head of wanted ?? []) {
    if (!heads.includes(head)) {
      throw new RangeError(`No ${what} is called ${JSON.stringify(head)}; there are ${heads.join(", ")}`);
    }
  }
  return wanted === undefined ? heads : heads.filter((head) => wanted.includes(head));
}

/** An attack as a profile runs it: Carlini and Wagner's has the profile's number of iterations. */
function settled(attack: AttackSpec, profile: Profile): AttackSpec {
  return attack.attack === "carliniWagner" ? { ...attack, steps: profile.carliniWagner } : attack;
}

/** One run of one table: what all its cells share. */
interface Run {
  readonly profile: Profile;
  readonly test: Dataset;
  readonly seed: number;
  readonly cells: CellCache;
  readonly options: ReproduceOptions;
}

/** Measures one cell, or finds it in the cache; undefined where the column does not apply to the row. */
async function measured(
  run: Run,
  row: string,
  column: string,
  spec: Column,
  who: Contestant,
): Promise<Measurement | undefined> {
  if (spec.kind === "worst case") return undefined; // of what the others gave
  const { profile, test, seed, cells, options } = run;
  const threat = spec.kind === "attack" ? spec.surrogate : undefined;
  const surrogate = threat === undefined ? who.victim : who.surrogates[threat];
  if (surrogate === undefined) return undefined;
  const attack = spec.kind === "attack" ? settled(spec.attack, profile) : undefined;
  const key = {
    networks: who.networks,
    attack,
    surrogate: threat,
    data: test.checksum,
    profile: profile.name,
    backend: backendName(),
    seed,
    code: CODE_VERSION,
  };
  return await cells.get(key, () =>
    measure(who.victim, test, {
      surrogate,
      seed: fold(seed, "measure"),
      ...(attack ? { attack } : {}),
      ...(options.progress ? { progress: options.progress(`${row}, ${column}`) } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    }));
}

/** A measurement as a cell, beside the paper's number. */
function cellOf(
  measurement: Measurement | undefined,
  spec: Column,
  run: Run,
  printed: Pick<Cell, "reported" | "quoted">,
): Cell {
  if (measurement === undefined) return { accuracy: null, ...printed };
  const { correct, seconds, zeroGradient } = measurement;
  const right = correct.filter(Boolean).length, n = correct.length;
  return {
    accuracy: right / n,
    n,
    interval: interval(right, n),
    ...printed,
    ...(spec.kind === "attack"
      ? { attack: settled(spec.attack, run.profile), surrogate: spec.surrogate }
      : {}),
    ...(spec.kind === "worst case" ? { surrogate: "worst case" } : {}),
    ...(zeroGradient === undefined ? {} : { zeroGradient }),
    seeds: [run.seed],
    seconds: Math.round(seconds * 10) / 10,
  };
}

/** The cells of one row. */
async function rowOf(
  table: Table,
  row: string,
  columns: readonly string[],
  run: Run,
  trainedOptions: TrainedOptions,
  data: DatasetName,
) {
  const paper = reported(table.name as TableName).rows[row];
  const printed = (column: string) => ({
    reported: paper?.values[column] ?? null,
    quoted: paper?.quoted ?? false,
  });
  const who = await contestant(table.rows[row]!, run.profile, data, run.seed, trainedOptions);
  const measurements = new Map<string, Measurement>();
  try {
    for (const column of columns) {
      const found = who && await measured(run, row, column, table.columns[column]!, who);
      if (found !== undefined) measurements.set(column, found);
    }
  } finally {
    who?.dispose();
  }
  const all = [...measurements.values()];
  for (const column of columns) {
    if (table.columns[column]!.kind === "worst case" && all.length > 0) {
      measurements.set(column, worstCase(all));
    }
  }
  return Object.fromEntries(
    columns.map((
      column,
    ) => [column, cellOf(measurements.get(column), table.columns[column]!, run, printed(column))]),
  );
}

/** Trains every network of the rows anew, each once. */
async function retrain(
  table: Table,
  rows: readonly string[],
  profile: Profile,
  data: DatasetName,
  seed: number,
  options: TrainedOptions,
) {
  const again = { ...options, retrain: true };
  const specs = rows.map((row) => table.rows[row]!).filter(({ defense }) => defense !== "not measured yet");
  if (specs.length === 0) return;
  release(await trained(classifierSpec(profile, data, seed), again));
  const gclns = specs.flatMap((row) => row.defense === "gcln" ? [gclnSpec(profile, data, row, seed)] : []);
  if (gclns.some(({ features }) => features.of.network.architecture === "vgg-small")) {
    release(await trained(featuresSpec(profile, data, seed), again));
  }
  for (const spec of gclns) release(await trained(spec, again));
}

/**
 * Measures a table of the paper, cell by cell, and sets what the paper reports beside it.
 *
 * The only interpreter of experiments: commands and notebooks both call it. Each finished cell is kept, so a run that
 * was stopped goes on where it was. Networks are shipped with the kit (profile `quick`), found in the cache, or trained.
 *
 * @param table The experiment, as data.
 * @returns The result with its findings; accuracies are fractions.
 * @throws {RangeError} Where a row, a column or a profile is not known.
 */
export async function reproduce(table: Table, options: ReproduceOptions = {}): Promise<Result> {
  const profile = typeof options.profile === "object"
    ? options.profile
    : profiles[options.profile ?? "quick"];
  if (profile === undefined) {
    throw new RangeError(
      `No profile is called ${options.profile}; there are ${Object.keys(profiles).join(", ")}`,
    );
  }
  const rows = chosen(Object.keys(table.rows), options.rows, "row");
  const columns = chosen(Object.keys(table.columns), options.columns, "column");
  const backend = await useBackend();
  const dataset = options.dataset ?? profile.dataset ?? table.dataset;
  const seed = options.seed ?? 1, examples = options.examples ?? profile.examples;
  const whole = await datasets[dataset]("test");
  const test = whole.take(Math.min(examples, whole.size), { seed: fold(seed, "test") });
  const run: Run = { profile, test, seed, cells: options.cells ?? cellCache(), options };
  const trainedOptions: TrainedOptions = {
    ...(options.progress ? { progress: options.progress } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  };
  if (options.retrain) await retrain(table, rows, profile, dataset, seed, trainedOptions);

  const cells: Record<string, Record<string, Cell>> = {};
  for (const row of rows) cells[row] = await rowOf(table, row, columns, run, trainedOptions, dataset);
  const result = {
    experiment: table.name,
    profile: profile.name,
    dataset,
    caption: `${table.title}; ${dataset}, ${test.size} test images, seed ${seed}`,
    columns,
    rows: cells,
    provenance: {
      backend: backend.description,
      versions: { deno: Deno.version.deno, classifier: await idOf(classifierSpec(profile, dataset, seed)) },
      data: test.checksum,
      code: `measure ${CODE_VERSION}`,
      date: new Date().toISOString(),
    },
  };
  return { ...result, findings: [...measuredFindings(result), ...reportedFindings(table.name as TableName)] };
}
