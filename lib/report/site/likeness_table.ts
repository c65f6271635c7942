import type { Likeness, LikenessResult, Mean } from "../../evaluation/mod.ts";
import { escape } from "../_escape.ts";
import { percent } from "../_cell_text.ts";
import { attackInWords, withTooltip } from "../page/cell.ts";
import { slug } from "../page/document.ts";
import { sortHead } from "../page/table_frame.ts";
import { runId } from "./experiments.ts";

/** A table with the numbers of Figure 2: a row for each version of the images, a column for each layer and measure. */
export function likenessTable(found: LikenessResult, name: string): string {
  const { untouched, unrelated, attacks, n } = found, id = slug(runId(found));
  const layers = (of: "distances" | "overlaps") => Object.keys(untouched[of]);
  const versions: [string, Likeness, readonly string[]][] = [
    ...found.original === undefined
      ? []
      : [["Original", { ...found.original, distances: {}, overlaps: {} }, []] as typeof versions[number]],
    ["Cleaned without an attack", untouched, ["The best values that cleaning could reach"]],
    ...Object.entries(attacks).flatMap(([attack, { attacked, cleaned, ...how }]): typeof versions => {
      const about = [`Attack: ${attackInWords(how.attack)}`, `The attacker differentiates: ${how.surrogate}`];
      return [[`${attack}: attacked`, attacked, about], [`${attack}: cleaned`, cleaned, about]];
    }),
    ["Another image", unrelated, ["The values of unrelated images"]],
  ];
  const heads = [
    "Right, %",
    ...layers("distances").map((layer) => `Distance at ${layer}`),
    ...layers("overlaps").map((layer) => `Overlap of the heat at ${layer}`),
  ];
  const rows = versions.map(([row, { accuracy, interval, distances, overlaps }, about], k) => {
    const cells: (Mean & { readonly text: string } | undefined)[] = [
      accuracy === undefined || interval === undefined
        ? undefined
        : { mean: accuracy, interval, text: percent(accuracy) },
      ...layers("distances").map((layer) => withText(distances[layer])),
      ...layers("overlaps").map((layer) => withText(overlaps[layer])),
    ];
    const data = cells.map((cell, i) => {
      if (cell === undefined) return `<td class=quiet>-</td>`;
      const ends = cell.interval.map((end) => i === 0 ? percent(end) : end.toFixed(3));
      const lines = [`${cell.text}, 95 % interval ${ends.join(" to ")}`, `n = ${n}`, ...about];
      return `<td data-key="${escape(String(cell.mean))}">${
        withTooltip(`<b>${escape(cell.text)}</b>`, `${id}-like-${k}-${i}`, `${row}, ${heads[i]!}`, lines)
      }</td>`;
    });
    return `<tr><th scope="row" data-key="${escape(row)}">${escape(row)}</th>\n${data.join("\n")}</tr>`;
  });
  return `
  <p class=quiet>Defense: ${
    escape(found.row)
  }. A distance is that of a layer's activations from the original's,
  divided by the norm of the original's: 0 means equal. An overlap is that of Grad-CAM's heat with the original's: 1 means
  equal.</p>
  <div class=scroll><table>
    <caption class=unseen>${escape(name)}</caption>
    <thead><tr>${sortHead("Images", "")}${heads.map((head) => sortHead(head, "")).join("")}</tr></thead>
    <tbody>
${rows.join("\n")}
    </tbody>
  </table></div>`;
}

function withText(mean: Mean | undefined): Mean & { readonly text: string } | undefined {
  return mean && { ...mean, text: mean.mean.toFixed(2) };
}
