import type { FigureResult, Point } from "../evaluation/mod.ts";
import { costText, countText } from "./_cell_text.ts";
import { circumstances } from "./_circumstances.ts";
import { experimentTitle } from "./_experiment_title.ts";
import { type Curve, curve } from "./curve.ts";
import type { CurveOptions, CurvePoint, CurveSeries } from "./curve_options.ts";

/** Options of {@linkcode curveOf}: those of `curve`, without the two that are taken from the result. */
export type CurveOfOptions = Omit<CurveOptions, "x" | "reported">;

/**
 * A measured figure as curves, the paper's points beside ours.
 *
 * @param result The result of an experiment. A curve has a gap where a point is not measured.
 * @param options A title and a subtitle that replace the result's caption and circumstances; chance, intervals, scale, size.
 * @throws {RangeError} As {@linkcode curve}.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { curveOf } from "@gcln/kit/report";
 *
 * const drawn = curveOf({
 *   experiment: "figure3",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "Accuracy of GCLN against BPDA",
 *   x: "steps",
 *   series: { GCLN: [{ x: 10, accuracy: 0.5, n: 100, reported: 0.53, quoted: false }] },
 *   findings: [],
 *   provenance: { backend: "wasm", date: "2020-01-01" },
 * });
 * assertEquals(drawn.figure.data.map(({ name, y }) => [name, y]), [["GCLN", [50]], ["GCLN (paper)", [53]]]);
 * ```
 */
export function curveOf(result: FigureResult, options: CurveOfOptions = {}): Curve {
  const each = (point: (point: Point) => CurvePoint): CurveSeries =>
    Object.fromEntries(Object.entries(result.series).map(([name, points]) => [name, points.map(point)]));
  return curve(each(measured), {
    title: `${experimentTitle(result.experiment)}. ${result.caption}`,
    subtitle: circumstances(result).join(" · "),
    ...options,
    x: result.x,
    reported: each(({ x, reported }) => ({ x, accuracy: reported })),
  });
}

function measured(point: Point): CurvePoint {
  const { x, accuracy, interval } = point,
    detail = [countText(point), costText(point)].filter(Boolean).join("\n");
  return { x, accuracy, ...(interval === undefined ? {} : { interval }), ...(detail ? { detail } : {}) };
}
