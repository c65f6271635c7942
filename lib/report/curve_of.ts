import type { FigureResult, Point } from "../evaluation/mod.ts";
import { circumstances, countInWords, spent, title } from "./_words.ts";
import { type Curve, curve } from "./curve.ts";
import type { CurveOptions, CurvePoint, CurveSeries } from "./curve_options.ts";

/** Options of {@linkcode curveOf}: those of `curve`, what the result says itself left out. */
export type CurveOfOptions = Omit<CurveOptions, "x" | "reported">;

/**
 * A measured figure as curves, the paper's points beside ours.
 *
 * @param result What an experiment has found. Where nothing is measured, a curve has a gap.
 * @param options Title and subtitle in place of the result's caption and circumstances; chance, intervals, scale, size.
 * @throws {RangeError} As {@linkcode curve} does.
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
    title: `${title(result.experiment)}. ${result.caption}`,
    subtitle: circumstances(result).join(" · "),
    ...options,
    x: result.x,
    reported: each(({ x, reported }) => ({ x, accuracy: reported })),
  });
}

function measured(point: Point): CurvePoint {
  const { x, accuracy, interval } = point,
    detail = [countInWords(point), spent(point)].filter(Boolean).join("\n");
  return { x, accuracy, ...(interval === undefined ? {} : { interval }), ...(detail ? { detail } : {}) };
}
