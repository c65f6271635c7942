import { escape } from "../_escape.ts";
import { isUnmeasured } from "../_cell_text.ts";
import { type Footnote, type Footnotes, sourceOf } from "../_footnotes.ts";
import type { ResultTable } from "../_result_tables.ts";
import { BREAK_HEAD, breakSentence, breakText, hasBreaks } from "../_published_breaks.ts";
import { tableCell, withTooltip } from "./cell.ts";
import { slug } from "./document.ts";

/** How a table is named on its page. */
export interface TableNames {
  /** A prefix for the ids inside the table, so that they are unique on the page. */
  readonly id: string;
  /** The name of the table for screen readers. */
  readonly name: string;
}

const EMPTY_CELL = { accuracy: null, reported: null, quoted: false };

/** A table in a frame of its own, which can be scrolled if the page is too narrow. */
export function tableFrame(
  { table, corner, heads }: ResultTable,
  notes: Footnotes,
  { id, name }: TableNames,
): string {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    notes.at(row, column, table.experiment)
      .filter(({ finding }) => of === undefined || sourceOf(finding) === of)
      .map((note) => mark(note, id)).join(" ");
  const isBroken = hasBreaks(table);
  const columns = [
    ...table.columns.map((column, i) => sortHead(heads[i]!, marks(undefined, column))),
    ...(isBroken ? [sortHead(BREAK_HEAD, "")] : []),
  ];
  const rows = Object.entries(table.rows).map(([row, cells]) => {
    const pending = isUnmeasured(cells);
    const head = `<th scope="row" data-key="${escape(row)}">${escape(row)}${marks(row, undefined)}${
      pending ? "<span class=quiet>not measured yet</span>" : ""
    }</th>`;
    const data = table.columns.map((column, i) =>
      tableCell(cells[column] ?? EMPTY_CELL, {
        heads: [row, corner ? `${corner} ${heads[i]!}` : heads[i]!],
        id: `${id}${slug(table.experiment)}-${slug(row)}-${slug(column)}`,
        marks: { measured: marks(row, column, "measured"), reported: marks(row, column, "reported") },
      })
    );
    if (isBroken) data.push(breakCell(table, row, `${id}${slug(table.experiment)}-${slug(row)}-published`));
    return `<tr${pending ? " class=pending" : ""}>${head}\n${data.join("\n")}</tr>`;
  });
  return `
  <div class=scroll><table>
    <caption class=unseen>${escape(name)}</caption>
    <thead><tr>${sortHead(corner || "Defense", "")}${columns.join("")}</tr></thead>
    <tbody>
${rows.join("\n")}
    </tbody>
  </table></div>`;
}

/** What others left of the defense of a row; all of it in the tooltip. */
function breakCell(table: ResultTable["table"], row: string, id: string): string {
  const known = table.breaks?.[row] ?? [];
  if (known.length === 0) return `<td class=quiet>-</td>`;
  const text = `<span class=paper>${escape(breakText(table, row))}</span>`;
  return `<td data-key="${escape(String(known[0]!.left))}">${
    withTooltip(text, id, `${row}, ${BREAK_HEAD}`, known.map(breakSentence))
  }</td>`;
}

/** The head of a column: a button that sorts the rows by the column. */
export function sortHead(text: string, marks: string): string {
  const words = text.split(" ").map((word) =>
    word.includes("-") ? `<span class=word>${escape(word)}</span>` : escape(word)
  );
  return `<th scope="col" aria-sort="none"><button type="button">${words.join(" ")}` +
    `<span class=arrow aria-hidden=true></span></button>${marks}</th>`;
}

function mark({ number }: Footnote, id: string): string {
  return `<sup><a href="#${id}finding-${number}" aria-label="Finding ${number}">${number}</a></sup>`;
}
