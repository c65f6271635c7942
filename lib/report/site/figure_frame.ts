import type { FigureResult, PanelResult, PanelsResult } from "../../evaluation/mod.ts";
import { escape } from "../_escape.ts";
import { curveOf, type CurveOfOptions } from "../curve_of.ts";
import { jsonElement } from "../page/document.ts";
import { panelsOf } from "../panels_of.ts";
import type { Plotted } from "../plotted.ts";
import { darkName } from "./dark.ts";

/** Options of {@linkcode figureFrame}. */
export interface FigureFrameOptions {
  /** The name of the figure for screen readers. */
  readonly name: string;
  /** Whether the data for Plotly is included. */
  readonly interactive: boolean;
}

// In pixels. Widths: one panel on a wide screen, several panels on a wide screen, a phone. Height of the plot on a phone.
const WIDE = 720, WIDE_PANELS = 920, NARROW = 336, NARROW_HEIGHT = 260;

/**
 * A figure as a picture, with the data that Plotly draws in its place. There are two layouts: for wide screens with the
 * panels side by side, and for narrow screens with one panel under the other.
 */
export async function figureFrame(
  found: FigureResult | PanelsResult,
  options: FigureFrameOptions,
): Promise<string> {
  const panels = "panels" in found
    ? Object.values(found.panels).filter(hasPoints)
    : [found].filter(hasPoints);
  if (panels.length === 0) return `\n  <p>No point of the figure is known yet.</p>`;
  const bare = { title: "", subtitle: "" };
  const wide = "panels" in found
    ? panelsOf({ ...found, panels: Object.fromEntries(panels.entries()) }, { ...bare, width: WIDE_PANELS })
    : curveOf(found, { ...bare, width: WIDE });
  const narrow = panels.map((panel) =>
    curveOf({ ...found, x: panel.x, series: panel.series }, {
      title: panels.length > 1 ? panel.caption : "",
      subtitle: "",
      width: NARROW,
      plotHeight: NARROW_HEIGHT,
      ...drawnAs(panel),
    })
  );
  return `
  <figure>${await plotFrame(wide, "wide", options)}${
    (await Promise.all(narrow.map((plot) => plotFrame(plot, "narrow", options)))).join("")
  }</figure>`;
}

function hasPoints({ series }: Pick<FigureResult, "series">): boolean {
  return Object.values(series).flat().some(({ accuracy, reported }) =>
    accuracy !== null || reported !== null
  );
}

function drawnAs(panel: FigureResult | PanelResult): CurveOfOptions {
  const { scale, chance } = panel as Partial<PanelResult>;
  return { ...(scale === undefined ? {} : { scale }), ...(chance === undefined ? {} : { chance }) };
}

async function plotFrame(
  plot: Plotted,
  width: "wide" | "narrow",
  { name, interactive }: FigureFrameOptions,
): Promise<string> {
  return `
    <div class="scroll plot ${width}" role=img aria-label="${escape(name)}">
      <div class=still>${inTheme(await plot.svg())}</div>${
    interactive ? `\n      <div class=live></div>${jsonElement(plot.figure)}` : ""
  }
    </div>`;
}

/** An SVG with CSS variables as colours, so that the page's style sheet can change them. */
function inTheme(svg: string): string {
  return svg.replace(/rgb\((\d+), (\d+), (\d+)\)/g, (rgb, ...parts: string[]) => {
    const hex = `#${parts.slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
    const name = darkName(hex);
    return name === undefined ? rgb : `var(${name}, ${rgb})`;
  });
}
