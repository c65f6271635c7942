import type { AttackSpec } from "../../attacks/mod.ts";
import {
  type AttackDescription,
  type Cell,
  type CellProvenance,
  interval,
  measure,
  type Measurement,
  seedInterval,
} from "../../evaluation/mod.ts";
import { backendName, type Classifier, fold } from "../../tensor/mod.ts";
import type { Contestant } from "../contestant.ts";
import type { Profile } from "../profile.ts";
import type { Column, Row, ThreatModel } from "../table.ts";
import { RANDOM_DRAWS, traitsOf } from "../traits.ts";
import { provenanceOf } from "./provenance.ts";
import { CODE_VERSION, isMeasured, type Run } from "./runs.ts";

/** What a cell or a point is measured by: nobody, or an attack by someone who knows so much. */
export type MeasuredColumn = Exclude<Column, { readonly kind: "worst case" }>;

/** The same with the profile's number of iterations for Carlini and Wagner's attack. */
export function settled<C extends Column>(column: C, profile: Profile): C {
  if (column.kind !== "attack" || column.attack.attack !== "carliniWagner") return column;
  return { ...column, attack: { ...column.attack, steps: profile.carliniWagner } };
}

/** What the attackers of some columns know. */
export function threatsIn(columns: readonly Column[]): ThreatModel[] {
  return columns.flatMap((column) => column.kind === "attack" ? [column.surrogate] : []);
}

/** Whether there is anything for the attacker to differentiate. */
export function applies(column: MeasuredColumn, { surrogates, learned }: Contestant): boolean {
  if (column.kind === "clean") return true;
  return column.surrogate === "learned" ? learned !== undefined : column.surrogate in surrogates;
}

/** What the attacker of a column that applies differentiates. */
export async function surrogateOf(column: MeasuredColumn, who: Contestant): Promise<Classifier> {
  if (column.kind === "clean") return who.victim;
  return column.surrogate === "learned" ? await who.learned!.surrogate() : who.surrogates[column.surrogate]!;
}

/** What a measurement depends on. */
export function keyOf(
  { setting: { profile, seed, search = "float32" }, test }: Run,
  column: MeasuredColumn,
  who: Contestant,
) {
  const attack: AttackSpec | undefined = column.kind === "attack" ? column.attack : undefined;
  const threat = column.kind === "attack" ? column.surrogate : undefined;
  const other = threat === "black-box" ? [who.substitute!] : [];
  return {
    networks: [...who.networks, ...other],
    attack,
    surrogate: threat,
    learned: threat === "learned" ? who.learned?.settings : undefined,
    search: attack === undefined || search === "float32" ? undefined : search,
    data: test.checksum,
    profile: profile.name,
    backend: backendName(),
    seed,
    code: CODE_VERSION,
  };
}

/** How a measurement comes about, beside its key. */
export function aboutOf(
  run: Run,
  column: MeasuredColumn,
  { row }: Contestant,
): Promise<Omit<CellProvenance, "date">> {
  return provenanceOf(run, { row, threats: threatsIn([column]) });
}

/** What fixes an attack's random starts. */
export function seedOf({ setting: { seed } }: Run): number {
  return fold(seed, "measure");
}

/** Measures one cell from one seed, or finds it in the cache; undefined where the column does not apply to the row. */
export async function measured(
  run: Run,
  label: string,
  column: MeasuredColumn,
  who: Contestant,
): Promise<Measurement | undefined> {
  if (!applies(column, who)) return undefined;
  const { setting: { training: { progress, signal } }, test, cells, kept } = run;
  const make = async () =>
    measure(who.victim, test, {
      surrogate: await surrogateOf(column, who),
      seed: seedOf(run),
      kept,
      ...(column.kind === "attack" ? { attack: column.attack } : {}),
      ...(progress ? { progress: progress(label) } : {}),
      ...(signal ? { signal } : {}),
    });
  return await cells.get(keyOf(run, column, who), make, await aboutOf(run, column, who));
}

/** An attack as a cell tells of it: one on a random defense goes through the mean of several draws (EOT). */
function attackOn(
  row: Row,
  column: Extract<Column, { readonly kind: "attack" }>,
): AttackDescription {
  const isRandom = isMeasured(row) && traitsOf(row).includes("randomised") &&
    column.surrogate !== "black-box";
  return isRandom
    ? { ...column.attack, eot: { draws: RANDOM_DRAWS, average: "logits", redrawn: "never" } }
    : column.attack;
}

/** The measurements from all seeds as a cell, beside the paper's number; empty where one is missing. */
export function cellOf(
  measurements: readonly (Measurement | undefined)[],
  row: Row,
  column: Column,
  seeds: readonly number[],
  printed: Pick<Cell, "reported" | "quoted">,
): Cell {
  const all = measurements.filter((measurement) => measurement !== undefined);
  if (all.length === 0 || all.length < seeds.length) return { accuracy: null, ...printed };
  const tallies = all.map(({ correct }) => ({ correct: correct.filter(Boolean).length, n: correct.length }));
  const [right, n] = [sum(tallies.map(({ correct }) => correct)), sum(tallies.map(({ n }) => n))];
  const zeros = all.map(({ zeroGradient }) => zeroGradient),
    spent = all.map(({ passes }) => passes?.backward);
  return {
    accuracy: right / n,
    n,
    interval: all.length === 1 ? interval(right, n) : seedInterval(tallies),
    ...printed,
    ...(column.kind === "attack" ? { attack: attackOn(row, column), surrogate: column.surrogate } : {}),
    ...(column.kind === "worst case" ? { surrogate: "worst case" } : {}),
    ...(isWhole(zeros) ? { zeroGradient: sum(zeros) / zeros.length } : {}),
    seeds,
    ...(all.length === 1 ? {} : { perSeed: tallies.map(({ correct, n }) => correct / n) }),
    seconds: Math.round(sum(all.map(({ seconds }) => seconds)) * 10) / 10,
    ...(isWhole(spent) ? { gradientCalls: Math.round(sum(spent) / n * 10) / 10 } : {}),
  };
}

function isWhole(values: readonly (number | undefined)[]): values is readonly number[] {
  return values.every((value) => value !== undefined);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
