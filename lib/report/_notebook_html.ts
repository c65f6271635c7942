import { isUnmeasured, legend, measuredShare, percent } from "./_cell_text.ts";
import { circumstances } from "./_circumstances.ts";
import { escape } from "./_escape.ts";
import { experimentTitle } from "./_experiment_title.ts";
import {
  type Footnote,
  type Footnotes,
  footnotes,
  messageText,
  severityTally,
  subjectsText,
} from "./_footnotes.ts";
import { laidCell, type LaidColumn, layout, type TableLayout } from "./_layout.ts";
import { BREAK_HEAD, BREAK_LEGEND, breakText, hasBreaks } from "./_published_breaks.ts";
import { resultTables } from "./_result_tables.ts";
import { superscripts } from "./_superscripts.ts";
import type { ExperimentResult } from "./experiment_result.ts";

// The colour under an output: of JupyterLab, of Visual Studio Code, else the browser's.
const GROUND =
  "background: var(--jp-layout-color0, var(--vscode-notebook-outputContainerBackgroundColor, Canvas))";
const LEFT = "text-align: left";

// A table longer than the window scrolls in a frame of its own, so that its heads can stay. On paper it has no frame, and what is
// folded is open. Where a notebook takes style sheets out, only the paper misses it.
const FRAME = "overflow: auto; max-height: 75vh";
const ON_PAPER = `<style>@media print {
.gcln-frame { overflow: visible !important; max-height: none !important }
.gcln-frame table { font-size: .7em !important }
.gcln-frame :is(th, td) { position: static !important; padding: .25em .35em !important }
.gcln-fold::details-content { content-visibility: visible }
}</style>`;

/**
 * A result as HTML for the output of a cell: narrow, since the paper's number stands under ours, with heads that stay when the
 * table is scrolled. What is long is folded. It has no script, and needs no style sheet, which some notebooks take out.
 */
export function notebookHtml(result: ExperimentResult): string {
  const notes = footnotes(result), tables = resultTables(result), laid = tables.map((table) => layout(table));
  const broken = tables.some(({ table }) => hasBreaks(table));
  return [
    ON_PAPER,
    `<p><b>${escape(experimentTitle(result.experiment))}.</b> ${escape(result.caption)}<br>`,
    `<small>${escape(circumstances(result).join(" · "))}</small></p>`,
    ...laid.flatMap((table) => [
      ...(table.caption ? [`<p><b>${escape(table.caption)}</b></p>`] : []),
      tableHtml(table, table.laid, table.shown, notes),
      ...folds(table, notes),
    ]),
    `<p><small>${escape([legend(tables), ...(broken ? [BREAK_LEGEND] : [])].join(" "))}</small></p>`,
    ...(result.notes ?? []).map((note) => `<p>${escape(note)}</p>`),
    ...notes.measured.length === 0 ? [] : [`<p><b>About the measured numbers</b></p>`, list(notes.measured)],
    ...notes.reported.length === 0
      ? []
      : [fold(`About the paper's numbers: ${severityTally(notes.reported)}`, list(notes.reported))],
  ].join("\n");
}

function tableHtml(
  { table, corner }: TableLayout,
  columns: readonly LaidColumn[],
  rows: readonly string[],
  notes: Footnotes,
): string {
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    superscripts(
      notes.at(row, column, table.experiment).filter(({ source }) => of === undefined || source === of),
    );
  const sticky = (...where: string[]) => `style="${["position: sticky", ...where, GROUND].join("; ")}"`;
  const atTop = sticky("top: 0; z-index: 1"), atLeft = sticky("left: 0", LEFT), broken = hasBreaks(table);
  const heads = [
    ...columns.map(({ head, names }) => head + (names.length === 1 ? marks(undefined, names[0]) : "")),
    ...(broken ? [BREAK_HEAD] : []),
  ];
  const lines = rows.map((row) => {
    const cells = columns.map((column) => {
      const found = laidCell(table.rows[row]!, column), share = found ? measuredShare(found.cell) : null;
      const reported = found?.cell.reported ?? null;
      const parts = [
        ...(share === null ? [] : [percent(share) + marks(row, found!.name, "measured")]),
        ...(reported === null ? [] : [
          `<small>(${percent(reported)}${found!.cell.quoted ? "†" : ""}${
            marks(row, found!.name, "reported")
          })</small>`,
        ]),
      ];
      return `<td>${parts.join("<br>") || "-"}</td>`;
    });
    const head = escape(row) + marks(row, undefined) +
      (isUnmeasured(table.rows[row]!) ? "<br><small>not measured yet</small>" : "");
    const last = broken ? [`<td>${escape(breakText(table, row))}</td>`] : [];
    return `<tr><th scope="row" ${atLeft}>${head}</th>${[...cells, ...last].join("")}</tr>`;
  });
  return `<div class="gcln-frame" style="${FRAME}"><table>
<thead><tr><th ${sticky("top: 0; left: 0; z-index: 2", LEFT)}>${escape(corner)}</th>${
    heads.map((head) => `<th scope="col" ${atTop}>${escape(head)}</th>`).join("")
  }</tr></thead>
<tbody>
${lines.join("\n")}
</tbody></table></div>`;
}

/** What the table leaves out: columns of one kind, and rows without a measurement. */
function folds(table: TableLayout, notes: Footnotes): string[] {
  const columns = table.laid.filter(({ names }) => names.length > 1).map(({ head, names }) => {
    const each = names.map((name): LaidColumn => ({ head: name, names: [name] }));
    const rows = table.shown.filter((row) =>
      names.some((name) => {
        const cell = table.table.rows[row]![name];
        return cell !== undefined && measuredShare(cell) !== null;
      })
    );
    if (rows.length === 0) return "";
    const kind = head.split(",")[0]!;
    return fold(
      `${kind}, each of the ${names.length} columns`,
      tableHtml(withoutBreaks(table), each, rows, notes),
    );
  });
  if (table.leftOut.length === 0) return columns;
  const isReported = ({ names }: LaidColumn) =>
    table.leftOut.some((row) =>
      names.some((name) => typeof table.table.rows[row]![name]?.reported === "number")
    );
  const paper = tableHtml(table, table.laid.filter(isReported), table.leftOut, notes);
  return [
    ...columns,
    fold(`Not measured here: ${table.leftOut.length} rows with the paper's numbers`, paper),
  ];
}

function withoutBreaks(layout: TableLayout): TableLayout {
  const { breaks: _, ...table } = layout.table;
  return { ...layout, table };
}

function list(notes: readonly Footnote[]): string {
  const items = notes.map((note) => {
    const { number, severity, messages, remedy } = note, about = subjectsText(note);
    const texts = messages.map(messageText).map(escape);
    const said = texts.length === 1
      ? ` ${texts[0]}`
      : `<ul>${texts.map((text) => `<li>${text}</li>`).join("")}</ul>`;
    return `<li value="${number}"><b>${severity}</b>${about ? ` (${escape(about)})` : ""}${said} <i>${
      escape(remedy)
    }</i></li>`;
  });
  return `<ol>\n${items.join("\n")}\n</ol>`;
}

function fold(summary: string, inner: string): string {
  return `<details class="gcln-fold"><summary>${escape(summary)}</summary>\n${inner}\n</details>`;
}
