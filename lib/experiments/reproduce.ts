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
  tableNames,
  worstCase,
} from "../evaluation/mod.ts";
import { backendName, fold, useBackend } from "../tensor/mod.ts";
import { cacheFolder, idOf, trained, type TrainedSpec } from "../training/mod.ts";
import { type Contestant, contestant } from "./contestant.ts";
import { classifierSpec, gclnSpec, type Profile } from "./profile.ts";
import { checkName, type Setting, settingOf, type SettingOptions } from "./setting.ts";
import type { Column, Table } from "./table.ts";

/** Fields of {@link reproduce}. */
export interface ReproduceOptions extends SettingOptions {
  /** Heads of the rows to measure; default: all. */
  readonly rows?: readonly string[];
  /** Heads of the columns to measure; default: all. The worst case is over all columns of the table nevertheless. */
  readonly columns?: readonly string[];
  /** Test images a cell; default: the profile's. */
  readonly examples?: number;
  /** Trains all networks anew, measures every cell anew, and ignores what came with the kit. */
  readonly retrain?: boolean;
  /** Where finished measurements are kept; default: files in `folder`. */
  readonly cells?: CellCache;
}

/** Raised whenever the code that measures changes what comes out: cached cells are then measured again. */
const CODE_VERSION = 3;

/** The heads that are wanted, in the table's order. */
function chosen(
  what: string,
  heads: readonly string[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  for (const head of wanted ?? []) checkName(what, head, heads);
  return wanted === undefined ? heads : heads.filter((head) => wanted.includes(head));
}

/** An attack as a profile runs it: Carlini and Wagner's has the profile's number of iterations. */
function settled(attack: AttackSpec, profile: Profile): AttackSpec {
  return attack.attack === "carliniWagner" ? { ...attack, steps: profile.carliniWagner } : attack;
}

/** One run of one table: what all its cells share. */
interface Run {
  readonly table: Table;
  readonly columns: readonly string[];
  readonly setting: Setting;
  readonly test: Dataset;
  readonly cells: CellCache;
}

/** Measures one cell, or finds it in the cache; undefined where the column does not apply to the row. */
async function measured(
  { setting, test, cells }: Run,
  label: string,
  column: Column,
  who: Contestant,
): Promise<Measurement | undefined> {
  if (column.kind === "worst case") return undefined; // of what the others gave
  const { profile, seed, training: { progress, signal } } = setting;
  const threat = column.kind === "attack" ? column.surrogate : undefined;
  const surrogate = threat === undefined ? who.victim : who.surrogates[threat];
  if (surrogate === undefined) return undefined;
  const attack = column.kind === "attack" ? settled(column.attack, profile) : undefined;
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
      ...(progress ? { progress: progress(label) } : {}),
      ...(signal ? { signal } : {}),
    }));
}

/** A measurement as a cell, beside the paper's number. */
function cellOf(
  measurement: Measurement | undefined,
  column: Column,
  { profile, seed }: Setting,
  printed: Pick<Cell, "reported" | "quoted">,
): Cell {
  if (measurement === undefined) return { accuracy: null, ...printed };
  const { correct, seconds, zeroGradient, passes } = measurement;
  const right = correct.filter(Boolean).length, n = correct.length;
  return {
    accuracy: right / n,
    n,
    interval: interval(right, n),
    ...printed,
    ...(column.kind === "attack"
      ? { attack: settled(column.attack, profile), surrogate: column.surrogate }
      : {}),
    ...(column.kind === "worst case" ? { surrogate: "worst case" } : {}),
    ...(zeroGradient === undefined ? {} : { zeroGradient }),
    seeds: [seed],
    seconds: Math.round(seconds * 10) / 10,
    ...(passes === undefined ? {} : { gradientCalls: Math.round(passes.backward / n * 10) / 10 }),
  };
}

/** The measurements of one row by column, the worst case after the others. */
async function measurementsOf(run: Run, row: string): Promise<ReadonlyMap<string, Measurement>> {
  const { table, columns, setting } = run, defense = table.rows[row]!;
  const found = new Map<string, Measurement>();
  if (defense.defense === "not measured yet") return found;
  const wanted = columns.map((name) => [name, table.columns[name]!] as const);
  const worst = wanted.filter(([, { kind }]) => kind === "worst case");
  const who = await contestant(defense, setting);
  try {
    for (const [name, column] of worst.length > 0 ? Object.entries(table.columns) : wanted) {
      const measurement = await measured(run, `${row}, ${name}`, column, who);
      if (measurement !== undefined) found.set(name, measurement);
    }
  } finally {
    who.dispose();
  }
  if (found.size > 0) {
    const measurement = worstCase([...found.values()]);
    for (const [name] of worst) found.set(name, measurement);
  }
  return found;
}

/** The cells of one row. */
async function rowOf(run: Run, row: string): Promise<Record<string, Cell>> {
  const { table, columns, setting } = run;
  const name = tableNames.find((name) => name === table.name);
  const paper = name && reported(name).rows[row];
  const measurements = await measurementsOf(run, row);
  return Object.fromEntries(
    columns.map((column) => {
      const printed = { reported: paper?.values[column] ?? null, quoted: paper?.quoted ?? false };
      return [column, cellOf(measurements.get(column), table.columns[column]!, setting, printed)];
    }),
  );
}

/** Trains every network of the rows anew, each once, those that others need first. */
async function retrain(
  { rows }: Table,
  wanted: readonly string[],
  { profile, dataset, seed, training }: Setting,
): Promise<void> {
  const specs = wanted.map((row) => rows[row]!).flatMap((row): TrainedSpec[] => {
    if (row.defense === "not measured yet") return [];
    if (row.defense === "none") return [classifierSpec(profile, dataset, seed)];
    const spec = gclnSpec(profile, dataset, row, seed);
    return [spec.classifier, spec.features.of, spec];
  });
  const done = new Set<string>();
  for (const spec of specs) {
    const id = await idOf(spec);
    if (!done.has(id)) (await trained(spec, { ...training, retrain: true })).dispose();
    done.add(id);
  }
}

/**
 * Measures a table of the paper, cell by cell, and sets what the paper reports beside it.
 *
 * The only interpreter of experiments: commands and notebooks both call it. Each finished cell is kept, so a run that
 * was stopped goes on where it was. Networks are shipped with the kit (profile `quick`), found in the cache, or trained.
 *
 * @param table The experiment, as data.
 * @returns The result with its findings; accuracies are fractions.
 * @throws {RangeError} Where a row, a column, a profile or a data set is not known.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reproduce, table1 } from "@gcln/kit/experiments";
 *
 * const { rows } = await reproduce(table1, { rows: ["Adversarial-PGD"], columns: ["PGD"], examples: 10 });
 * assertEquals(rows["Adversarial-PGD"]?.["PGD"]?.reported, 0.6015);
 * ```
 */
export async function reproduce(table: Table, options: ReproduceOptions = {}): Promise<Result> {
  const given = settingOf(table, options), { profile, dataset, seed } = given;
  const rows = chosen("row", Object.keys(table.rows), options.rows);
  const columns = chosen("column", Object.keys(table.columns), options.columns);
  const backend = await useBackend();
  const whole = await datasets[dataset]("test"), examples = options.examples ?? profile.examples;
  const test = whole.take(Math.min(examples, whole.size), { seed: fold(seed, "test") });
  const setting: Setting = options.retrain
    ? { ...given, training: { ...given.training, shipped: "ignore" } }
    : given;
  if (options.retrain) await retrain(table, rows, setting);
  const {
    folder = cacheFolder(),
    cells = cellCache({ folder: `${folder}/measured`, fresh: options.retrain ?? false }),
  } = options;
  const run: Run = { table, columns, setting, test, cells };
  const measuredRows: Record<string, Record<string, Cell>> = {};
  for (const row of rows) measuredRows[row] = await rowOf(run, row);
  const result = {
    experiment: table.name,
    profile: profile.name,
    dataset,
    caption: table.title,
    columns,
    rows: measuredRows,
    provenance: {
      backend: backend.description,
      versions: { deno: Deno.version.deno, classifier: await idOf(classifierSpec(profile, dataset, seed)) },
      data: test.checksum,
      code: `measure ${CODE_VERSION}`,
      date: new Date().toISOString(),
    },
  };
  const name = tableNames.find((name) => name === table.name);
  const printed = name === undefined ? [] : reportedFindings(name)
    .filter(({ about }) => about?.row === undefined || rows.includes(about.row));
  return { ...result, findings: [...measuredFindings(result), ...printed] };
}
