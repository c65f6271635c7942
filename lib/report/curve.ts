import { curveFigure } from "./curve/figure.ts";
import { curveText } from "./curve/text.ts";
import { panelOf } from "./curve/panel.ts";
import type { CurveOptions, CurveSeries } from "./curve_options.ts";
import { displayed, jupyterDisplay } from "./display.ts";
import { type Plotted, plotted } from "./plotted.ts";

/** Accuracy curves that a notebook shows as a figure. */
export interface Curve extends Plotted {
  /** The points. */
  readonly series: CurveSeries;
  /** How they are drawn. */
  readonly options: CurveOptions;
}

/**
 * Draws accuracy curves, in percent from 0 to 100.
 *
 * Each curve has its own colour, marker and dash pattern. The paper's curve has the colour of our curve of the same name,
 * its marker as an outline, and a dotted line.
 *
 * @param series Points by the name of their curve.
 * @param options The horizontal axis, the paper's points, intervals, chance.
 * @throws {RangeError} If there are no points, a curve has two points at one x, an x can't be drawn on the axis, an accuracy
 * is not in [0, 1] (a percentage, for example), or an interval does not contain the accuracy.
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
