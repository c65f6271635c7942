import { createRequire } from "node:module";

/** The script of Plotly, to put into a page. */
export interface PlotlySource {
  readonly source: string;
  readonly version: string;
  /** The size of the script: `1.2 MB`. */
  readonly size: string;
}

/** Reads the npm package with the basic part of Plotly, which draws lines, bars and pies. It is a tenth of the whole. */
export async function plotlySource(): Promise<PlotlySource> {
  const file = plotlyFile(), source = await Deno.readTextFile(file);
  const version = /v(\d+\.\d+\.\d+)/.exec(source.slice(0, 200))?.[1] ?? "";
  return { source, version, size: `${(source.length / 1e6).toFixed(1)} MB` };
}

function plotlyFile(): string {
  try {
    return createRequire(import.meta.url).resolve("plotly.js-basic-dist-min/plotly-basic.min.js");
  } catch (cause) {
    throw new Error(
      "Cannot make figures interactive: the npm package plotly.js-basic-dist-min is not installed. Pictures do not need it",
      { cause },
    );
  }
}
