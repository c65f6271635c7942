import { isUnmeasured, measuredShare, percent } from "./_cell_text.ts";
import { circumstances } from "./_circumstances.ts";
import { experimentTitle } from "./_experiment_title.ts";
import { type FittedCell, fittedTable, folded } from "./_fitted_table.ts";
import { type Footnote, type Footnotes, footnotes, severityTally, subjectsText } from "./_footnotes.ts";
import { laidCell, layout, type TableLayout } from "./_layout.ts";
import { resultTables } from "./_result_tables.ts";
import { superscripts } from "./_superscripts.ts";
import type { ExperimentResult } from "./experiment_result.ts";

/** Options of {@linkcode toText}. */
export interface TextOptions {
  /** The most letters in a line; default 80. */
  readonly width?: number;
  /** Which rows are shown: those with a measured number, or all; default `measured`. */
  readonly rows?: "measured" | "all";
  /** Where the findings are in full: the name of a file. Default: nothing is said. */
  readonly more?: string;
}

/**
 * A result for a terminal: the table, folded until it fits, and a summary of its findings, one line or two each.
 * {@linkcode toMarkdown} says all of it.
 *
 * @param result The result of an experiment. A figure becomes one table for each panel, with one row for each curve.
 * @param options The width, the rows, and where more is said.
 *
 * @example Usage
 * ```ts
 * import { assert, assertStringIncludes } from "@std/assert";
 * import { toText } from "@gcln/kit/report";
 *
 * const text = toText({
 *   experiment: "table1",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "Accuracy under white-box attacks",
 *   columns: ["PGD"],
 *   rows: { "GCLN": { "PGD": { accuracy: 0.842, n: 500, reported: 0.861, quoted: false } } },
 *   findings: [],
 *   provenance: { backend: "wasm", versions: {}, data: "", code: "", date: "2020-01-01" },
 * }, { width: 60 });
 * assertStringIncludes(text, "GCLN  84.2 (86.1)");
 * assert(text.split("\n").every((line) => line.length <= 60));
 * ```
 */
export function toText(result: ExperimentResult, options: TextOptions = {}): string {
  const { width = 80, rows = "measured", more } = options;
  const notes = footnotes(result), tables = resultTables(result).map((table) => layout(table, rows));
  const fitted = tables.map((table) => ({
    caption: table.caption,
    ...fittedTable(textTable(table, notes), width, more === undefined ? "below" : "left out"),
  }));
  const rest = fitted.flatMap(({ rest }) => rest);
  const said = (text: string) => folded(text, width);
  return [
    said(`${experimentTitle(result.experiment)}. ${result.caption}`),
    said(circumstances(result).join(" · ")),
    ...fitted.flatMap(({ caption, lines }) => ["", ...(caption ? said(caption) : []), ...lines]),
    "",
    ...said(explained(tables)),
    ...tables.filter(({ leftOut }) => leftOut.length > 0).flatMap(({ leftOut }) =>
      said(`Not measured here: ${leftOut.join(", ")}.`)
    ),
    ...rest.length === 0
      ? []
      : said(`Too many columns for ${width} letters a line; not shown: ${rest.join(" · ")}.`),
    ...summary(notes, width, more),
  ].flat().join("\n") + "\n";
}

function textTable({ table, corner, laid, shown }: TableLayout, notes: Footnotes) {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    superscripts(
      notes.at(row, column, table.experiment).filter(({ source }) => of === undefined || source === of),
    );
  return {
    corner,
    heads: laid.map(({ head, names }) => head + (names.length === 1 ? marks(undefined, names[0]) : "")),
    rows: shown.map((row): [string, FittedCell[]] => [
      row + marks(row, undefined) + (isUnmeasured(table.rows[row]!) ? " *" : ""),
      laid.map((column): FittedCell => {
        const found = laidCell(table.rows[row]!, column), share = found && measuredShare(found.cell);
        if (found === undefined || share === undefined) return { upper: "-", marks: "", lower: "" };
        const { cell: { reported, quoted }, name } = found;
        return {
          upper: share === null ? (reported === null ? "-" : "") : percent(share),
          marks: share === null ? "" : marks(row, name, "measured"),
          lower: reported === null ? "" : `(${percent(reported)}${quoted ? "†" : ""})`,
        };
      }),
    ]),
  };
}

/** A sentence about the notation of the tables. */
function explained(tables: readonly TableLayout[]): string {
  const cells = tables.flatMap(({ table, shown }) => shown.flatMap((row) => Object.values(table.rows[row]!)));
  const isPending = tables.some(({ table, shown }) => shown.some((row) => isUnmeasured(table.rows[row]!)));
  return [
    "Percent of the images that are classified right",
    ...(cells.some(({ reported }) => reported !== null) ? ["(in parentheses: as the paper reports it)"] : []),
    ...(cells.some(({ reported, quoted }) => quoted && reported !== null) ? ["† quoted by the paper"] : []),
    ...(isPending ? ["* not measured yet"] : []),
  ].join(", ").replace(", (", " (") + ".";
}

/** The findings about the measured numbers, one line or two each; of the paper's only how many there are. */
function summary({ measured, reported }: Footnotes, width: number, more: string | undefined): string[] {
  const lines = measured.flatMap((note) => {
    const mark = superscripts([note]), indent = " ".repeat(mark.length + 1);
    return folded(gist(note), width - indent.length).map((line, i) => (i === 0 ? `${mark} ` : indent) + line);
  });
  const papers = reported.length === 0 ? [] : [`About the paper's own numbers: ${severityTally(reported)}.`];
  const where = more === undefined || measured.length + reported.length === 0
    ? []
    : [`In full, with what to do: ${more}`];
  return [
    ...(lines.length === 0
      ? []
      : ["", ...folded("Do not believe these numbers without reading this:", width), ...lines]),
    ...papers.flatMap((line) => folded(line, width)),
    ...where,
  ];
}

/** The first sentence of a footnote, with the first of its rows. */
function gist(note: Footnote): string {
  const { severity, messages } = note, [first] = messages, about = subjectsText(note);
  const sentence = first!.text.split(/(?<=[^\s.]{2})\. (?=[A-Z])/)[0]!.replace(/\.$/, "");
  const rows = messages.flatMap(({ rows }) => rows), others = rows.length - first!.rows.length;
  const more = rows.length > 1 && others === 0 ? ` and ${rows.length - 1} more` : "";
  return [
    severity,
    ...(about ? [about] : []),
    ...(rows.length > 0 ? [`${rows[0]}${more}`] : []),
    `${sentence}${others > 0 ? ` (${others} more ${others === 1 ? "row" : "rows"} alike)` : ""}.`,
  ].join(": ");
}
