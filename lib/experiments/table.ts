import type { AttackSpec } from "../attacks/mod.ts";
import type { DefenseTrait, MeasuredRow } from "../defenses/mod.ts";

/**
 * The name of a threat model, which says what the attacker knows and differentiates: "white-box" the defended classifier with
 * its exact gradient, "straight-through" the same with straight-through rounding, "oblivious" the classifier without the
 * defense, "black-box" a substitute. {@linkcode threats} are all of them, and {@linkcode defineThreat} adds others.
 */
export type ThreatModel = string;

/** Clean images. */
export interface CleanColumn {
  /** The kind of column. */
  readonly kind: "clean";
  /** Measures only defenses with this trait. Default: all. */
  readonly only?: DefenseTrait;
}

/** An attack under a threat model. */
export interface AttackColumn {
  /** The kind of column. */
  readonly kind: "attack";
  /** The attack. */
  readonly attack: AttackSpec;
  /** The threat model: what the attacker differentiates. */
  readonly surrogate: ThreatModel;
  /** Measures only defenses with this trait; for others, another column has the same number. Default: all. */
  readonly only?: DefenseTrait;
}

/** The worst case: an image counts as correct if it is correct in every column of its row. */
export interface WorstCaseColumn {
  /** The kind of column. */
  readonly kind: "worst case";
  /** The columns that count. */
  readonly of: "every attack";
}

/**
 * The share of images that a defense refuses: of clean ones, a detector's false positives. Without it no number of a detector
 * means anything, since one that refuses every image stops every attack. Of defenses that refuse nothing there is none.
 */
export interface RefusalsColumn {
  /** The kind of column. */
  readonly kind: "refusals";
  /** The images that are refused. */
  readonly of: "clean";
}

/** What a cell or a point measures: accuracy on clean images, or under an attack. */
export type MeasuredColumn = CleanColumn | AttackColumn;

/** One column. */
export type Column = MeasuredColumn | RefusalsColumn | WorstCaseColumn;

/** A row with reported numbers only. */
export interface UnmeasuredRow {
  /** This name stands for no defense. */
  readonly defense: "not measured yet";
}

/** One row: a defense that the kit measures, or one with reported numbers only. */
export type Row = MeasuredRow | UnmeasuredRow;

/** Whether the kit measures a row. */
export function isMeasured(row: Row): row is MeasuredRow {
  return row.defense !== "not measured yet";
}

/** A table of the paper, as data. To make a variation, spread it and change one line. */
export interface Table {
  /** The name of the results. `table1` to `table4` get the paper's numbers beside them, other names none. */
  readonly name: string;
  /** The title above the table, after its number. */
  readonly title: string;
  /** The name of the paper's data set. */
  readonly dataset: string;
  /** The rows by their heads, as in the paper; ours come last. */
  readonly rows: Readonly<Record<string, Row>>;
  /** The columns by their heads: the paper's, then ours. */
  readonly columns: Readonly<Record<string, Column>>;
}
