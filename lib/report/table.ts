import { cellText, intervalText, isUnmeasured, legend, measuredShare } from "./_cell_text.ts";
import { circumstances, kitText } from "./_circumstances.ts";
import { experimentTitle } from "./_experiment_title.ts";
import { type Footnote, type Footnotes, footnotes } from "./_footnotes.ts";
import { footnoteText } from "./_footnote_text.ts";
import { laidCell, type LaidColumn, layout, type TableLayout } from "./_layout.ts";
import { resultTables } from "./_result_tables.ts";
import { markdownTable } from "./_markdown_table.ts";
import { BREAK_HEAD, BREAK_LEGEND, breakSentence, breakText, hasBreaks } from "./_published_breaks.ts";
import { superscripts } from "./_superscripts.ts";
import type { ExperimentResult } from "./experiment_result.ts";

/** Options of {@linkcode toMarkdown} and {@linkcode likenessToMarkdown}. */
export interface MarkdownOptions {
  /** Whether the 95 % intervals are shown: those of a table in a table of their own. Default `hidden`. */
  readonly intervals?: "shown" | "hidden";
  /** Which rows are shown: those with a measured number, or all; default `measured`. */
  readonly rows?: "measured" | "all";
}

/**
 * A result as a Markdown table: measured numbers beside the paper's, findings as footnotes, and the circumstances.
 *
 * A cell is `84.2 (86.1¹)` percent: the measured number, then the paper's. The clean accuracy and the worst case come first.
 * In a wide table, columns of one kind of which the paper reports nothing become one column with the lowest number, and have
 * a table of their own below. Rows without a measured number are only named, unless `rows` is `all`.
 *
 * @param result The result of an experiment. A figure becomes one table for each panel, with one row for each curve.
 * @param options Which rows are shown, and whether intervals are.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { toMarkdown } from "@gcln/kit/report";
 *
 * const text = toMarkdown({
 *   experiment: "table1",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "Accuracy under white-box attacks",
 *   columns: ["PGD"],
 *   rows: { "GCLN": { "PGD": { accuracy: 0.842, n: 500, reported: 0.861, quoted: false } } },
 *   findings: [],
 *   provenance: { backend: "wasm", versions: {}, data: "", code: "", date: "2020-01-01" },
 * });
 * assertStringIncludes(text, "84.2 (86.1)");
 * ```
 */
export function toMarkdown(result: ExperimentResult, options: MarkdownOptions = {}): string {
  const { rows = "measured", intervals = "hidden" } = options;
  const notes = footnotes(result),
    tables = resultTables(result),
    laid = tables.map((table) => layout(table, rows));
  return [
    `**${experimentTitle(result.experiment)}.** ${result.caption}`,
    sentence([...circumstances(result), ...kitText(result.provenance)].join(" · ")),
    ...laid.flatMap((table) => [
      ...(table.caption ? [`**${table.caption}**`] : []),
      tableText(table, table.laid, notes),
      ...notShown(table),
    ]),
    [legend(tables), ...(tables.some(({ table }) => hasBreaks(table)) ? [BREAK_LEGEND] : [])].join(" "),
    ...(result.notes ?? []),
    ...laid.flatMap((table) => details(table, notes)),
    ...publishedBreaks(result),
    ...list("About the measured numbers", notes.measured),
    ...list("About the paper's numbers", notes.reported),
    ...(intervals === "shown" ? laid.flatMap(intervalTable) : []),
  ].join("\n\n") + "\n";
}

function tableText(
  { table, corner, shown }: TableLayout,
  columns: readonly LaidColumn[],
  notes: Footnotes,
): string {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    superscripts(
      notes.at(row, column, table.experiment).filter(({ source }) => of === undefined || source === of),
    );
  const broken = hasBreaks(table) ? [BREAK_HEAD] : [];
  const head = [
    corner,
    ...columns.map(({ head, names }) => head + (names.length === 1 ? marks(undefined, names[0]) : "")),
    ...broken,
  ];
  const rows = shown.map((name) => {
    const cells = table.rows[name]!;
    return [
      name + marks(name, undefined) + (isUnmeasured(cells) ? " *(not measured yet)*" : ""),
      ...columns.map((column) => {
        const found = laidCell(cells, column);
        if (found === undefined) return "-";
        return cellText(found.cell, {
          measured: marks(name, found.name, "measured"),
          reported: marks(name, found.name, "reported"),
        });
      }),
      ...broken.map(() => breakText(table, name)),
    ];
  });
  return markdownTable(head, rows);
}

/** The rows that are left out, by name. */
function notShown({ leftOut }: TableLayout): string[] {
  return leftOut.length === 0 ? [] : [`Not measured here: ${leftOut.join(", ")}.`];
}

/** The columns that are folded above, each by itself. */
function details(table: TableLayout, notes: Footnotes): string[] {
  return table.laid.filter(({ names }) => names.length > 1).flatMap(({ head, names }) => {
    const kind = head.split(",")[0]!, shown = table.shown.filter((row) => hasAny(table, row, names));
    const columns = names.map((name): LaidColumn => ({ head: name, names: [name] }));
    if (shown.length === 0) return [];
    const { breaks: _, ...bare } = table.table;
    return [`**${kind}, each**`, tableText({ ...table, table: bare, shown }, columns, notes)];
  });
}

function hasAny({ table }: TableLayout, row: string, columns: readonly string[]): boolean {
  return columns.some((column) => {
    const cell = table.rows[row]![column];
    return cell !== undefined && measuredShare(cell) !== null;
  });
}

/** How many rows the table of intervals has side by side. */
const ABREAST = 5;

/** All intervals: a row for each column of the result, and a column for each of its rows. */
function intervalTable({ table, heads, corner, caption, shown }: TableLayout): string[] {
  const text = (row: string, column: string) => {
    const interval = table.rows[row]?.[column]?.interval;
    return interval === undefined ? "-" : intervalText(interval).slice(1, -1);
  };
  const known = (row: string) => table.columns.some((column) => text(row, column) !== "-");
  const rows = shown.filter(known), parts = Math.ceil(rows.length / ABREAST);
  const perPart = Math.ceil(rows.length / Math.max(1, parts));
  return Array.from({ length: parts }, (_, i) => {
    const some = rows.slice(i * perPart, (i + 1) * perPart);
    const lines = table.columns.map((column, k) => [heads[k]!, ...some.map((row) => text(row, column))]);
    return markdownTable(
      [corner || "95 % interval", ...some],
      lines.filter(([, ...cells]) => cells.some((c) => c !== "-")),
    );
  }).flatMap((text, i) => i === 0 ? [`**95 % intervals${caption ? `: ${caption}` : ""}**`, text] : [text]);
}

/** What others left of each row, one item a row. */
function publishedBreaks(result: ExperimentResult): string[] {
  if (!hasBreaks(result)) return [];
  const items = Object.entries(result.breaks!).map(([row, breaks]) =>
    `- ${row}: ${breaks.map(breakSentence).join("; ")}.`
  );
  return ["**What others left**", items.join("\n")];
}

function list(heading: string, notes: readonly Footnote[]): string[] {
  if (notes.length === 0) return [];
  return [`**${heading}**`, notes.map(footnoteText).join("\n")];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
