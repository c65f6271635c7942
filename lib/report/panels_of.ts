import type { PanelsResult } from "../evaluation/mod.ts";
import { circumstances } from "./_circumstances.ts";
import { experimentTitle } from "./_experiment_title.ts";
import { curveOf } from "./curve_of.ts";
import { panels, type PanelsOptions } from "./panels.ts";
import type { Plotted } from "./plotted.ts";

/**
 * A measured figure with several panels, drawn side by side with the paper's points.
 *
 * @param result The result of an experiment.
 * @param options A title and a subtitle that replace the result's caption and circumstances; size.
 * @throws {RangeError} As `curve`; and if there are no panels.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { panelsOf } from "@gcln/kit/report";
 *
 * const points = [{ x: 10, accuracy: 0.5, n: 100, reported: null, quoted: false }];
 * const drawn = panelsOf({
 *   experiment: "figure3",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "Accuracy of GCLN against BPDA",
 *   panels: {
 *     left: { x: "q / 255", caption: "By quantization", series: { GCLN: points } },
 *     right: { x: "steps", caption: "By steps", series: { GCLN: points } },
 *   },
 *   findings: [],
 *   provenance: { backend: "wasm", date: "2020-01-01" },
 * });
 * assertEquals(drawn.figure.data.map(({ xaxis }) => xaxis), ["x", "x2"]);
 * ```
 */
export function panelsOf(result: PanelsResult, options: PanelsOptions = {}): Plotted {
  const { panels: parts, ...head } = result;
  const curves = Object.values(parts).map(({ x, series, caption, scale, chance }) =>
    curveOf({ ...head, x, series }, {
      title: caption,
      subtitle: "",
      ...(scale === undefined ? {} : { scale }),
      ...(chance === undefined ? {} : { chance }),
    })
  );
  return panels(curves, {
    title: `${experimentTitle(result.experiment)}. ${result.caption}`,
    subtitle: circumstances(result).join(" · "),
    ...options,
  });
}
