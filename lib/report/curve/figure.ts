import { suffix, xAxis, yAxis } from "./axes.ts";
import { stylesOf, tracesOf } from "./traces.ts";
import { FONTS } from "../_sharp.ts";
import { wrapped } from "../_text_width.ts";
import { INK, LABEL, LINE, QUIET, TEXT, TITLE } from "../plotted/look.ts";
import type { Panel } from "./panel.ts";
import { legendHeight, SYMBOL } from "../plotted/legend.ts";
import { bold, plain } from "../plotted/text.ts";
import type { PlotlyFigure } from "../plotly_figure.ts";

/** The title and subtitle of a figure, and its size. */
export interface Head {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  /** The height of the area between the axes. */
  readonly plotHeight: number;
}

// In pixels.
const LEFT = 62, RIGHT = 20, BOTTOM = 56, EDGE = 12, BETWEEN = 60;

/** Panels side by side as one figure, from top to bottom: title, subtitle, legend, the panels' titles, the panels. */
export function curveFigure(
  panels: readonly Panel[],
  { title, subtitle, width, plotHeight }: Head,
): PlotlyFigure {
  const inner = width - LEFT - RIGHT, panelWidth = (inner - BETWEEN * (panels.length - 1)) / panels.length;
  const styles = stylesOf(panels);
  const shown = new Set<string>(); // names that are already in the legend
  const data = panels.flatMap((panel, i) => tracesOf(panel, i, styles, inner, shown));

  const titleLines = title ? wrapped(title, inner, TITLE, true) : [];
  const subtitleLines = subtitle ? wrapped(subtitle, inner, TEXT) : [];
  const panelTitles = panels.map((panel) => panel.title ? wrapped(panel.title, panelWidth, LABEL) : []);
  const titleHeight = titleLines.length * TITLE * LINE;
  const legendTop = EDGE + titleHeight + subtitleLines.length * TEXT * LINE + 4;
  const inLegend = legendHeight([...shown], inner);
  const panelHead = Math.max(...panelTitles.map(({ length }) => length)) * LABEL * LINE;
  const top = Math.ceil(legendTop + inLegend + panelHead + 6), height = top + plotHeight + BOTTOM;

  const left = (i: number) => i * (panelWidth + BETWEEN);
  const fraction = (y: number) => 1 + (top - y) / plotHeight; // Plotly's unit for positions above the plot: the plot's height
  const axes = panels.flatMap((panel, i) => {
    const domain = [left(i) / inner, (left(i) + panelWidth) / inner];
    return [[`xaxis${suffix(i)}`, xAxis(panel, i, domain, panelWidth)], [`yaxis${suffix(i)}`, yAxis(i)]];
  });
  const notes = [
    note(titleLines.map(bold), { size: TITLE }, 0, fraction(EDGE), "top"),
    note(subtitleLines.map(plain), { size: TEXT, color: QUIET }, 0, fraction(EDGE + titleHeight), "top"),
    ...panelTitles.map((lines, i) =>
      note(lines.map(plain), { size: LABEL }, left(i) / inner, fraction(top - 3), "bottom")
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
    config: { modeBarButtonsToRemove: ["select2d", "lasso2d"] },
  };
}

/** Lines of text at (x, y), in fractions of the plot's width and height. */
function note(
  lines: readonly string[],
  font: Readonly<Record<string, unknown>>,
  x: number,
  y: number,
  yanchor: "top" | "bottom",
): Readonly<Record<string, unknown>>[] {
  if (lines.length === 0) return [];
  const text = lines.join("<br>"), frame = { showarrow: false, borderpad: 0, borderwidth: 0 };
  const position = { xref: "paper", yref: "paper", x, xanchor: "left", y, yanchor };
  return [{ text, font, align: "left", ...position, ...frame }];
}
