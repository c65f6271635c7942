import { Buffer } from "node:buffer";
import { fold } from "../../tensor/mod.ts";
import { FONTS, sharpWithFont } from "../_sharp.ts";
import { jsdomPlotly } from "./jsdom_plotly.ts";
import type { PlotlyFigure } from "../plotly_figure.ts";

// Plotly's size for figures that state none.
const WIDTH = 700, HEIGHT = 450;
const WEBGL =
  /gl$|3d$|^(surface|isosurface|volume|cone|streamtube|splom|parcoords|(scatter|choropleth|density)map.*)$/;

/** The first trace type of a figure that only a browser with WebGL can draw; undefined where there is none. */
export function webGlType({ data }: PlotlyFigure): string | undefined {
  return data.map(({ type }) => String(type ?? "scatter")).find((type) => WEBGL.test(type));
}

/** A figure as an SVG. Equal figures give equal SVGs. */
export async function figureSvg(figure: PlotlyFigure): Promise<string> {
  const type = webGlType(figure);
  if (type !== undefined) {
    throw new RangeError(`Cannot draw a trace of type "${type}" without a browser: it needs WebGL`);
  }
  const { width = WIDTH, height = HEIGHT } = figure.layout;
  const font = { family: FONTS, ...figure.layout.font as object | undefined };
  const sized = { ...figure, layout: { ...figure.layout, width, height, font } };
  const json = JSON.stringify(sized, (_, value) => ArrayBuffer.isView(value) ? [...value as never] : value);
  const plotly = await jsdomPlotly();
  return await plotly.svg(json, { width, height }, fold(0, json));
}

/** A figure as a PNG on white, `scale` times as large as the figure. */
export async function figurePng(figure: PlotlyFigure, scale: number): Promise<Uint8Array> {
  const svg = await figureSvg(figure), sharp = await sharpWithFont();
  const png = await sharp(Buffer.from(svg), { density: 72 * scale })
    .flatten({ background: "#ffffff" })
    .png({ palette: true, colours: 256, dither: 0, compressionLevel: 9 })
    .toBuffer();
  return new Uint8Array(png);
}
