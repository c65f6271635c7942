import { FONTS, textWidth, wrapped } from "./_drawing.ts";
import { type LineStyle, lineStyle } from "./_line_styles.ts";
import type { Panel } from "./_panel.ts";
import type { CurvePoint } from "./curve.ts";
import type { PlotlyFigure } from "./plotted.ts";

/** What stands above a figure, and its size. */
export interface Head {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  /** Of the area between the axes. */
  readonly plotHeight: number;
}

type Trace = Readonly<Record<string, unknown>>;

// In pixels; sizes of letters, too.
const LEFT = 62, RIGHT = 20, BOTTOM = 56, EDGE = 12, BETWEEN = 60;
const TITLE = 15, SUBTITLE = 12, PANEL = 13, LABEL = 13, TEXT = 12, LINE = 1.3;
const INK = "#1a1a1a", QUIET = "#57606a", RULE = "#d8dee4", CHANCE = "#6e7781";
// Plotly's legend: an item is its symbol, gaps and text; rows are at least 16 high, and 3 apart.
const SYMBOL = 40, ITEM_GAP = 5;

/** Panels side by side as one figure, from top to bottom: title, subtitle, legend, the panels' titles, the panels. */
export function curveFigure(
  panels: readonly Panel[],
  { title, subtitle, width, plotHeight }: Head,
): PlotlyFigure {
  const inner = width - LEFT - RIGHT, panelWidth = (inner - BETWEEN * (panels.length - 1)) / panels.length;
  const styles = stylesOf(panels);
  const shown = new Set<string>(); // a name stands in the legend once
  const data = panels.flatMap((panel, i) => tracesOf(panel, i, styles, inner, shown));

  const titleLines = title ? wrapped(title, inner, TITLE, true) : [];
  const subtitleLines = subtitle ? wrapped(subtitle, inner, SUBTITLE) : [];
  const panelTitles = panels.map((panel) => panel.title ? wrapped(panel.title, panelWidth, PANEL) : []);
  const titleHeight = titleLines.length * TITLE * LINE;
  const legendTop = EDGE + titleHeight + subtitleLines.length * SUBTITLE * LINE + 4;
  const legendHeight = heightOfLegend([...shown], inner);
  const panelHead = Math.max(...panelTitles.map(({ length }) => length)) * PANEL * LINE;
  const top = Math.ceil(legendTop + legendHeight + panelHead + 6), height = top + plotHeight + BOTTOM;

  const left = (i: number) => i * (panelWidth + BETWEEN);
  const fraction = (y: number) => 1 + (top - y) / plotHeight; // of the plot's height, as Plotly wants heights above it
  const axes = panels.flatMap((panel, i) => {
    const domain = [left(i) / inner, (left(i) + panelWidth) / inner];
    return [[`xaxis${suffix(i)}`, xAxis(panel, i, domain, panelWidth)], [`yaxis${suffix(i)}`, yAxis(i)]];
  });
  const notes = [
    note(titleLines.map(bold), { size: TITLE }, 0, fraction(EDGE), "top"),
    note(subtitleLines.map(plain), { size: SUBTITLE, color: QUIET }, 0, fraction(EDGE + titleHeight), "top"),
    ...panelTitles.map((lines, i) =>
      note(lines.map(plain), { size: PANEL }, left(i) / inner, fraction(top - 3), "bottom")
    ),
  ];
  return {
    data,
    layout: {
      width,
      height,
      margin: { l: LEFT, r: RIGHT, t: top, b: BOTTOM, pad: 0 },
      font: { family: FONTS, size: TEXT, color: INK },
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      showlegend: true,
      legend: {
        orientation: "h",
        traceorder: "normal",
        x: 0,
        xanchor: "left",
        y: fraction(legendTop),
        yanchor: "top",
        itemwidth: SYMBOL,
        font: { size: TEXT },
        bgcolor: "rgba(0,0,0,0)",
      },
      hovermode: "closest",
      hoverlabel: { font: { family: FONTS, size: TEXT } },
      ...Object.fromEntries(axes),
      annotations: notes.flat(),
    },
    config: { displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] },
  };
}

/** Lines of text at a place that is given in fractions of the plot. */
function note(
  lines: readonly string[],
  font: Readonly<Record<string, unknown>>,
  x: number,
  y: number,
  yanchor: "top" | "bottom",
): Trace[] {
  if (lines.length === 0) return [];
  const text = lines.join("<br>"), frame = { showarrow: false, borderpad: 0, borderwidth: 0 };
  const place = { xref: "paper", yref: "paper", x, xanchor: "left", y, yanchor };
  return [{ text, font, align: "left", ...place, ...frame }];
}

/** Styles by name: a curve and what the paper reports of it look alike, in all panels. */
function stylesOf(panels: readonly Panel[]): ReadonlyMap<string, LineStyle> {
  const names = new Set(panels.flatMap(({ series, reported }) => [
    ...Object.keys(series),
    ...Object.keys(reported),
  ]));
  return new Map([...names].map((name, i) => [name, lineStyle(i)]));
}

/** A panel's traces: bands first and chance next, to lie below; then each curve, and the paper's after it. */
function tracesOf(
  panel: Panel,
  index: number,
  styles: ReadonlyMap<string, LineStyle>,
  legendWidth: number,
  shown: Set<string>,
): Trace[] {
  const axes = { type: "scatter", xaxis: `x${suffix(index)}`, yaxis: `y${suffix(index)}` };
  const inLegend = (name: string) => {
    const wide = legendWidth - textStart() - ITEM_GAP - 1,
      text = wrapped(name, wide, TEXT).map(plain).join("<br>");
    const showlegend = !shown.has(text);
    shown.add(text);
    return { name: text, legendgroup: name, showlegend };
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
    ...inLegend(`chance (${label(rounded(100 * chance))} %)`),
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
    text: points.map(({ accuracy }, i) =>
      accuracy === null
        ? ""
        : `${percent(accuracy)} %${sides[i] ? ` [${sides[i].map(percent).join(", ")}]` : ""}`
    ),
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
    text: printed.map(({ accuracy }) => `${percent(accuracy!)} %`),
    hovertemplate: hover(`${name} (paper)`, x),
  };
}

function hover(name: string, x: string): string {
  return `${plain(name)}<br>${plain(x)}: %{x}<br>%{text}<extra></extra>`;
}

/** The area between the ends of the intervals, in one piece for each run of points that have one. */
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

function xAxis(panel: Panel, index: number, domain: readonly number[], width: number): Trace {
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

function yAxis(index: number): Trace {
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
function rangeOf(panel: Panel): [number, number] {
  const places = placesOf(panel), first = places[0]!, last = places.at(-1)!;
  if (panel.scale === "log") {
    const more = first === last ? 2 : (last / first) ** 0.04;
    return [first / more, last * more];
  }
  const more = first === last ? Math.abs(first) / 2 || 1 : 0.04 * (last - first);
  return [first - more, last + more];
}

/** How high Plotly's legend will be: one row if all names fit, else columns as wide as the widest name. */
function heightOfLegend(names: readonly string[], width: number): number {
  const items = names.map((name) => name.split("<br>"));
  const widths = items.map((lines) =>
    textStart() + Math.max(...lines.map((line) => textWidth(readable(line), TEXT)))
  );
  const total = widths.reduce((sum, item) => sum + item + ITEM_GAP, 0), widest = Math.max(...widths);
  const inRow = total < width
    ? items.length
    : Math.max(1, Math.ceil((width + ITEM_GAP) / (widest + ITEM_GAP)) - 1);
  let height = 2 * ITEM_GAP;
  for (let i = 0; i < items.length; i += inRow) {
    const lines = Math.max(...items.slice(i, i + inRow).map(({ length }) => length));
    height += Math.max(16, lines * TEXT * LINE) + 3;
  }
  return height;
}

/** Where the text of a legend's item begins. */
function textStart(): number {
  return SYMBOL + 2 * ITEM_GAP;
}

/** Text as Plotly shows it as it is: it takes `<b>` and `&amp;` for HTML. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function bold(text: string): string {
  return `<b>${plain(text)}</b>`;
}

function readable(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function suffix(index: number): string {
  return index === 0 ? "" : `${index + 1}`;
}

function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function percent(accuracy: number): string {
  return (100 * accuracy).toFixed(1);
}

/** Without the noise of 100 · 0.07 = 7.000000000000001. */
function rounded(value: number): number {
  return Number(value.toFixed(9));
}
