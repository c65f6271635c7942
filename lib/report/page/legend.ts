import { escape } from "../_drawing.ts";
import { type FoundTable, legend } from "../_words.ts";
import { STRIP_LEGEND } from "./cell.ts";

/** What a table's notation means, as HTML. */
export function tableLegend(tables: readonly FoundTable[]): string {
  return `
  <p class=quiet>${escape(legend(tables))}</p>`;
}

/** How tables are read, as HTML: for once on a page. */
export const HOW_TO_READ: string = `
  <p class=quiet>${STRIP_LEGEND}</p>
  <p class="quiet scripted">A column's head sorts by it: by the measured number, or by the paper's where nothing is
  measured. A cell says more under the mouse or a finger, or when the arrow keys reach it.</p>`;
