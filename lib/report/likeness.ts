import type { Likeness, LikenessResult } from "../evaluation/mod.ts";
import { circumstances, footnotes, percent, title } from "./_words.ts";
import { grid } from "./_grid.ts";
import { type Displayed, displayed } from "./display.ts";

/**
 * The numbers of Figure 2 in Markdown: how far attacked and cleaned images are from the originals in the classifier's
 * eyes, and what that says. It reads well as plain text too.
 *
 * @param result What `visualise` has found.
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
export function likenessToMarkdown(result: LikenessResult): string {
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
  const places = [...new Set([layers.maps, layers.heat, deepest])];
  const head = ["", "right, %", ...places.map((layer) => `distance, ${layer}`), `overlap, ${layers.heat}`];
  const lines = versions.map(([name, { accuracy, distances, overlaps }]) => [
    name,
    percent(accuracy ?? null),
    ...places.map((layer) => distances[layer]?.mean.toFixed(2) ?? "-"),
    overlaps[layers.heat]?.mean.toFixed(2) ?? "-",
  ]);
  const { measured } = footnotes(result);
  return [
    `**${title(result.experiment)}.** ${result.caption}`,
    [row, ...circumstances(result)].join(" · "),
    grid(head, lines),
    "Distance: of a layer's activations from the original's, relative to those. Overlap: of Grad-CAM's heat with the " +
    "original's, the intersection over the union. Means over the images.",
    ...notes,
    measured.map(({ number, finding: { severity, message, remedy } }) =>
      `${number}. **${severity.charAt(0).toUpperCase()}${severity.slice(1)}** ${message} ${remedy}`
    ).join("\n"),
  ].filter((part) => part !== "").join("\n\n") + "\n";
}

/**
 * The numbers of Figure 2, as a notebook shows them.
 *
 * @param result What `visualise` has found.
 * @returns A copy of it.
 */
export function shownLikeness(result: LikenessResult): LikenessResult & Displayed {
  return displayed({ ...result }, () => {
    const text = likenessToMarkdown(result);
    return { "text/markdown": text, "text/plain": text };
  });
}
