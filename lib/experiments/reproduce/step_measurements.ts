import type { Agenda } from "./agenda.ts";
import type { Deployment } from "../../defenses/mod.ts";
import {
  gradientShares,
  isRedrawn,
  type Measurement,
  stepCurve,
  type StepPoint,
} from "../../evaluation/mod.ts";
import { fold, type Passes, passes } from "../../tensor/mod.ts";
import type { SteppedSpec } from "../figure.ts";
import type { AttackColumn, MeasuredColumn } from "../table.ts";
import { keyOf } from "./cell_key.ts";
import { imagesTogether } from "./images_together.ts";
import type { Run } from "./prepare.ts";
import { provenanceOf } from "./provenance.ts";

/**
 * Moments of one run of an attack as measurements. Each is kept under the key of a cell whose attack has so many steps, since
 * it is one; if any is missing, the run is made once for all.
 *
 * @param cells The same attack with more and more steps.
 * @throws {RangeError} Where the attack restarts or stops on success.
 */
export async function stepMeasurements(
  run: Run,
  label: string,
  attack: SteppedSpec,
  cells: readonly { readonly column: MeasuredColumn }[],
  defense: Deployment,
  agenda: Agenda,
): Promise<Measurement[]> {
  const { restarts = 1, stop = "at the end" } = attack as { restarts?: number; stop?: string };
  if (restarts > 1 || stop !== "at the end") {
    throw new RangeError(
      `Cannot follow ${attack.attack} step by step where it restarts or stops on success: one run to its end is wanted`,
    );
  }
  const columns = cells.map(({ column }) => column as AttackColumn), threats = [columns[0]!.surrogate];
  const about = await provenanceOf(run, { row: defense.row as never, threats });
  let made: Promise<readonly Measurement[]> | undefined;
  const found: Measurement[] = [], began = performance.now();
  for (const [i, column] of columns.entries()) {
    const make = async () => (await (made ??= oneRun(run, label, attack, columns, defense, agenda)))[i]!;
    found.push(await run.cells.get(await keyOf(run, column, defense), make, about));
  }
  const each = made === undefined ? undefined : (performance.now() - began) / 1000 / columns.length;
  columns.forEach(() => agenda.passed(each));
  return found;
}

async function oneRun(
  run: Run,
  label: string,
  attack: SteppedSpec,
  columns: readonly AttackColumn[],
  defense: Deployment,
  agenda: Agenda,
): Promise<Measurement[]> {
  const { circumstances: { seed, training: { progress, signal } }, test } = run;
  const steps = columns.map(({ attack }) => (attack as SteppedSpec).steps),
    listens = signal ? { signal } : {};
  const surrogate = await defense.surrogate(columns[0]!.surrogate), batch = imagesTogether(defense);
  const before = passes(), started = performance.now();
  const points = await stepCurve(defense.victim, test, attack, {
    steps,
    surrogate,
    batch,
    seed: fold(seed, "measure"),
    ...(progress ? { progress: progress(label, agenda.place) } : {}),
    ...listens,
  });
  const seconds = (performance.now() - started) / 1000, spent = since(before);
  const gradients = await gradientShares(surrogate, test, { batch, ...listens }),
    zeroGradient = gradients.zero;
  return points.map(({ steps: taken, correct, refused, faults }: StepPoint) => {
    const share = taken / Math.max(1, steps.at(-1)!); // of the one run
    const cost = { seconds: seconds * share, passes: scaled(spent, share) };
    return {
      correct,
      ...(refused ? { refused } : {}),
      zeroGradient,
      gradients,
      ...cost,
      ...(faults ? { faults } : {}),
      ...(isRedrawn(attack, surrogate) ? { redrawn: "each step" as const } : {}),
    };
  });
}

function since({ forward, backward }: Passes): Passes {
  const now = passes();
  return { forward: now.forward - forward, backward: now.backward - backward };
}

function scaled({ forward, backward }: Passes, share: number): Passes {
  return { forward: Math.round(forward * share), backward: Math.round(backward * share) };
}
