import { escape } from "../_escape.ts";
import { isUnmeasured } from "../_cell_text.ts";
import type { Footnote, Footnotes } from "../_footnotes.ts";
import { laidCell, layout, type TableLayout } from "../_layout.ts";
import type { ResultTable } from "../_result_tables.ts";
import { BREAK_HEAD, breakSentence, breakText, hasBreaks } from "../_published_breaks.ts";
import { tableCell, withTooltip } from "./cell.ts";
import { slug } from "./document.ts";
import { foldable } from "./sections.ts";

/** How a table is named on its page. */
export interface TableNames {
  /** A prefix for the ids inside the table, so that they are unique on the page. */
  readonly id: string;
  /** The name of the table for screen readers. */
  readonly name: string;
}

const EMPTY_CELL = { accuracy: null, reported: null, quoted: false };

/**
 * A table in a frame of its own, which can be scrolled if the page is too narrow. Columns of one kind are one column with the
 * lowest number until a button unfolds them. Rows without a measured number have a table of their own, folded.
 */
export function tableFrame(result: ResultTable, notes: Footnotes, names: TableNames): string {
  const laid = layout(result),
    { table, leftOut } = laid,
    folds = laid.laid.filter(({ names }) => names.length > 1);
  const buttons = folds.map(({ head, names }) =>
    `<button type=button class="scripted columns" aria-pressed=false>Show each of the ${names.length} ${
      escape(head.split(",")[0]!)
    } columns</button>`
  );
  const pending = leftOut.length === 0 ? "" : foldable(
    `Not measured here: ${leftOut.length} ${leftOut.length === 1 ? "row" : "rows"} with the paper's numbers`,
    frame(paperOnly(laid), notes, { ...names, name: `${names.name}: not measured` }),
  );
  const isFolded = folds.length > 0 ? ` class="folded"` : "";
  return `
  <div${isFolded}>${buttons.join("")}${frame(laid, notes, names)}</div>${pending}`;

  /** The rows that are left out, with the columns of which the paper reports something. */
  function paperOnly(laid: TableLayout): TableLayout {
    const isReported = (column: string) =>
      leftOut.some((row) => typeof table.rows[row]![column]?.reported === "number");
    return {
      ...laid,
      laid: laid.laid.filter(({ names }) => names.some(isReported)),
      shown: leftOut,
      leftOut: [],
    };
  }
}

function frame(
  { table, corner, laid, shown }: TableLayout,
  notes: Footnotes,
  { id, name }: TableNames,
): string {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    notes.at(row, column, table.experiment)
      .filter(({ source }) => of === undefined || source === of)
      .map((note) => mark(note, id)).join(" ");
  const isBroken = hasBreaks(table);
  // A folded column, then the columns that it stands for: the style sheet shows the one or the others.
  const columns = laid.flatMap((column) => {
    if (column.names.length === 1) return [{ column, fold: "" }];
    const each = column.names.map((name) => ({ column: { head: name, names: [name] }, fold: "each" }));
    return [{ column, fold: "lowest" }, ...each];
  });
  const heads = [
    ...columns.map(({ column: { head, names }, fold }) =>
      sortHead(head, names.length === 1 ? marks(undefined, names[0]) : "", fold)
    ),
    ...(isBroken ? [sortHead(BREAK_HEAD, "")] : []),
  ];
  const rows = shown.map((row) => {
    const cells = table.rows[row]!, pending = isUnmeasured(cells);
    const head = `<th scope="row" data-key="${escape(row)}">${escape(row)}${marks(row, undefined)}${
      pending ? "<span class=quiet>not measured yet</span>" : ""
    }</th>`;
    const data = columns.map(({ column, fold }) => {
      const found = laidCell(cells, column), names = column.names.length === 1 ? [] : [found?.name ?? ""];
      return tableCell(found?.cell ?? EMPTY_CELL, {
        heads: [row, ...names, corner ? `${corner} ${column.head}` : column.head],
        id: `${id}${slug(table.experiment)}-${slug(row)}-${slug(column.head)}`,
        fold,
        marks: {
          measured: found ? marks(row, found.name, "measured") : "",
          reported: found ? marks(row, found.name, "reported") : "",
        },
      });
    });
    if (isBroken) data.push(breakCell(table, row, `${id}${slug(table.experiment)}-${slug(row)}-published`));
    return `<tr${pending ? " class=pending" : ""}>${head}\n${data.join("\n")}</tr>`;
  });
  const width = columns.filter(({ fold }) => fold !== "lowest").length + Number(isBroken);
  return `<div class=scroll><table style="--columns: ${width}">
    <caption class=unseen>${escape(name)}</caption>
    <thead><tr>${sortHead(corner || "Defense", "")}${heads.join("")}</tr></thead>
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

/** The head of a column: a button that sorts the rows by the column. `fold` is the class of a column that can be folded. */
export function sortHead(text: string, marks: string, fold = ""): string {
  const words = text.split(" ").map((word) =>
    word.includes("-") ? `<span class=word>${escape(word)}</span>` : escape(word)
  );
  return `<th scope="col" aria-sort="none"${fold && ` class=${fold}`}><button type="button">${
    words.join(" ")
  }` +
    `<span class=arrow aria-hidden=true></span></button>${marks}</th>`;
}

function mark({ number }: Footnote, id: string): string {
  return `<sup><a href="#${id}finding-${number}" aria-label="Finding ${number}">${number}</a></sup>`;
}
