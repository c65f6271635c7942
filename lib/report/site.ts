import { escape } from "./_drawing.ts";
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
import { paperNotes } from "./site/paper_notes.ts";
import type { Site } from "./site_content.ts";

/** Options of {@linkcode toSite}. */
export interface SiteOptions {
  /**
   * Whether figures can be zoomed and hovered, or are pictures only; default `interactive`. Plotly, which that takes, adds
   * 1.2 MB to the page, once.
   */
  readonly figures?: "interactive" | "pictures";
}

const PAPER = "paper-checklist", PAPER_TITLE = "The paper's own numbers";

/**
 * Many results as one self-contained page: a table of contents, then each table and figure with the paper's numbers beside
 * ours, its findings as footnotes, its checklist and its provenance.
 *
 * Nothing is loaded from elsewhere: the page can be opened as a file, mailed, or printed. Without scripts figures are
 * pictures and tables don't sort. The same results give the same page, letter by letter.
 *
 * @param site What is shown.
 * @param options Whether figures are interactive.
 * @returns An HTML document.
 * @throws {RangeError} Where two runs are of the same experiment, profile and data set, or a figure can't be drawn.
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
  const missing = Object.keys(paper).filter((name) => !experiments.some((found) => found.name === name));
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
</header>
${contents(experiments, missing, paperChecklists.length > 0 ? { [PAPER]: PAPER_TITLE } : {})}${HOW_TO_READ}
<p class=scripted><button type=button class=unfold>Unfold everything</button></p>${sections.join("")}${
      paperChecklists.length === 0 ? "" : `
<section class=experiment id="${PAPER}">
  <h2>${PAPER_TITLE}</h2>
  <p>What they say of its evaluation, whatever is measured here.</p>${
        foldable(`Checklist: ${tally(paperChecklists)}`, checklistTable(paperChecklists, "paper-"))
      }
</section>`
    }
<footer class=quiet>
  <p>This page holds all that it shows and loads nothing.${
      plotly === undefined
        ? ""
        : ` Its figures are drawn by plotly.js ${plotly.version} (MIT licence), ${plotly.size} of the page.`
    } What is unfolded is printed.</p>
</footer>`,
    scripts: [SCRIPT, ...plotly === undefined ? [] : [plotly.source, FIGURE_SCRIPT]],
  });
}
