import { textWidth } from "../_drawing.ts";
import { LABEL, QUIET, RULE, TEXT } from "../plotted/look.ts";
import type { Panel } from "./panel.ts";
import { plain } from "../plotted/text.ts";

/** What Plotly adds to the names of a panel's axes: the first are `x` and `y`, the second `x2` and `y2`. */
export function suffix(index: number): string {
  return index === 0 ? "" : `${index + 1}`;
}

/** A number without the noise of 100 · 0.07 = 7.000000000000001, as an axis says it. */
export function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A panel's horizontal axis, over a share of the figure's width; `width` is that in pixels. */
export function xAxis(
  panel: Panel,
  index: number,
  domain: readonly number[],
  width: number,
): Readonly<Record<string, unknown>> {
  const range = rangeOf(panel), log = panel.scale === "log", places = placesOf(panel);
  const onAxis = (x: number) => log ? Math.log10(x) : x, [low, high] = range.map(onAxis) as [number, number];
  const at = (x: number) => (onAxis(x) - low) / (high - low) * width;
  // A tick at each place where there is a point, if the labels have room; on a logarithmic axis at those that have.
  const ticks: number[] = [];
  let end = -Infinity;
  for (const place of places) {
    const half = textWidth(label(place), TEXT) / 2;
    if (at(place) - half < end + 8) continue;
    ticks.push(place);
    end = at(place) + half;
  }
  const chosen = log || ticks.length === places.length;
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

/** A panel's vertical axis: percent; panels share it. */
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

function placesOf({ series, reported }: Panel): number[] {
  const points = [...Object.values(series), ...Object.values(reported)].flat();
  return [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
}

/** From where to where the horizontal axis goes: 4 % beyond the points. */
export function rangeOf(panel: Panel): [number, number] {
  const places = placesOf(panel), first = places[0]!, last = places.at(-1)!;
  if (panel.scale === "log") {
    const more = first === last ? 2 : (last / first) ** 0.04;
    return [first / more, last * more];
  }
  const more = first === last ? Math.abs(first) / 2 || 1 : 0.04 * (last - first);
  return [first - more, last + more];
}
