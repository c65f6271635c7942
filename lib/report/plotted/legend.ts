import { textWidth, wrapped } from "../_text_width.ts";
import { LINE, TEXT } from "./look.ts";

/** The width of an item's line in pixels: `itemwidth` of Plotly's legend. */
export const SYMBOL = 40;

// Plotly's layout of its legend, in pixels: an item is gap, symbol, gap and text; rows are at least 16 high and 3 apart.
const GAP = 5, LOWEST = 16, BETWEEN_ROWS = 3, TEXT_START = SYMBOL + 2 * GAP;

/** Breaks a name into lines that fit into a legend of this width. */
export function legendLines(name: string, width: number): string[] {
  return wrapped(name, width - TEXT_START - GAP - 1, TEXT);
}

/** The height of Plotly's legend: one row if all names fit, else columns as wide as the widest name. */
export function legendHeight(names: readonly string[], width: number): number {
  const items = names.map((name) => legendLines(name, width));
  const widths = items.map((lines) => TEXT_START + Math.max(...lines.map((line) => textWidth(line, TEXT))));
  const total = widths.reduce((sum, item) => sum + item + GAP, 0), column = Math.max(...widths) + GAP;
  const inRow = total < width ? items.length : Math.max(1, Math.ceil((width + GAP) / column) - 1);
  let height = 2 * GAP;
  for (let i = 0; i < items.length; i += inRow) {
    const lines = Math.max(...items.slice(i, i + inRow).map(({ length }) => length));
    height += Math.max(LOWEST, lines * TEXT * LINE) + BETWEEN_ROWS;
  }
  return height;
}
