import { cellText, type Intervals, isUnmeasured, legend } from "./_cell_text.ts";
import { circumstances, kitText } from "./_circumstances.ts";
import { experimentTitle } from "./_experiment_title.ts";
import { type Footnote, type Footnotes, footnotes, sourceOf, subjectsText } from "./_footnotes.ts";
import { type ResultTable, resultTables } from "./_result_tables.ts";
import { markdownTable } from "./_markdown_table.ts";
import { BREAK_HEAD, BREAK_LEGEND, breakSentence, breakText, hasBreaks } from "./_published_breaks.ts";
import { type Displayed, displayed } from "./display.ts";
import type { ExperimentResult } from "./experiment_result.ts";

/** Fields of {@link toMarkdown}. */
export interface MarkdownOptions {
  /**
   * Whether each measured number has its 95 % interval beside it: `84.2 [81.2–87.2]`. Default `hidden`, which fits a
   * terminal; the files that commands write have them.
   */
  readonly intervals?: "shown" | "hidden";
}

/**
 * A result as a Markdown table: measured numbers beside the paper's, findings as footnotes, and the circumstances.
 *
 * The text is also readable in a terminal. A cell is `84.2 (86.1¹)` percent: the measured number, then the paper's. A row
 * without a measured number is marked "not measured yet" and shows the paper's numbers.
 *
 * @param result The result of an experiment. A figure becomes one table for each panel, with one row for each curve.
 * @param options Whether intervals are shown.
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
export function toMarkdown(result: ExperimentResult, { intervals = "hidden" }: MarkdownOptions = {}): string {
  const notes = footnotes(result), tables = resultTables(result);
  return [
    `**${experimentTitle(result.experiment)}.** ${result.caption}`,
    sentence([...circumstances(result), ...kitText(result.provenance)].join(" · ")),
    ...tables.flatMap((
      table,
    ) => [...(table.caption ? [`**${table.caption}**`] : []), tableText(table, notes, intervals)]),
    [legend(tables, intervals), ...(tables.some(({ table }) => hasBreaks(table)) ? [BREAK_LEGEND] : [])].join(
      " ",
    ),
    ...(result.notes ?? []),
    ...publishedBreaks(result),
    ...list("About the measured numbers", notes.measured),
    ...list("About the paper's numbers", notes.reported),
  ].join("\n\n") + "\n";
}

function tableText({ table, corner, heads }: ResultTable, notes: Footnotes, intervals: Intervals): string {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    notes.at(row, column, table.experiment).filter(({ finding }) =>
      of === undefined || sourceOf(finding) === of
    )
      .map(({ number }) => superscript(number)).join(" ");
  const broken = hasBreaks(table) ? [BREAK_HEAD] : [];
  const head = [corner, ...table.columns.map((column, i) => heads[i]! + marks(undefined, column)), ...broken];
  const rows = Object.entries(table.rows).map(([name, cells]) => [
    name + marks(name, undefined) + (isUnmeasured(cells) ? " *(not measured yet)*" : ""),
    ...table.columns.map((column) => {
      const cell = cells[column];
      if (cell === undefined) return "-";
      return cellText(cell, {
        measured: marks(name, column, "measured"),
        reported: marks(name, column, "reported"),
      }, intervals);
    }),
    ...broken.map(() => breakText(table, name)),
  ]);
  return markdownTable(head, rows);
}

/**
 * A result as a value that a notebook shows as a table.
 *
 * @param result The result of an experiment.
 * @returns A copy of it.
 */
export function shown<R extends ExperimentResult>(result: R): R & Displayed {
  return displayed({ ...result }, () => {
    const text = toMarkdown(result);
    return { "text/markdown": text, "text/plain": text };
  });
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
  const items = notes.map((note) => {
    const { number, finding: { severity, message, remedy } } = note;
    const subjects = subjectsText(note);
    return `${number}. **${sentence(severity)}**${subjects ? ` (${subjects})` : ""} ${stop(message)} ${
      stop(remedy)
    }`;
  });
  return [`**${heading}**`, items.join("\n")];
}

const SUPERSCRIPTS = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"];

function superscript(number: number): string {
  return [...String(number)].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function stop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
