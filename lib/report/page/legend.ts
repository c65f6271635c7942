import { escape } from "../_escape.ts";
import { BREAK_LEGEND, hasBreaks } from "../_published_breaks.ts";
import { legend } from "../_cell_text.ts";
import type { ResultTable } from "../_result_tables.ts";
import { STRIP_LEGEND } from "./cell.ts";

/** Explains the notation of tables, as HTML. */
export function tableLegend(tables: readonly ResultTable[]): string {
  return `
  <p class=quiet>${
    escape(
      [legend(tables), ...(tables.some(({ table }) => hasBreaks(table)) ? [BREAK_LEGEND] : [])].join(" "),
    )
  }</p>`;
}

/** Explains strips, sorting and tooltips, as HTML; printed once on a page. */
export const HOW_TO_READ: string = `
  <p class=quiet>${STRIP_LEGEND}</p>
  <p class="quiet scripted">A click on a column's head sorts the rows by the measured numbers, or by the paper's
  where nothing is measured. Move the mouse over a cell, touch it, or go to it with the arrow keys to see more about it.</p>`;
