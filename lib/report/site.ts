import { escape } from "./_escape.ts";
import { htmlDocument, slug } from "./page/document.ts";
import { HOW_TO_READ } from "./page/legend.ts";
import { SCRIPT } from "./page/script.ts";
import { foldable } from "./page/sections.ts";
import { STYLE } from "./page/style.ts";
import { checklistTable, tally } from "./site/checklist_table.ts";
import { contents } from "./site/contents.ts";
import { experimentsOf } from "./site/experiments.ts";
import { plotlySource } from "./site/plotly_source.ts";
import { runSection } from "./site/run_section.ts";
import { FIGURE_SCRIPT } from "./site/script.ts";
import { SITE_STYLE } from "./site/style.ts";
import { summary } from "./site/summary.ts";
import { paperNotes } from "./site/paper_notes.ts";
import type { Site } from "./site_content.ts";

/** Options of {@linkcode toSite}. */
export interface SiteOptions {
  /**
   * Whether figures are interactive or pictures only; default `interactive`. Interactive figures need Plotly, which adds
   * 1.2 MB to the page.
   */
  readonly figures?: "interactive" | "pictures";
}

const PAPER = "paper-checklist", PAPER_TITLE = "The paper's own numbers";

/**
 * Many results as one HTML page: each defense in one line, a table of contents, then each table and figure with the paper's numbers beside ours, its
 * findings as footnotes, its checklist and its provenance.
 *
 * The page loads nothing, so it can be opened as a file, mailed or printed. Without scripts, figures are pictures and tables
 * can't be sorted. The same results always give the same HTML.
 *
 * @param site The results and texts to show.
 * @param options Whether figures are interactive.
 * @returns An HTML document.
 * @throws {RangeError} If two runs have the same experiment, profile and data set, or a figure can't be drawn.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { toSite } from "@gcln/kit/report";
 *
 * const found = {
 *   experiment: "table1",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "Accuracy under white-box attacks",
 *   columns: ["PGD"],
 *   rows: { "GCLN": { "PGD": { accuracy: 0.842, n: 500, reported: 0.861, quoted: false } } },
 *   findings: [],
 *   provenance: { backend: "wasm", date: "2020-01-01" },
 * };
 * const page = await toSite({ title: "My results", introduction: "", runs: [{ found }] });
 * assertStringIncludes(page, `<a href="#table1-quick-street-digits">`);
 * ```
 */
export async function toSite(site: Site, options: SiteOptions = {}): Promise<string> {
  const { title, introduction, paper = {}, paperChecklists = [] } = site;
  const interactive = options.figures !== "pictures", experiments = experimentsOf(site.runs);
  const sections: string[] = [];
  for (const { name, title, runs } of experiments) {
    const parts = await Promise.all(runs.map((run) => runSection(run, interactive)));
    sections.push(`
<section class=experiment id="${slug(name)}">
  <h2>${escape(title)}</h2>${paperNotes(paper[name])}${parts.join("")}
</section>`);
  }
  const missing = Object.keys(paper).filter((name) =>
    !experiments.some((experiment) => experiment.name === name)
  );
  const drawn = experiments.some(({ runs }) =>
    runs.some(({ found }) => "series" in found || "panels" in found)
  );
  const plotly = interactive && drawn ? await plotlySource() : undefined;
  return htmlDocument({
    title,
    style: STYLE + SITE_STYLE,
    main: `
<header>
  <h1>${escape(title)}</h1>
  <p class=caption>${escape(introduction)}</p>
</header>${summary(experiments)}
${contents(experiments, missing, paperChecklists.length > 0 ? { [PAPER]: PAPER_TITLE } : {})}${HOW_TO_READ}
<p class=scripted><button type=button class=unfold>Unfold everything</button></p>${sections.join("")}${
      paperChecklists.length === 0 ? "" : `
<section class=experiment id="${PAPER}">
  <h2>${PAPER_TITLE}</h2>
  <p>The checklist of the paper's evaluation, from its own numbers alone.</p>${
        foldable(`Checklist: ${tally(paperChecklists)}`, checklistTable(paperChecklists, "paper-"))
      }
</section>`
    }
<footer class=quiet>
  <p>This page loads nothing.${
      plotly === undefined
        ? ""
        : ` Its figures are drawn by plotly.js ${plotly.version} (MIT licence), ${plotly.size} of the page.`
    } On paper nothing is folded.</p>
</footer>`,
    scripts: [SCRIPT, ...plotly === undefined ? [] : [plotly.source, FIGURE_SCRIPT]],
  });
}
