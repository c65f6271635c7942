import { type Displayed, displayed } from "./display.ts";
import type { PlotlyFigure } from "./plotly_figure.ts";
import { figurePng, figureSvg, webGlType } from "./plotted/static_figure.ts";

/** A figure that a notebook shows: interactive where the notebook has Plotly, else as a picture. */
export interface Plotted extends Displayed {
  /** The figure that Plotly draws. */
  readonly figure: PlotlyFigure;
  /** The figure as text. */
  readonly text: string;
  /** The figure as an SVG. The layout assumes the font DejaVu Sans. */
  svg(): Promise<string>;
  /**
   * The figure as a PNG.
   *
   * @param scale The enlargement; default 1, the size in a notebook.
   */
  png(scale?: number): Promise<Uint8Array>;
}

/** Hides the button of Plotly 4 that sends the figure's data to the servers of its makers. */
const NO_UPLOAD = { displaylogo: false, showSendToCloud: false };

/**
 * A Plotly figure as a value that a notebook shows.
 *
 * It is interactive in JupyterLab (with Plotly's extension) and VS Code. Elsewhere, on GitHub for example, a PNG is shown.
 * The PNG is drawn from the same figure without a browser, and is the same on every machine. Traces that need WebGL
 * (`surface`, `scattergl`) have no PNG.
 *
 * @param figure Data and layout.
 * @param text The figure as text, for places that show no pictures.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { jupyterDisplay, plotted } from "@gcln/kit/report";
 *
 * const data = [{ type: "bar", x: ["FGS", "PGD"], y: [61, 43] }];
 * const bars = plotted({ data, layout: { width: 300, height: 200 } }, "FGS 61 %, PGD 43 %");
 * const formats = await bars[jupyterDisplay]();
 * assertEquals(Object.keys(formats), ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
 * ```
 */
export function plotted({ data, layout, config }: PlotlyFigure, text: string): Plotted {
  const figure = { data, layout, config: { ...NO_UPLOAD, ...config } };
  const png = (scale = 1) => figurePng(figure, scale);
  return displayed({ figure, text, svg: () => figureSvg(figure), png }, async () => ({
    "application/vnd.plotly.v1+json": figure,
    ...(webGlType(figure) === undefined ? { "image/png": (await png()).toBase64() } : {}),
    "text/plain": text,
  }));
}
