import { textWidth } from "../_text_width.ts";
import { LABEL, QUIET, RULE, TEXT } from "../plotted/look.ts";
import type { Panel } from "./panel.ts";
import { plain } from "../plotted/text.ts";

/** The suffix of a panel's axes in Plotly: the first panel has `x` and `y`, the second `x2` and `y2`. */
export function suffix(index: number): string {
  return index === 0 ? "" : `${index + 1}`;
}

/** A number as the label of a tick, without rounding errors: 100 · 0.07 = 7.000000000000001 becomes 7. */
export function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A panel's horizontal axis. `domain` is its part of the figure's width, in [0, 1]; `width` is that part in pixels. */
export function xAxis(
  panel: Panel,
  index: number,
  domain: readonly number[],
  width: number,
): Readonly<Record<string, unknown>> {
  const range = rangeOf(panel), log = panel.scale === "log", xs = xsOf(panel);
  const onAxis = (x: number) => log ? Math.log10(x) : x, [low, high] = range.map(onAxis) as [number, number];
  const at = (x: number) => (onAxis(x) - low) / (high - low) * width;
  // A tick at each point whose label has room. A linear axis with points too close for that gets Plotly's own ticks.
  const ticks: number[] = [];
  let end = -Infinity;
  for (const x of xs) {
    const half = textWidth(label(x), TEXT) / 2;
    if (at(x) - half < end + 8) continue;
    ticks.push(x);
    end = at(x) + half;
  }
  const chosen = log || ticks.length === xs.length;
  return {
    domain,
    anchor: `y${suffix(index)}`,
    type: panel.scale,
    range: [low, high],
    title: { text: plain(panel.x), font: { size: LABEL }, standoff: 8 },
    ...(chosen ? { tickmode: "array", tickvals: ticks, ticktext: ticks.map(label) } : {}),
    ticks: "outside",
    ticklen: 4,
    tickcolor: QUIET,
    showgrid: false,
    zeroline: false,
    showline: true,
    linecolor: QUIET,
  };
}

/** A panel's vertical axis, in percent: the same for all panels. */
export function yAxis(index: number): Readonly<Record<string, unknown>> {
  return {
    anchor: `x${suffix(index)}`,
    ...(index === 0
      ? { title: { text: "accuracy (%)", font: { size: LABEL }, standoff: 8 } }
      : { matches: "y" }),
    range: [-2.5, 102.5], // room for the marks at 0 and 100
    tickmode: "array",
    tickvals: [0, 20, 40, 60, 80, 100],
    ticks: "outside",
    ticklen: 5,
    tickcolor: "rgba(0,0,0,0)", // keeps the numbers off the lines
    gridcolor: RULE,
    zeroline: false,
  };
}

function xsOf({ series, reported }: Panel): number[] {
  const points = [...Object.values(series), ...Object.values(reported)].flat();
  return [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
}

/** The ends of the horizontal axis: 4 % of its length beyond the points. */
export function rangeOf(panel: Panel): [number, number] {
  const xs = xsOf(panel), first = xs[0]!, last = xs.at(-1)!;
  if (panel.scale === "log") {
    const more = first === last ? 2 : (last / first) ** 0.04;
    return [first / more, last * more];
  }
  const more = first === last ? Math.abs(first) / 2 || 1 : 0.04 * (last - first);
  return [first - more, last + more];
}
