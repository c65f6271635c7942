import { curveFigure } from "./curve/figure.ts";
import { curveText } from "./curve/text.ts";
import { panelOf } from "./curve/panel.ts";
import type { Curve } from "./curve.ts";
import { type Plotted, plotted } from "./plotted.ts";

/** Options of {@linkcode panels}. */
export interface PanelsOptions {
  /** The title above the figure; default none. */
  readonly title?: string;
  /** The circumstances, under the title; default none. */
  readonly subtitle?: string;
  /** The width of the figure in pixels; default 900. */
  readonly width?: number;
  /** The height of the areas between the axes in pixels; default 320. */
  readonly plotHeight?: number;
}

/**
 * Accuracy curves side by side as one figure: the left and right halves of Figures 3 and 4.
 *
 * The panels share the vertical axis and the legend: curves of one name look the same in all panels. The title of a curve
 * is printed above its panel.
 *
 * @param curves From left to right.
 * @param options Title, subtitle and size.
 * @throws {RangeError} If there are no curves.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { curve, panels } from "@gcln/kit/report";
 *
 * const steps = curve({ GCLN: [{ x: 10, accuracy: 0.6 }, { x: 100, accuracy: 0.5 }] }, { x: "attack steps" });
 * const quantization = curve({ GCLN: [{ x: 5, accuracy: 0.51 }] }, { x: "q / 255" });
 * const both = panels([quantization, steps], { title: "Figure 3" });
 * assertEquals(both.figure.data.map(({ xaxis }) => xaxis), ["x", "x2"]);
 * ```
 */
export function panels(curves: readonly Curve[], options: PanelsOptions = {}): Plotted {
  const { title = "", subtitle = "", width = 900, plotHeight = 320 } = options;
  if (curves.length === 0) throw new RangeError("Cannot draw a figure of no curves");
  const parts = curves.map(({ series, options }) => panelOf(series, options));
  return plotted(
    curveFigure(parts, { title, subtitle, width, plotHeight }),
    curveText(parts, title, subtitle),
  );
}
