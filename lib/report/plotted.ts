import { type Displayed, displayed } from "./display.ts";
import type { PlotlyFigure } from "./plotly_figure.ts";
import { figurePng, figureSvg, webGlType } from "./plotted/static_figure.ts";

/** A figure that shows itself in a notebook: to be zoomed and hovered where Plotly is there, else as a picture. */
export interface Plotted extends Displayed {
  /** What Plotly draws. */
  readonly figure: PlotlyFigure;
  /** The same in words and numbers. */
  readonly text: string;
  /** The figure as an SVG. Its texts are laid out for DejaVu Sans. */
  svg(): Promise<string>;
  /**
   * The figure as a PNG.
   *
   * @param scale Pixels for each of the figure's; default 1, which is how large it shows in a notebook.
   */
  png(scale?: number): Promise<Uint8Array>;
}

/** Plotly 4 has a button that sends the figure's data to its maker's servers, unless told not to. */
const QUIET = { displaylogo: false, showSendToCloud: false };

/**
 * Makes a Plotly figure show itself in a notebook.
 *
 * JupyterLab (with Plotly's extension) and VS Code make it interactive; elsewhere, on GitHub too, the PNG stands for it,
 * which is drawn without a browser, from the same figure, and the same on every machine. Traces that take WebGL
 * (`surface`, `scattergl`) have no such picture.
 *
 * @param figure Data and layout.
 * @param text What is to be seen, in words and numbers.
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
  const figure = { data, layout, config: { ...QUIET, ...config } };
  const png = (scale = 1) => figurePng(figure, scale);
  return displayed({ figure, text, svg: () => figureSvg(figure), png }, async () => ({
    "application/vnd.plotly.v1+json": figure,
    ...(webGlType(figure) === undefined ? { "image/png": (await png()).toBase64() } : {}),
    "text/plain": text,
  }));
}
