import type { AttackDescription, Cell } from "../../evaluation/mod.ts";
import { escape } from "../_escape.ts";
import { costText, countText, measuredShare, percent } from "../_cell_text.ts";
import { settingText } from "../_setting_text.ts";

/** Where a cell is in its table and on its page. */
export interface CellPlace {
  /** The heads of its row and column, and whatever else names it. */
  readonly heads: readonly string[];
  /** The id of its tooltip, unique on the page. */
  readonly id: string;
  /** The footnote marks of its two numbers, as HTML. */
  readonly marks: { readonly measured: string; readonly reported: string };
  /** The class of a column that can be folded; empty for others. */
  readonly fold: string;
}

/** A cell as `td`: both numbers and a strip; a tooltip shows all other facts on hover and on focus. */
export function tableCell(cell: Cell, { heads, id, marks, fold }: CellPlace): string {
  const { reported, quoted } = cell, share = measuredShare(cell), key = share ?? reported;
  if (key === null) return `<td class="quiet${fold && ` ${fold}`}">-</td>`;
  const numbers = [
    share === null ? "" : `<b>${percent(share)}</b>${marks.measured}`,
    reported === null
      ? ""
      : `<span class=paper>(${percent(reported)}${quoted ? "†" : ""}${marks.reported})</span>`,
  ].filter(Boolean).join(" ");
  return `<td${fold && ` class=${fold}`} data-key="${escape(String(key))}">${
    withTooltip(numbers + strip(cell), id, heads.join(", "), details(cell))
  }</td>`;
}

/** HTML with a tooltip, which is shown on hover and on keyboard focus: a title and lines of text. */
export function withTooltip(inner: string, id: string, title: string, lines: readonly string[]): string {
  const text = lines.map((line) => `<span>${escape(line)}</span>`).join("");
  return `<div class=cell tabindex=0 aria-describedby="${id}">${inner}` +
    `<div role=tooltip id="${id}"><b>${escape(title)}</b>${text}</div></div>`;
}

/** All facts about a cell, one a line. */
function details(cell: Cell): string[] {
  const { accuracy, refused, interval, reported, quoted, attack, surrogate, zeroGradient, note } = cell;
  const share = measuredShare(cell);
  return [
    share === null ? "Not measured" : `Measured: ${(100 * share).toFixed(2)} %` +
      (interval ? `, 95 % interval ${percent(interval[0])} to ${percent(interval[1])} %` : ""),
    countText(cell),
    accuracy === null || refused === undefined ? "" : `Refused: ${percent(refused)} % of the images`,
    cell.perSeed === undefined ? "" : `Each seed: ${cell.perSeed.map(percent).join(", ")} %`,
    reported === null
      ? "The paper reports no number"
      : `The paper${quoted ? ", quoting another," : ""} reports ${(100 * reported).toFixed(2)} %`,
    attack === undefined ? "" : `Attack: ${attackInWords(attack)}`,
    surrogate === undefined ? "" : `The attacker differentiates: ${surrogate}`,
    zeroGradient === undefined
      ? ""
      : `Exactly zero gradient at the start: ${percent(zeroGradient)} % of the images`,
    costText(cell),
    note ?? "",
  ].filter(Boolean);
}

/** The attack's name, then its options. */
export function attackInWords({ attack, ...options }: AttackDescription): string {
  return [attack, settingText(options)].filter(Boolean).join(", ");
}

/** An SVG with the numbers of a cell on a line from 0 to 100 %. */
export function strip(cell: Cell): string {
  const { interval, reported } = cell, share = measuredShare(cell);
  const x = (fraction: number) => (4 + 72 * fraction).toFixed(1);
  const shapes = [
    `<path class=axis d="M4 6H76"/>`,
    interval ? `<path class=interval d="M${x(interval[0])} 6H${x(interval[1])}"/>` : "",
    share === null ? "" : `<circle class=measured cx="${x(share)}" cy=6 r=3 />`,
    reported === null ? "" : `<path class=reported d="M${x(reported)} 2l4 4l-4 4l-4-4z"/>`,
  ];
  return `<svg class=strip viewBox="0 0 80 12" aria-hidden=true>${shapes.join("")}</svg>`;
}

/** Explains the strips, as HTML. */
export const STRIP_LEGEND: string = `Strips run from 0 to 100 %: ${
  strip({ accuracy: 0.4, interval: [0.25, 0.55], reported: null, quoted: false })
} measured with its 95 % interval, ${
  strip({ accuracy: null, reported: 0.7, quoted: false })
} as the paper reports it.`;
