import {
  cellText,
  circumstances,
  type Footnote,
  type Footnotes,
  footnotes,
  type FoundTable,
  isUnmeasured,
  legend,
  placesInWords,
  source,
  tablesOf,
  title,
} from "./_words.ts";
import { grid } from "./_grid.ts";
import { type Displayed, displayed } from "./display.ts";
import type { Found } from "./found.ts";

/**
 * A result as a Markdown table: measured numbers beside the paper's, findings as footnotes, and the circumstances.
 *
 * It reads well as plain text too. A cell is `84.2 (86.1¹)` percent: measured, and as the paper reports it. Rows of which
 * nothing has been measured say so and show the paper's numbers.
 *
 * @param found What an experiment has found; a figure becomes a table for each panel with a row for each curve.
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
export function toMarkdown(found: Found): string {
  const notes = footnotes(found), tables = tablesOf(found);
  return [
    `**${title(found.experiment)}.** ${found.caption}`,
    sentence(circumstances(found).join(" · ")),
    ...tables.flatMap((
      table,
    ) => [...(table.caption ? [`**${table.caption}**`] : []), tableText(table, notes)]),
    legend(tables),
    ...(found.notes ?? []),
    ...list("About the measured numbers", notes.measured),
    ...list("About the paper's numbers", notes.reported),
  ].join("\n\n") + "\n";
}

function tableText({ table, corner, heads }: FoundTable, notes: Footnotes): string {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    notes.at(row, column, table.experiment).filter(({ finding }) =>
      of === undefined || source(finding) === of
    )
      .map(({ number }) => superscript(number)).join(" ");
  const head = [corner, ...table.columns.map((column, i) => heads[i]! + marks(undefined, column))];
  const rows = Object.entries(table.rows).map(([name, cells]) => [
    name + marks(name, undefined) + (isUnmeasured(cells) ? " *(not measured yet)*" : ""),
    ...table.columns.map((column) => {
      const cell = cells[column];
      if (cell === undefined) return "-";
      return cellText(cell, {
        measured: marks(name, column, "measured"),
        reported: marks(name, column, "reported"),
      });
    }),
  ]);
  return grid(head, rows);
}

/**
 * A result that a notebook shows as its table.
 *
 * @param result What an experiment has found.
 * @returns A copy of it.
 */
export function shown<R extends Found>(result: R): R & Displayed {
  return displayed({ ...result }, () => {
    const text = toMarkdown(result);
    return { "text/markdown": text, "text/plain": text };
  });
}

function list(heading: string, notes: readonly Footnote[]): string[] {
  if (notes.length === 0) return [];
  const items = notes.map((note) => {
    const { number, finding: { severity, message, remedy } } = note;
    const places = placesInWords(note);
    return `${number}. **${sentence(severity)}**${places ? ` (${places})` : ""} ${stop(message)} ${
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
