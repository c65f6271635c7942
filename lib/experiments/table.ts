import type { AttackSpec } from "../attacks/mod.ts";
import type { DefenseTrait, MeasuredRow } from "../defenses/mod.ts";

/**
 * The name of a threat model: what an attacker knows, and so what it differentiates. "white-box" is the defended classifier
 * as it is, "straight-through" passes through its rounding, "oblivious" is the classifier alone, "black-box" a substitute;
 * {@linkcode threats} are all, and {@linkcode defineThreat} makes others known.
 */
export type ThreatModel = string;

/** Clean images. */
export interface CleanColumn {
  /** Tells the kinds of columns apart. */
  readonly kind: "clean";
}

/** An attack under a threat model. */
export interface AttackColumn {
  /** Tells the kinds of columns apart. */
  readonly kind: "attack";
  /** The attack. */
  readonly attack: AttackSpec;
  /** What its attacker differentiates. */
  readonly surrogate: ThreatModel;
  /** Only defenses with this trait are measured: for others, another column shows the same. Default: all. */
  readonly only?: DefenseTrait;
}

/** What survives every column of the table that applies to the row, image by image. */
export interface WorstCaseColumn {
  /** Tells the kinds of columns apart. */
  readonly kind: "worst case";
  /** Of what. */
  readonly of: "every attack";
}

/** What a cell or a point measures: clean images, or an attack. */
export type MeasuredColumn = CleanColumn | AttackColumn;

/** One column. */
export type Column = MeasuredColumn | WorstCaseColumn;

/** A row whose numbers are only reported so far. */
export interface UnmeasuredRow {
  /** No defense has this name. */
  readonly defense: "not measured yet";
}

/** One row: a defense that the kit measures, or one whose numbers are only reported so far. */
export type Row = MeasuredRow | UnmeasuredRow;

/** Whether the kit measures a row. */
export function isMeasured(row: Row): row is MeasuredRow {
  return row.defense !== "not measured yet";
}

/** A table of the paper, as data: to try something, spread it and change one line. */
export interface Table {
  /** The name of the results; `table1` and its like join the paper's numbers, any other name has none beside it. */
  readonly name: string;
  /** What stands above the table, after its number. */
  readonly title: string;
  /** The name of the paper's data set. */
  readonly dataset: string;
  /** By the paper's own row heads. */
  readonly rows: Readonly<Record<string, Row>>;
  /** By the paper's own column heads, and ours after them. */
  readonly columns: Readonly<Record<string, Column>>;
}
