import type { AttackDescription, Cell } from "../../evaluation/mod.ts";
import { escape } from "../_drawing.ts";
import { countInWords, inWords, percent, spent } from "../_words.ts";

/** A cell, and what it needs to know of the table around it. */
export interface CellPlace {
  /** The heads of its row and column. */
  readonly heads: readonly [string, string];
  /** The id of what is said of it on hover; once on the page. */
  readonly id: string;
  /** HTML: the footnote marks of its two numbers. */
  readonly marks: { readonly measured: string; readonly reported: string };
}

/** A `td`: both numbers, a strip, and on hover and focus all else that is known. */
export function tableCell(cell: Cell, { heads, id, marks }: CellPlace): string {
  const { accuracy, reported, quoted } = cell, key = accuracy ?? reported;
  if (key === null) return `<td class=quiet>-</td>`;
  const numbers = [
    accuracy === null ? "" : `<b>${percent(accuracy)}</b>${marks.measured}`,
    reported === null
      ? ""
      : `<span class=paper>(${percent(reported)}${quoted ? "†" : ""}${marks.reported})</span>`,
  ].filter(Boolean).join(" ");
  return `<td data-key="${key}">${
    withTooltip(numbers + strip(cell), id, heads.join(", "), details(cell))
  }</td>`;
}

/** HTML that says more on hover and on keyboard focus: a title and lines of text. */
export function withTooltip(inner: string, id: string, title: string, lines: readonly string[]): string {
  const more = lines.map((line) => `<span>${escape(line)}</span>`).join("");
  return `<div class=cell tabindex=0 aria-describedby="${id}">${inner}` +
    `<div role=tooltip id="${id}"><b>${escape(title)}</b>${more}</div></div>`;
}

/** All that is known of a cell, in lines. */
function details(cell: Cell): string[] {
  const { accuracy, interval, reported, quoted, attack, surrogate, zeroGradient, note } = cell;
  return [
    accuracy === null ? "Not measured" : `Measured: ${(100 * accuracy).toFixed(2)} %` +
      (interval ? `, 95 % interval ${percent(interval[0])} to ${percent(interval[1])} %` : ""),
    countInWords(cell),
    cell.perSeed === undefined ? "" : `Each seed: ${cell.perSeed.map(percent).join(", ")} %`,
    reported === null
      ? "The paper reports no number"
      : `The paper${quoted ? ", quoting another," : ""} reports ${(100 * reported).toFixed(2)} %`,
    attack === undefined ? "" : `Attack: ${attackInWords(attack)}`,
    surrogate === undefined ? "" : `The attacker differentiates: ${surrogate}`,
    zeroGradient === undefined
      ? ""
      : `Exactly zero gradient at the start: ${percent(zeroGradient)} % of the images`,
    spent(cell),
    note ?? "",
  ].filter(Boolean);
}

/** An attack by its name, and then its options. */
export function attackInWords({ attack, ...options }: AttackDescription): string {
  return [attack, inWords(options)].filter(Boolean).join(", ");
}

/** The numbers of a cell on a line from 0 to 100 %. */
export function strip({ accuracy, interval, reported }: Cell): string {
  const x = (fraction: number) => (4 + 72 * fraction).toFixed(1);
  const shapes = [
    `<path class=axis d="M4 6H76"/>`,
    interval ? `<path class=interval d="M${x(interval[0])} 6H${x(interval[1])}"/>` : "",
    accuracy === null ? "" : `<circle class=measured cx="${x(accuracy)}" cy=6 r=3 />`,
    reported === null ? "" : `<path class=reported d="M${x(reported)} 2l4 4l-4 4l-4-4z"/>`,
  ];
  return `<svg class=strip viewBox="0 0 80 12" aria-hidden=true>${shapes.join("")}</svg>`;
}

/** What strips mean, as HTML. */
export const STRIP_LEGEND: string = `Strips run from 0 to 100 %: ${
  strip({ accuracy: 0.4, interval: [0.25, 0.55], reported: null, quoted: false })
} measured with its 95 % interval, ${
  strip({ accuracy: null, reported: 0.7, quoted: false })
} as the paper reports it.`;
