import { threatNamed } from "../../attacks/mod.ts";
import { RANDOM_DRAWS, traitsOf } from "../../defenses/mod.ts";
import {
  type AttackDescription,
  type Cell,
  interval,
  type Measurement,
  seedInterval,
} from "../../evaluation/mod.ts";
import { addFaults, hasFaults, NO_FAULTS } from "../../judge/mod.ts";
import { type AttackColumn, type Column, isMeasured, type Row } from "../table.ts";

/**
 * An attack as a cell tells of it: whoever knows a random defense attacks through the mean of several draws (EOT). The
 * classifier without it, and a substitute, are not random.
 */
function attackOn(row: Row, column: AttackColumn, { redrawn }: Measurement): AttackDescription {
  const isRandom = isMeasured(row) && traitsOf(row).includes("randomised") &&
    threatNamed(column.surrogate).knows === "everything";
  return isRandom
    ? { ...column.attack, eot: { draws: RANDOM_DRAWS, average: "logits", redrawn: redrawn ?? "never" } }
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
  const refusals = all.flatMap(({ refused }) =>
    refused ? [{ correct: refused.filter(Boolean).length, n: refused.length }] : []
  );
  const share = refusals.length < all.length || n === 0
    ? {}
    : { refused: sum(refusals.map(({ correct }) => correct)) / n };
  if (column.kind === "refusals") {
    if (share.refused === undefined) return { accuracy: null, ...printed };
    const spread = all.length === 1 ? interval(refusals[0]!.correct, n) : seedInterval(refusals);
    return { accuracy: null, ...share, n, interval: spread, ...printed, seeds };
  }
  return {
    accuracy: right / n,
    ...share,
    n,
    interval: all.length === 1 ? interval(right, n) : seedInterval(tallies),
    ...printed,
    ...(column.kind === "attack"
      ? { attack: attackOn(row, column, all[0]!), surrogate: column.surrogate }
      : {}),
    ...(column.kind === "worst case" ? { surrogate: "worst case" } : {}),
    ...(isWhole(zeros) ? { zeroGradient: sum(zeros) / zeros.length } : {}),
    ...doubtsOf(all),
    seeds,
    ...(all.length === 1 ? {} : { perSeed: tallies.map(({ correct, n }) => correct / n) }),
    seconds: Math.round(sum(all.map(({ seconds }) => seconds)) * 10) / 10,
    ...(isWhole(spent) ? { gradientCalls: Math.round(sum(spent) / n * 10) / 10 } : {}),
  };
}

/** What makes the number doubtful, of all seeds together: gradients that are not finite, and faults. */
function doubtsOf(measurements: readonly Measurement[]): Pick<Cell, "gradients" | "faults"> {
  const faults = measurements.reduce((sum, { faults = NO_FAULTS }) => addFaults(sum, faults), NO_FAULTS);
  const mean = (share: "zero" | "notFinite") =>
    sum(measurements.map(({ gradients }) => gradients?.[share] ?? 0)) / measurements.length;
  const gradients = { zero: mean("zero"), notFinite: mean("notFinite") };
  return {
    ...(gradients.notFinite > 0 ? { gradients } : {}),
    ...(hasFaults(faults) ? { faults } : {}),
  };
}

function isWhole(values: readonly (number | undefined)[]): values is readonly number[] {
  return values.every((value) => value !== undefined);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
