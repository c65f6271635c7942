import { curveFigure } from "./_curve_figure.ts";
import { curveText } from "./_curve_text.ts";
import { panelOf } from "./_panel.ts";
import { displayed, jupyterDisplay } from "./display.ts";
import { type Plotted, plotted } from "./plotted.ts";

/** A point of an accuracy curve. */
export interface CurvePoint {
  /** Its place on the horizontal axis, in the axis's unit. */
  readonly x: number;
  /** In [0, 1]; `null` where nothing was measured: the curve has a gap there. */
  readonly accuracy: number | null;
  /** From where to where the accuracy may lie, such as Wilson's 95 % interval. */
  readonly interval?: readonly [number, number];
}

/** Points by the name of their curve, in any order. */
export type CurveSeries = Readonly<Record<string, readonly CurvePoint[]>>;

/** Options of {@linkcode curve}. */
export interface CurveOptions {
  /** What the horizontal axis is, with its unit: `ε / 255`, `steps`. */
  readonly x: string;
  /** What stands above the curves; default nothing. */
  readonly title?: string;
  /** The circumstances, under the title: data set, attack, number of images; default nothing. */
  readonly subtitle?: string;
  /** The paper's points, by the name of our curve that they belong beside; default none. */
  readonly reported?: CurveSeries;
  /** The accuracy of guessing, such as 0.1 for ten classes; default not drawn. */
  readonly chance?: number;
  /** How intervals are drawn; default `bars`. Bands suit many points. */
  readonly intervals?: "bars" | "band" | "none";
  /** The horizontal axis; default `linear`. */
  readonly scale?: "linear" | "log";
  /** In pixels; default 720. */
  readonly width?: number;
  /** Of the area between the axes, in pixels; default 320. */
  readonly plotHeight?: number;
}

/** Accuracy curves that show themselves in a notebook. */
export interface Curve extends Plotted {
  /** The points. */
  readonly series: CurveSeries;
  /** How they are drawn. */
  readonly options: CurveOptions;
}

/**
 * Draws accuracy curves, in percent from 0 to 100.
 *
 * Each curve has its own colour, mark and dash. What the paper reports has the colour and the mark of our curve of that
 * name, open and on a dotted line.
 *
 * @param series Points by the name of their curve.
 * @param options The horizontal axis, the paper's points, intervals, chance.
 * @throws {RangeError} Where there are no points, a place is given twice or can't be drawn on the axis, an accuracy is not
 * in [0, 1] (a percentage, say), or an interval does not hold it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { curve } from "@gcln/kit/report";
 *
 * const drawn = curve({ GCLN: [{ x: 5, accuracy: 0.49 }, { x: 10, accuracy: 0.52 }] }, {
 *   x: "quantization step q / 255",
 *   reported: { GCLN: [{ x: 5, accuracy: 0.51 }, { x: 10, accuracy: 0.53 }] },
 *   chance: 0.1,
 * });
 * assertEquals(drawn.figure.data.map(({ name }) => name), ["chance (10 %)", "GCLN", "GCLN (paper)"]);
 * assertEquals(drawn.figure.data[1]!.y, [49, 52]);
 * ```
 */
export function curve(series: CurveSeries, options: CurveOptions): Curve {
  const { title = "", subtitle = "", width = 720, plotHeight = 320 } = options;
  const panel = { ...panelOf(series, options), title: "" };
  const figure = curveFigure([panel], { title, subtitle, width, plotHeight });
  const drawn = plotted(figure, curveText([panel], title, subtitle));
  return displayed({ ...drawn, series, options }, drawn[jupyterDisplay]);
}
