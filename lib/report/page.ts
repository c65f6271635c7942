import { escape } from "./_escape.ts";
import { circumstances, kitText } from "./_circumstances.ts";
import { experimentTitle } from "./_experiment_title.ts";
import { footnotes } from "./_footnotes.ts";
import { resultTables } from "./_result_tables.ts";
import type { ExperimentResult } from "./experiment_result.ts";
import { htmlDocument } from "./page/document.ts";
import { HOW_TO_READ, tableLegend } from "./page/legend.ts";
import { SCRIPT } from "./page/script.ts";
import { chips, findings, provenanceFold } from "./page/sections.ts";
import { STYLE } from "./page/style.ts";
import { tableFrame } from "./page/table_frame.ts";

/**
 * A result as one HTML page that loads nothing. Without scripts only sorting is missing.
 *
 * The page is light or dark, as the reader's system is set. Under each number a strip from 0 to 100 % shows the measured
 * accuracy as a disc on its confidence interval, and the paper's as an open diamond. The interval, n, seeds, attack,
 * gradient calls and seconds of a cell are shown when the mouse or the keyboard focus is on it. A click on a column's head
 * sorts the rows. {@linkcode toSite} puts many results on one page.
 *
 * @param result The result of an experiment. A figure becomes one table for each panel, with one row for each curve.
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
export function toHtml(result: ExperimentResult): string {
  const { experiment, profile, dataset, caption, notes = [], provenance } = result;
  const name = experimentTitle(experiment), tables = resultTables(result), marks = footnotes(result);
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
  ${chips([...circumstances(result), ...kitText(provenance)])}${frames.join("")}${
      tableLegend(tables)
    }${HOW_TO_READ}
  ${notes.map((note) => `<p>${escape(note)}</p>`).join("\n  ")}${findings(marks, "", 2)}${
      provenanceFold(provenance)
    }`,
    scripts: [SCRIPT],
  });
}
