import { label, rangeOf, suffix } from "./axes.ts";
import { type LineStyle, lineStyle } from "./line_styles.ts";
import type { Panel } from "./panel.ts";
import { legendLines } from "../plotted/legend.ts";
import { broken, plain } from "../plotted/text.ts";
import { percent } from "../_cell_text.ts";
import type { CurvePoint } from "../curve_options.ts";

type Trace = Readonly<Record<string, unknown>>;

const CHANCE = "#6e7781";

/** Line styles by name. A curve and the paper's curve of that name have the same style, in all panels. */
export function stylesOf(panels: readonly Panel[]): ReadonlyMap<string, LineStyle> {
  const names = new Set(panels.flatMap(({ series, reported }) => [
    ...Object.keys(series),
    ...Object.keys(reported),
  ]));
  return new Map([...names].map((name, i) => [name, lineStyle(i)]));
}

/**
 * The traces of a panel. Bands and the line of chance come first, so that they are drawn below the curves. Each curve is
 * followed by the paper's curve of the same name.
 *
 * @param shown The names that are already in the legend. Those of the panel are added.
 */
export function tracesOf(
  panel: Panel,
  index: number,
  styles: ReadonlyMap<string, LineStyle>,
  legendWidth: number,
  shown: Set<string>,
): Trace[] {
  const axes = { type: "scatter", xaxis: `x${suffix(index)}`, yaxis: `y${suffix(index)}` };
  const inLegend = (name: string) => {
    const showlegend = !shown.has(name);
    shown.add(name);
    return { name: broken(legendLines(name, legendWidth)), legendgroup: name, showlegend };
  };
  const lines = [...styles].flatMap(([name, style]): Trace[] => {
    const ours = panel.series[name] ?? [], theirs = panel.reported[name] ?? [];
    return [
      ...(ours.length > 0 ? [{ ...axes, ...inLegend(name), ...measured(panel, ours, name, style) }] : []),
      ...(theirs.length > 0
        ? [{ ...axes, ...inLegend(`${name} (paper)`), ...asReported(panel, theirs, name, style) }]
        : []),
    ];
  });
  const bands = panel.intervals === "band"
    ? Object.entries(panel.series).flatMap(([name, points]): Trace[] => {
      const around = band(points, styles.get(name)!);
      return around === undefined ? [] : [{ ...axes, ...around, legendgroup: name, showlegend: false }];
    })
    : [];
  const { chance } = panel;
  const level = chance === undefined ? [] : [{
    ...axes,
    ...inLegend(`chance (${label(100 * chance)} %)`),
    legendrank: 2000, // after the curves, which have 1000
    mode: "lines",
    x: rangeOf(panel),
    y: [100 * chance, 100 * chance],
    line: { color: CHANCE, width: 1, dash: "2px,3px" },
    hoverinfo: "skip",
  }];
  return [...bands, ...level, ...lines];
}

function measured(
  { x, intervals }: Panel,
  points: readonly CurvePoint[],
  name: string,
  { colour, marker, dash }: LineStyle,
): Trace {
  const sides = points.map(({ accuracy, interval }) => interval && accuracy !== null ? interval : undefined);
  const withInterval = sides.some((side) => side !== undefined);
  const away = (bound: 0 | 1) =>
    points.map(({ accuracy }, i) => sides[i] ? rounded(100 * Math.abs(sides[i][bound] - accuracy!)) : 0);
  return {
    mode: "lines+markers",
    x: points.map((point) => point.x),
    y: points.map(({ accuracy }) => accuracy === null ? null : rounded(100 * accuracy)),
    line: { color: colour, width: 2, dash },
    marker: { color: colour, size: 7, symbol: marker },
    ...(withInterval && intervals === "bars"
      ? {
        error_y: {
          type: "data",
          symmetric: false,
          array: away(1),
          arrayminus: away(0),
          color: colour,
          thickness: 1.2,
          width: 4,
        },
      }
      : {}),
    text: points.map(({ accuracy, detail }, i) => {
      if (accuracy === null) return "";
      const interval = sides[i] ? ` [${sides[i].map(percent).join(", ")}]` : "";
      return broken([`${percent(accuracy)} %${interval}`, ...detail?.split("\n") ?? []]);
    }),
    hovertemplate: hover(name, x),
  };
}

function asReported({ x }: Panel, points: readonly CurvePoint[], name: string, style: LineStyle): Trace {
  const printed = points.filter(({ accuracy }) => accuracy !== null);
  return {
    mode: "lines+markers",
    x: printed.map((point) => point.x),
    y: printed.map(({ accuracy }) => rounded(100 * accuracy!)),
    line: { color: style.colour, width: 1.5, dash: "dot" },
    marker: { color: style.colour, size: 9, symbol: `${style.marker}-open`, line: { width: 1.5 } },
    text: printed.map(({ accuracy }) => `${percent(accuracy)} %`),
    hovertemplate: hover(`${name} (paper)`, x),
  };
}

function hover(name: string, x: string): string {
  return `${plain(name)}<br>${plain(x)}: %{x}<br>%{text}<extra></extra>`;
}

/** The area between the ends of the intervals: one piece for each run of neighbouring points with an interval. */
function band(points: readonly CurvePoint[], { colour }: LineStyle): Trace | undefined {
  const xs: (number | null)[] = [], ys: (number | null)[] = [];
  let run: { readonly x: number; readonly interval: readonly [number, number] }[] = [];
  const close = () => {
    if (run.length > 0) {
      if (xs.length > 0) {
        xs.push(null);
        ys.push(null);
      }
      const back = run.toReversed();
      xs.push(...run.map(({ x }) => x), ...back.map(({ x }) => x));
      ys.push(...[...run.map(({ interval }) => interval[1]), ...back.map(({ interval }) => interval[0])]
        .map((bound) => rounded(100 * bound)));
    }
    run = [];
  };
  for (const { x, accuracy, interval } of points) {
    if (accuracy !== null && interval) run.push({ x, interval });
    else close();
  }
  close();
  if (xs.length === 0) return undefined;
  const fillcolor = `${colour}26`; // 15 % opaque
  return { mode: "lines", x: xs, y: ys, fill: "toself", fillcolor, line: { width: 0 }, hoverinfo: "skip" };
}

/** Removes rounding errors: 100 · 0.07 = 7.000000000000001 becomes 7. */
function rounded(value: number): number {
  return Number(value.toFixed(9));
}
