import type { Likeness, LikenessResult, Mean } from "../../evaluation/mod.ts";
import { escape } from "../_drawing.ts";
import { percent } from "../_words.ts";
import { attackInWords, withTooltip } from "../page/cell.ts";
import { slug } from "../page/document.ts";
import { sortHead } from "../page/table_frame.ts";
import { runId } from "./experiments.ts";

/** The numbers of Figure 2: a row for each version of the images, a column for each layer and measure. */
export function likenessTable(found: LikenessResult, name: string): string {
  const { untouched, unrelated, attacks, n } = found, id = slug(runId(found));
  const layers = (of: "distances" | "overlaps") => Object.keys(untouched[of]);
  const versions: [string, Likeness, readonly string[]][] = [
    ...found.original === undefined
      ? []
      : [["Original", { ...found.original, distances: {}, overlaps: {} }, []] as typeof versions[number]],
    ["Cleaned without an attack", untouched, ["The best that cleaning could do"]],
    ...Object.entries(attacks).flatMap(([attack, { attacked, cleaned, ...how }]): typeof versions => {
      const about = [`Attack: ${attackInWords(how.attack)}`, `The attacker differentiates: ${how.surrogate}`];
      return [[`${attack}: attacked`, attacked, about], [`${attack}: cleaned`, cleaned, about]];
    }),
    ["Another image", unrelated, ["Nothing in common"]],
  ];
  const heads = [
    "Right, %",
    ...layers("distances").map((layer) => `Distance at ${layer}`),
    ...layers("overlaps").map((layer) => `Overlap of the heat at ${layer}`),
  ];
  const rows = versions.map(([row, { accuracy, interval, distances, overlaps }, about], k) => {
    const cells: (Mean & { readonly said: string } | undefined)[] = [
      accuracy === undefined || interval === undefined
        ? undefined
        : { mean: accuracy, interval, said: percent(accuracy) },
      ...layers("distances").map((layer) => withText(distances[layer])),
      ...layers("overlaps").map((layer) => withText(overlaps[layer])),
    ];
    const data = cells.map((cell, i) => {
      if (cell === undefined) return `<td class=quiet>-</td>`;
      const ends = cell.interval.map((end) => i === 0 ? percent(end) : end.toFixed(3));
      const lines = [`${cell.said}, 95 % interval ${ends.join(" to ")}`, `n = ${n}`, ...about];
      return `<td data-key="${cell.mean}">${
        withTooltip(`<b>${cell.said}</b>`, `${id}-like-${k}-${i}`, `${row}, ${heads[i]!}`, lines)
      }</td>`;
    });
    return `<tr><th scope="row" data-key="${escape(row)}">${escape(row)}</th>\n${data.join("\n")}</tr>`;
  });
  return `
  <p class=quiet>What cleans: ${
    escape(found.row)
  }. Distances are of activations from the original's, relative to
  those: 0 where they are alike. Overlaps are of Grad-CAM's heat with the original's: 1 where it is the same.</p>
  <div class=scroll><table>
    <caption class=unseen>${escape(name)}</caption>
    <thead><tr>${sortHead("Images", "")}${heads.map((head) => sortHead(head, "")).join("")}</tr></thead>
    <tbody>
${rows.join("\n")}
    </tbody>
  </table></div>`;
}

function withText(mean: Mean | undefined): Mean & { readonly said: string } | undefined {
  return mean && { ...mean, said: mean.mean.toFixed(2) };
}
