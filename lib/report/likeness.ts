import type { Likeness, LikenessResult, Mean } from "../evaluation/mod.ts";
import { intervalText, percent } from "./_cell_text.ts";
import { circumstances, kitText } from "./_circumstances.ts";
import { experimentTitle } from "./_experiment_title.ts";
import { footnotes } from "./_footnotes.ts";
import { footnoteText } from "./_footnote_text.ts";
import { markdownTable } from "./_markdown_table.ts";
import { type Displayed, displayed } from "./display.ts";
import type { MarkdownOptions } from "./table.ts";

/**
 * The numbers of Figure 2 in Markdown: the distances of attacked and cleaned images from the originals in the classifier's
 * layers, the overlaps of the heat, and the findings. The text is also readable in a terminal.
 *
 * @param result The result of `visualise`.
 * @param options Whether intervals are shown.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { likenessToMarkdown } from "@gcln/kit/report";
 *
 * const mean = (value: number) => ({ mean: value, interval: [value, value] as const });
 * const like = (far: number) => ({ distances: { layer1: mean(far) }, overlaps: { layer1: mean(1 - far) } });
 * const text = likenessToMarkdown({
 *   experiment: "figure2",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "What the classifier sees",
 *   row: "GCLN",
 *   n: 200,
 *   layers: { maps: "layer1", heat: "layer1" },
 *   untouched: like(0.1),
 *   unrelated: like(0.9),
 *   attacks: { "PGD": { attack: { attack: "pgd" }, surrogate: "oblivious", attacked: like(0.6), cleaned: like(0.3) } },
 *   findings: [],
 *   provenance: { backend: "wasm", date: "2020-01-01" },
 * });
 * assertStringIncludes(text, "| PGD, cleaned ");
 * ```
 */
export function likenessToMarkdown(
  result: LikenessResult,
  { intervals = "hidden" }: MarkdownOptions = {},
): string {
  const { row, original, untouched, unrelated, attacks, layers, notes = [] } = result;
  const versions: [string, Likeness][] = [
    ["Original", { ...original, distances: {}, overlaps: {} }],
    ["Original, cleaned", untouched],
    ...Object.entries(attacks).flatMap(([column, { attacked, cleaned }]): typeof versions => [
      [column, attacked],
      [`${column}, cleaned`, cleaned],
    ]),
    ["Another image", unrelated],
  ];
  const deepest = Object.keys(untouched.overlaps).at(-1) ?? layers.maps;
  const distanceLayers = [...new Set([layers.maps, layers.heat, deepest])];
  const head = [
    "",
    "right, %",
    ...distanceLayers.map((layer) => `distance, ${layer}`),
    `overlap, ${layers.heat}`,
  ];
  const isShown = intervals === "shown";
  const lines = versions.map(([name, { accuracy, interval, distances, overlaps }]) => [
    name,
    percent(accuracy ?? null) + (isShown && interval ? ` ${intervalText(interval)}` : ""),
    ...[...distanceLayers.map((layer) => distances[layer]), overlaps[layers.heat]].map((mean) =>
      mean === undefined ? "-" : meanText(mean, isShown)
    ),
  ]);
  const { measured } = footnotes(result);
  return [
    `**${experimentTitle(result.experiment)}.** ${result.caption}`,
    [row, ...circumstances(result), ...kitText(result.provenance)].join(" · "),
    markdownTable(head, lines),
    "Distance: the L2 distance of a layer's activations from the original's, divided by the norm of the original's. " +
    "Overlap: the intersection over the union of Grad-CAM's heat and the original's. Both are means over the images." +
    (isShown ? " In brackets the 95 % intervals." : ""),
    ...notes,
    measured.map(footnoteText).join("\n"),
  ].filter((part) => part !== "").join("\n\n") + "\n";
}

function meanText({ mean, interval: [low, high] }: Mean, isShown: boolean): string {
  return mean.toFixed(2) + (isShown ? ` [${low.toFixed(2)}–${high.toFixed(2)}]` : "");
}

/**
 * The numbers of Figure 2 as a value that a notebook shows as a table.
 *
 * @param result The result of `visualise`.
 * @returns A copy of it.
 */
export function shownLikeness(result: LikenessResult): LikenessResult & Displayed {
  return displayed({ ...result }, () => {
    const text = likenessToMarkdown(result);
    return { "text/markdown": text, "text/plain": text };
  });
}
