import figure2 from "../../fixtures/paper/figure2.json" with { type: "json" };
import figure3 from "../../fixtures/paper/figure3.json" with { type: "json" };
import figure4 from "../../fixtures/paper/figure4.json" with { type: "json" };
import table1 from "../../fixtures/paper/table1.json" with { type: "json" };
import table2 from "../../fixtures/paper/table2.json" with { type: "json" };
import table3 from "../../fixtures/paper/table3.json" with { type: "json" };
import table4 from "../../fixtures/paper/table4.json" with { type: "json" };
import { guess, valueText } from "../kinds/mod.ts";
import type { AttackDescription } from "./result.ts";

/** The paper's tables. */
export type TableName = "table1" | "table2" | "table3" | "table4";

/** The paper's figures with curves. */
export type FigureName = "figure3" | "figure4";

/** What a column did, as far as the paper says. */
export interface ReportedAttack {
  /** What to call it, where the column's head doesn't say. */
  readonly name?: string;
  /** The attack and the options that are given. */
  readonly attack: AttackDescription;
  /** What the attacker differentiated, as {@linkcode Cell.surrogate}. */
  readonly surrogate: string;
}

/** A row of a printed table. */
export interface ReportedRow {
  /** Whether the numbers are another paper's. */
  readonly quoted: boolean;
  /** The citation, as printed. */
  readonly source?: string;
  /** Table 2's distance. */
  readonly ball?: { readonly norm: string; readonly epsilon: number };
  /** Table 2's asterisk. */
  readonly starred?: boolean;
  /** Accuracies in [0, 1] by the heads of their columns; `null` where "-" is printed. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** A printed table. */
export interface ReportedTable {
  /** Its name here. */
  readonly table: TableName;
  /** As printed. */
  readonly caption: string;
  /** The name of the data set. */
  readonly dataset: string;
  /** The heads of the columns that hold accuracies, left to right. */
  readonly columns: readonly string[];
  /** The attacks by the heads of their columns; columns of clean images have none. */
  readonly attacks: Readonly<Record<string, ReportedAttack>>;
  /** The rows by their printed heads, without citations. */
  readonly rows: Readonly<Record<string, ReportedRow>>;
  /** What the paper leaves open, and where its numbers don't agree. */
  readonly notes: readonly string[];
}

/** A number of a table that lies on a curve whose points are not printed. */
export interface Anchor {
  /** The curve. */
  readonly series: string;
  /** Its place on the horizontal axis; `null` where that is not given. */
  readonly x: number | null;
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Where it is printed. */
  readonly source: string;
}

/** A curve of a printed figure. */
export interface ReportedSeries {
  /** Whether the curve is another paper's method. */
  readonly quoted: boolean;
  /** The citation. */
  readonly source?: string;
  /** `null`: the paper prints no numbers. */
  readonly points: null;
}

/** Half of a printed figure. */
export interface ReportedPanel extends ReportedAttack {
  /** The horizontal axis. */
  readonly x: string;
  /** Its ends, where they are printed. */
  readonly range: readonly number[] | null;
  /** The curves by name. */
  readonly series: Readonly<Record<string, ReportedSeries>>;
  /** Numbers of the tables that lie on the curves. */
  readonly anchors: readonly Anchor[];
  /** What the text says of the curves. */
  readonly claims: readonly string[];
}

/** A printed figure: its captions and claims, since the points are a picture. */
export interface ReportedFigure {
  /** Its name here. */
  readonly figure: FigureName;
  /** As printed. */
  readonly caption: string;
  /** The name of the data set. */
  readonly dataset: string;
  /** Left and right. */
  readonly panels: { readonly left: ReportedPanel; readonly right: ReportedPanel };
  /** What the paper leaves open, and where its numbers don't agree. */
  readonly notes: readonly string[];
}

/** What the paper says of Figure 2, which is a picture and has no numbers. */
export interface ReportedPicture {
  /** Its name here. */
  readonly figure: "figure2";
  /** As printed. */
  readonly caption: string;
  /** The name of the data set; `null`: it is not stated. */
  readonly dataset: string | null;
  /** The attack and the options that are given. */
  readonly attack: AttackDescription;
  /** What the attacker differentiated, as {@linkcode Cell.surrogate}; `null`: it is not stated. */
  readonly surrogate: string | null;
  /** What the text says of the picture. */
  readonly claims: readonly string[];
  /** What the paper leaves open, and what doesn't agree. */
  readonly notes: readonly string[];
}

const tables = { table1, table2, table3, table4 };
const figures = { figure3, figure4 };

/** The names of the paper's tables, in order. */
export const tableNames: readonly TableName[] = ["table1", "table2", "table3", "table4"];

/** What the paper prints in a table. */
export function reported(name: TableName): ReportedTable;
/** What the paper says of a figure. */
export function reported(name: FigureName): ReportedFigure;
/** What the paper says of the picture of feature maps. */
export function reported(name: "figure2"): ReportedPicture;
/**
 * What the paper prints: every accuracy as a fraction, quoted rows marked, open questions as notes.
 *
 * @param name A table, `table1` … `table4`, or a figure, `figure2` … `figure4`.
 * @throws {RangeError} Where the paper has no numbers under that name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reported } from "@gcln/kit/evaluation";
 *
 * assertEquals(reported("table1").rows["Our method (Qs = 10)"]?.values["PGD"], 0.8605);
 * ```
 */
export function reported(
  name: TableName | FigureName | "figure2",
): ReportedTable | ReportedFigure | ReportedPicture {
  if (Object.hasOwn(tables, name)) return tables[name as TableName] as ReportedTable;
  if (Object.hasOwn(figures, name)) return figures[name as FigureName] as ReportedFigure;
  if (name === "figure2") return figure2 as ReportedPicture;
  const names = [...Object.keys(tables), "figure2", ...Object.keys(figures)];
  throw new RangeError(
    `The paper has no numbers under the name ${valueText(name)}${
      guess(String(name), names) || "."
    } There are ${names.join(", ")}`,
  );
}
