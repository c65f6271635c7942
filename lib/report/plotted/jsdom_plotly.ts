import { createRequire } from "node:module";
import { random } from "../../tensor/mod.ts";
import { textWidth } from "../_text_width.ts";
import { type CanvasElement, PixelCanvas } from "./pixel_canvas.ts";
import { boxOf, fontSize, type SvgElement } from "./svg_boxes.ts";

/** Plotly, loaded into a DOM without a browser. */
export interface LoadedPlotly {
  /**
   * Draws a figure as an SVG.
   *
   * @param figure The figure as JSON.
   * @param seed The seed of the random ids inside the SVG. Two SVGs on one page need different seeds.
   */
  svg(
    figure: string,
    size: { readonly width: number; readonly height: number },
    seed: number,
  ): Promise<string>;
}

interface PlotlyWindow {
  readonly Plotly?: { toImage(figure: unknown, options: Readonly<Record<string, unknown>>): Promise<string> };
  readonly JSON: JSON;
  readonly Math: Math;
  readonly URL: object;
  readonly SVGElement: { readonly prototype: SvgElement };
  readonly Element: { readonly prototype: { getBoundingClientRect(): unknown } };
  readonly HTMLCanvasElement: { readonly prototype: CanvasElement };
  eval(source: string): unknown;
}

let loaded: Promise<LoadedPlotly> | undefined;

/** Loads Plotly on the first call, which takes a second. */
export function jsdomPlotly(): Promise<LoadedPlotly> {
  return loaded ??= load();
}

async function load(): Promise<LoadedPlotly> {
  const source = await Deno.readTextFile(plotlyFile());
  const { JSDOM } = await import("jsdom");
  const { window }: { window: PlotlyWindow } = new JSDOM("", { runScripts: "outside-only" });
  fillGaps(window);
  addSizes(window);
  window.eval(source);
  const plotly = window.Plotly;
  if (plotly === undefined) throw new Error("Plotly did not load: plotly.js-dist defines no Plotly");
  let last: Promise<unknown> = Promise.resolve();
  return {
    svg(figure, size, seed) {
      // One figure at a time, since all draw their random ids from one Math.random.
      const picture = last.then(async () => {
        Object.assign(window.Math, { random: random(seed) });
        // Parsed inside the window: Plotly recognises objects by the prototype that the window has.
        const inside = window.JSON.parse(figure), options = { ...size, format: "svg", imageDataOnly: true };
        try {
          return await plotly.toImage(inside, options);
        } catch (cause) { // an error of the window is no instance of our Error
          throw new Error(
            `Plotly cannot draw the figure: ${(cause as Error | undefined)?.message ?? cause}`,
            { cause },
          );
        }
      });
      last = picture.catch(() => {});
      return picture;
    },
  };
}

function plotlyFile(): string {
  try {
    return createRequire(import.meta.url).resolve("plotly.js-dist/plotly.js");
  } catch (cause) {
    throw new Error("Cannot draw a figure: the npm package plotly.js-dist is not installed", { cause });
  }
}

/** Adds what Plotly needs of a window and jsdom does not have. */
function fillGaps(window: PlotlyWindow): void {
  const ignore = () => {};
  Object.assign(window.URL, { createObjectURL: () => "blob:none", revokeObjectURL: ignore });
  Object.assign(window, {
    matchMedia: () => ({ matches: false, addListener: ignore, removeListener: ignore }),
  });
  const contexts = new WeakMap<CanvasElement, PixelCanvas>();
  const context = (canvas: CanvasElement) => {
    const made = contexts.get(canvas) ?? new PixelCanvas(canvas);
    contexts.set(canvas, made);
    return made;
  };
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: CanvasElement, type: string) {
      return type === "2d" ? context(this) : null;
    },
    toDataURL(this: CanvasElement) {
      return context(this).toDataURL();
    },
  });
}

/** Gives SVG elements their sizes. jsdom has none, since it draws nothing. */
function addSizes(window: PlotlyWindow): void {
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: SvgElement) {
      return boxOf(this);
    },
    getComputedTextLength(this: SvgElement) {
      return textWidth(this.textContent ?? "", fontSize(this));
    },
    getScreenCTM: () => ({ a: 1, b: 0, c: 0, d: 1, e: 0, f: 0, inverse: () => ({}) }),
    getTotalLength: () => 0,
    getPointAtLength: () => ({ x: 0, y: 0 }),
    getBoundingClientRect(this: SvgElement) {
      const box = boxOf(this), { x, y, width, height } = box;
      return { ...box, left: x, top: y, right: x + width, bottom: y + height };
    },
  });
}
