import { escape } from "../_drawing.ts";
import { type Footnote, type Footnotes, type FoundTable, isUnmeasured, source } from "../_words.ts";
import { tableCell } from "./cell.ts";
import { slug } from "./document.ts";

/** Where a table stands on its page. */
export interface TablePlace {
  /** What ids on the page begin with, to be there once. */
  readonly id: string;
  /** What a screen reader calls the table. */
  readonly name: string;
}

const NOTHING = { accuracy: null, reported: null, quoted: false };

/** A table in a frame of its own, which scrolls where the page is too narrow. */
export function tableFrame(
  { table, corner, heads }: FoundTable,
  notes: Footnotes,
  { id, name }: TablePlace,
): string {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    notes.at(row, column, table.experiment)
      .filter(({ finding }) => of === undefined || source(finding) === of)
      .map((note) => mark(note, id)).join(" ");
  const columns = table.columns.map((column, i) => sortHead(heads[i]!, marks(undefined, column)));
  const rows = Object.entries(table.rows).map(([row, cells]) => {
    const pending = isUnmeasured(cells);
    const head = `<th scope="row" data-key="${escape(row)}">${escape(row)}${marks(row, undefined)}${
      pending ? "<span class=quiet>not measured yet</span>" : ""
    }</th>`;
    const data = table.columns.map((column, i) =>
      tableCell(cells[column] ?? NOTHING, {
        heads: [row, corner ? `${corner} ${heads[i]!}` : heads[i]!],
        id: `${id}${slug(table.experiment)}-${slug(row)}-${slug(column)}`,
        marks: { measured: marks(row, column, "measured"), reported: marks(row, column, "reported") },
      })
    );
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

/** A column's head: a button that sorts by it. */
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
