import { deploy, type Deployment, isReady, traitsOf } from "../../defenses/mod.ts";
import { type KeptAttacks, measure, type Measurement } from "../../evaluation/mod.ts";
import { fold } from "../../tensor/mod.ts";
import { type MeasuringOptions, seedsOf } from "../circumstances.ts";
import type { SteppedSpec } from "../figure.ts";
import { isMeasured, type MeasuredColumn, type Row } from "../table.ts";
import { type Agenda, agendaOf } from "./agenda.ts";
import { keyOf } from "./cell_key.ts";
import { checkRepeats } from "./check_repeats.ts";
import { imagesTogether } from "./images_together.ts";
import { trainedOnHere, trainedOnText } from "../../training/mod.ts";
import { prepare, type Prepared, type Run } from "./prepare.ts";
import { provenanceOf } from "./provenance.ts";
import { settled } from "./settled.ts";
import { stepMeasurements } from "./step_measurements.ts";

/** A cell of a table or a point of a curve. */
export interface CellToMeasure {
  /** For progress: the column's head, or the point's place. */
  readonly label: string;
  /** Clean images, or an attack. */
  readonly column: MeasuredColumn;
}

/** Cells that have their defense in common: a row of a table, or a curve (of one over q, each point). */
export interface CellsOfDefense {
  /** For progress: the row's head, or the curve's name. */
  readonly label: string;
  /** The row's head, or the curve's name, which decides on its seeds. */
  readonly head: string;
  /** What defends. */
  readonly row: Row;
  /** Its cells, measured one after the other. */
  readonly cells: readonly CellToMeasure[];
  /** Where the cells are moments of one run of an attack, which is then made once: that attack. */
  readonly oneRunOf?: SteppedSpec;
}

/** Measurements of some cells, in their order: one from each seed, none where the column does not apply to the row. */
export type MeasurementsOfCells = readonly (readonly (Measurement | undefined)[])[];

/** What was measured, and how. */
export interface MeasuredCells extends Prepared {
  /** In the order of what was asked for. */
  readonly measurements: readonly MeasurementsOfCells[];
  /** The seeds that each was measured from, in the same order: fewer than wanted where networks are missing. */
  readonly seeds: readonly (readonly number[])[];
  /** Of networks that were trained on another engine, count of threads or version of the kit, which that was. */
  readonly elsewhere: readonly string[];
}

/**
 * Measures cells: the one way there for tables and figures. Each finished cell is kept, so that a run that was stopped goes
 * on where it was.
 */
export async function measureCells(
  experiment: { readonly name?: string; readonly dataset: string },
  asked: readonly CellsOfDefense[],
  options: MeasuringOptions,
): Promise<MeasuredCells> {
  const needed = asked.flatMap(({ head, row, cells }) =>
    isMeasured(row) ? [{ head, row, threats: cells.flatMap(({ column }) => threatsOf(column)) }] : []
  );
  const prepared = await prepare(experiment, needed, options), { runs, circumstances } = prepared;
  const found: (Measurement | undefined)[][][] = asked.map(({ cells }) => cells.map(() => []));
  const seeds: number[][] = asked.map(() => []), elsewhere = new Set<string>();
  const countOf = ({ row, cells }: CellsOfDefense) => isMeasured(row) ? cells.length : 0;
  const agenda = agendaOf(
    runs.flatMap((run) =>
      asked.map((one) => seedsOf(circumstances, one.head).includes(run.circumstances.seed) ? countOf(one) : 0)
    ).reduce((sum, count) => sum + count, 0),
    options.processes,
  );
  for (const run of runs) {
    const suffix = runs.length === 1 ? "" : `, seed ${run.circumstances.seed}`;
    try {
      const left = [...asked.entries()];
      for (let passedOver = 0; left.length > 0;) {
        const [i, cells] = left.shift()!, { seed } = run.circumstances;
        if (!seedsOf(circumstances, cells.head).includes(seed)) continue;
        const examples = options.examples ?? circumstances.fewerExamples?.[cells.head];
        const here = examples === undefined ? run : { ...run, test: run.test.take(examples) };
        const key = keyOfAll(here, cells),
          isBusy = isMeasured(cells.row) && (await run.cells.isBusy?.(key) ?? false);
        // A row that another process is at comes last. If it still is at it then, this one takes some of its cells.
        if (isBusy && passedOver < left.length) {
          left.push([i, cells]);
          passedOver++;
          continue;
        }
        passedOver = 0;
        if (options.untrained === "skip" && !await hasNetworks(run, cells)) {
          agenda.leaveOut(countOf(cells));
          continue;
        }
        seeds[i]!.push(seed);
        const work = () => ofDefense(here, cells, suffix, agenda);
        const measurements = isBusy || !isMeasured(cells.row) || run.cells.busyWith === undefined
          ? await work()
          : await run.cells.busyWith(key, work);
        for (const [j, measurement] of measurements.entries()) found[i]![j]!.push(measurement);
      }
      for (const note of await trainedElsewhere(run)) elsewhere.add(note);
    } finally {
      run.networks.dispose();
    }
  }
  return { ...prepared, measurements: found, seeds, elsewhere: [...elsewhere] };
}

/** What other processes know the cells of a defense by: those that measure the same ones of it with the same data. */
function keyOfAll({ circumstances: { profile, seed }, test }: Run, { row, cells }: CellsOfDefense): unknown {
  const columns = cells.map(({ column }) => column);
  return { allOf: row, columns, data: test.checksum, profile: profile.name, seed };
}

/** Which networks of a run were trained on something else than what measures them. Of shipped ones that is known anyway. */
async function trainedElsewhere({ networks }: Run): Promise<readonly string[]> {
  const here = trainedOnText(await trainedOnHere());
  return networks.loaded().flatMap(({ id, source, made }) => {
    const there = made && trainedOnText(made);
    return source === "shipped" || there === undefined || there === here ? [] : [`${id} (${there})`];
  });
}

/** A note on networks that were trained elsewhere, for a result. */
export function notesOnTraining({ elsewhere }: Pick<MeasuredCells, "elsewhere">): readonly string[] {
  if (elsewhere.length === 0) return [];
  return [
    `Trained on another engine, count of threads or version of the kit than this result was measured with: ${
      elsewhere.join("; ")
    }. Trained here, their weights would differ in the last digits.`,
  ];
}

/** Whether nothing has to be trained for these cells. */
async function hasNetworks({ circumstances }: Run, { row, cells }: CellsOfDefense): Promise<boolean> {
  const threats = cells.flatMap(({ column }) => threatsOf(column)), { training } = circumstances;
  return !isMeasured(row) || await isReady(row, circumstances, { threats, training });
}

/** The threat models of a column. */
function threatsOf(column: MeasuredColumn) {
  return column.kind === "attack" ? [column.surrogate] : [];
}

/** The cells of one defense from one seed. */
async function ofDefense(
  run: Run,
  { label, row, cells, oneRunOf }: CellsOfDefense,
  suffix: string,
  agenda: Agenda,
): Promise<readonly (Measurement | undefined)[]> {
  if (!isMeasured(row)) return cells.map(() => undefined);
  const { circumstances: { profile, training, search = "float32" }, networks, kept } = run;
  const all = cells.map(({ label: cell, column }) => ({
    label: `${label}, ${cell}${suffix}`,
    column: settled(column, profile),
  }));
  const defense = await deploy(row, run.circumstances, { training, networks, search });
  try {
    await checkRepeats(defense, run.test);
    const applies = all.map(({ column }) => isApplicable(column, defense));
    if (oneRunOf && applies.every(Boolean)) {
      return await stepMeasurements(run, `${label}${suffix}`, oneRunOf, all, defense, agenda);
    }
    const found: (Measurement | undefined)[] = all.map(() => undefined), left = all.map((_, i) => i);
    for (let passedOver = 0; left.length > 0;) {
      const i = left.shift()!, { label, column } = all[i]!;
      if (!applies[i]) {
        agenda.passed();
        continue;
      }
      // What another process measures now is taken last: by then it may be there.
      if (passedOver < left.length && await run.cells.isBusy?.(await keyOf(run, column, defense))) {
        left.push(i);
        passedOver++;
        continue;
      }
      passedOver = 0;
      found[i] = await measured(run, label, column, defense, agenda);
    }
    return found;
  } finally {
    forgetAttacksOn(defense, kept);
    defense.dispose();
  }
}

/** Whether a column says anything of a defense, and its attacker has something to differentiate. */
function isApplicable(column: MeasuredColumn, defense: Deployment): boolean {
  const { only } = column, fits = only === undefined || traitsOf(defense.row).includes(only);
  return fits && (column.kind === "clean" || defense.faces(column.surrogate));
}

/** Measures one cell from one seed, or finds it in the cache. */
async function measured(
  run: Run,
  label: string,
  column: MeasuredColumn,
  defense: Deployment,
  agenda: Agenda,
): Promise<Measurement> {
  const { circumstances: { seed, training: { progress, signal } }, test, cells, kept } = run;
  let began: number | undefined;
  const make = async () => {
    began = performance.now();
    return await measure(defense.victim, test, {
      surrogate: column.kind === "attack" ? await defense.surrogate(column.surrogate) : defense.victim,
      ...(column.kind === "attack" ? { surrogates: defense.otherSurrogates(column.surrogate) } : {}),
      batch: imagesTogether(defense),
      seed: fold(seed, "measure"),
      kept,
      ...(column.kind === "attack" ? { attack: column.attack } : {}),
      ...(progress ? { progress: progress(label, agenda.place) } : {}),
      ...(signal ? { signal } : {}),
    });
  };
  const about = await provenanceOf(run, { row: defense.row as never, threats: threatsOf(column) });
  const found = await cells.get(await keyOf(run, column, defense), make, about);
  agenda.passed(began === undefined ? undefined : (performance.now() - began) / 1000);
  return found;
}

/** What attackers of a defense differentiate, and no other's do: what was made with it is of no more use. */
function forgetAttacksOn({ ownSurrogates }: Deployment, kept: KeptAttacks): void {
  for (const surrogate of ownSurrogates) kept.forget(surrogate);
}
