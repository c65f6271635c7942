import { knownDataset, knownDatasets } from "../data/mod.ts";
import { checkSetting, object } from "../kinds/mod.ts";
import type { PublishedBreak } from "../defenses/mod.ts";
import type { Faults } from "../judge/mod.ts";
import type { GradientShares } from "./gradient_shares.ts";
import { interval } from "./interval.ts";
import { reported, tableNames } from "./reported.ts";
import type { AttackDescription, FigureResult, Result } from "./result.ts";

/** A number and its circumstances, as the checks see it: measured or reported, of a table or a curve. */
export interface Evidence {
  /** The head of its row, or the name of its curve. */
  readonly row: string;
  /** The head of its column, or its place on the curve. */
  readonly column: string;
  /** What to call it in a message, where the column's head doesn't say what was done. */
  readonly name?: string;
  /** Numbers of two data sets are not compared. */
  readonly dataset: string;
  /** Where the paper prints it. */
  readonly table?: string;
  /** Measured numbers are not compared with reported ones. */
  readonly source: "measured" | "reported";
  /** Whether it is quoted by the paper from another one. */
  readonly quoted: boolean;
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Where the accuracy may lie; for reported numbers, whose noise is not known, both ends are the accuracy. */
  readonly interval: readonly [number, number];
  /** Images measured. */
  readonly n?: number;
  /** The share of the images that a detector refuses, as {@linkcode Cell.refused}. */
  readonly refused?: number;
  /** The share of clean images that the row's detector refuses, where that was measured. */
  readonly refusedClean?: number;
  /** The attack; absent for clean images. */
  readonly attack?: AttackDescription;
  /** What the attacker differentiated, as {@linkcode Cell.surrogate}. */
  readonly surrogate?: string;
  /** The share of images whose input gradient is exactly zero where the attack starts. */
  readonly zeroGradient?: number;
  /** The shares of images whose gradient is zero, or holds NaN or infinity. */
  readonly gradients?: GradientShares;
  /** What makes the number doubtful, as counts of images. */
  readonly faults?: Faults;
  /** How many classes the data set has, where that is known. */
  readonly classes?: number;
  /** What other people's evaluations left of the defense of its row. */
  readonly breaks?: readonly PublishedBreak[];
}

/** Measured numbers: a table's, or those of curves. */
export type Measured =
  | Pick<Result, "dataset" | "rows" | "classes" | "breaks">
  | Pick<FigureResult, "dataset" | "series" | "classes" | "breaks"> & Partial<Pick<FigureResult, "x">>;

/** How many classes a data set has that the kit knows by its name. */
function classesOf(dataset: string): number | undefined {
  return knownDatasets().includes(dataset) ? knownDataset(dataset).facts.classes.length : undefined;
}

/** Fields of which some may be undefined, without those. */
type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that are given. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/**
 * The measured numbers of a table or a figure. A cell without an interval gets Wilson's, one without `n` is exact.
 *
 * @param result A table or a figure.
 */
export function measuredEvidence(
  result: Measured,
): Evidence[] {
  checkSetting("result", object("a table or a figure, { dataset, rows } or { dataset, series },"), result);
  if (!("rows" in result) && !("series" in result)) {
    throw new TypeError("Cannot look at a result without rows and without series: one of them is wanted");
  }
  const rows = "rows" in result
    ? Object.entries(result.rows).map(([row, cells]) => [row, Object.entries(cells)] as const)
    : Object.entries(result.series).map(([name, points]) =>
      [name, points.map((point) => [`${point.x}`, point] as const)] as const
    );
  const axis = "x" in result ? result.x?.replace(/\s*\(.*\)$/, "") : undefined; // without its unit
  const { dataset, classes = classesOf(dataset) } = result;
  return rows.flatMap(([row, cells]) => {
    const refusedClean = cells.find(([, { attack, refused }]) => !attack && refused !== undefined)?.[1]
      .refused;
    return cells.flatMap(([column, cell]) => {
      const { accuracy, n, refused, attack, surrogate, zeroGradient, gradients, faults } = cell;
      if (accuracy === null) return [];
      const wilson = () => n === undefined ? [accuracy, accuracy] as const : interval(accuracy * n, n);
      return [{
        row,
        column,
        dataset,
        source: "measured" as const,
        quoted: false,
        accuracy,
        interval: cell.interval ?? wilson(),
        ...given({
          name: axis && `${axis} = ${column}`,
          n,
          refused,
          refusedClean,
          attack,
          surrogate,
          zeroGradient,
          gradients,
          faults,
          classes,
          breaks: result.breaks?.[row],
        }),
      }];
    });
  });
}

/** Every number of the paper's four tables. */
export function reportedEvidence(): Evidence[] {
  return tableNames.flatMap((table) => {
    const { dataset, rows, attacks } = reported(table);
    return Object.entries(rows).flatMap(([row, { quoted, ball, values }]) =>
      Object.entries(values).flatMap(([column, accuracy]) => {
        if (accuracy === null) return [];
        const { name, attack, surrogate } = attacks[column] ?? {};
        return [{
          row,
          column,
          dataset,
          table,
          source: "reported" as const,
          quoted,
          accuracy,
          interval: [accuracy, accuracy] as const,
          ...given({
            name,
            attack: attack && (ball ? { ...attack, ball } : attack),
            surrogate,
            classes: classesOf(dataset),
          }),
        }];
      })
    );
  });
}
