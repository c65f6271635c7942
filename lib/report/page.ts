import { escape } from "./_drawing.ts";
import { circumstances, footnotes, tablesOf, title } from "./_words.ts";
import type { Found } from "./found.ts";
import { htmlDocument } from "./page/document.ts";
import { HOW_TO_READ, tableLegend } from "./page/legend.ts";
import { SCRIPT } from "./page/script.ts";
import { chips, findings, provenanceFold } from "./page/sections.ts";
import { STYLE } from "./page/style.ts";
import { tableFrame } from "./page/table_frame.ts";

/**
 * A result as one self-contained page: nothing is loaded from elsewhere, and it works without scripts but for sorting.
 *
 * Light and dark as the reader's system has it. Under each number a strip from 0 to 100 % shows the measured accuracy as a
 * disc on its confidence interval and the paper's as an open diamond. More of a cell is said on hover and on keyboard focus:
 * its interval, n, seeds, attack, gradient calls, seconds. The heads of the columns sort. For many results on a page there
 * is {@linkcode toSite}.
 *
 * @param found What an experiment has found; a figure becomes a table for each panel with a row for each curve.
 * @returns An HTML document.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { toHtml } from "@gcln/kit/report";
 *
 * const page = toHtml({
 *   experiment: "table1",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "Accuracy under white-box attacks",
 *   columns: ["PGD"],
 *   rows: { "GCLN": { "PGD": { accuracy: 0.842, n: 500, reported: 0.861, quoted: false } } },
 *   findings: [],
 *   provenance: { backend: "wasm", versions: {}, data: "", code: "", date: "2020-01-01" },
 * });
 * assertStringIncludes(page, "84.2");
 * ```
 */
export function toHtml(found: Found): string {
  const { experiment, profile, dataset, caption, notes = [], provenance } = found;
  const name = title(experiment), tables = tablesOf(found), marks = footnotes(found);
  const frames = tables.map((table) =>
    (table.caption ? `\n  <h2>${escape(table.caption)}</h2>` : "") +
    tableFrame(table, marks, { id: "", name: [name, table.caption || caption].join(": ") })
  );
  return htmlDocument({
    title: [name, profile, dataset].join(" · "),
    style: STYLE,
    main: `
  <h1>${escape(name)}</h1>
  <p class=caption>${escape(caption)}</p>
  ${chips(circumstances(found))}${frames.join("")}${tableLegend(tables)}${HOW_TO_READ}
  ${notes.map((note) => `<p>${escape(note)}</p>`).join("\n  ")}${findings(marks, "", 2)}${
      provenanceFold(provenance)
    }`,
    scripts: [SCRIPT],
  });
}
