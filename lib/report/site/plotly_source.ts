import { createRequire } from "node:module";

/** Plotly as it is put into a page. */
export interface PlotlySource {
  readonly source: string;
  readonly version: string;
  /** In words: `1.2 MB`. */
  readonly size: string;
}

/** The part of Plotly that draws lines, bars and pies, a tenth of the whole, as npm has it. */
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
      "Cannot make figures interactive: the npm package plotly.js-basic-dist-min is not installed. Pictures need none",
      { cause },
    );
  }
}
