/** Writes the tables and figures, and finds the results that the site shows. */
import { join } from "node:path";
import { knownDataset, knownDatasets } from "../../lib/data/mod.ts";
import { newest, report, type ResultFile, resultsIn } from "../report.ts";
import { escape } from "./escape.ts";
import { menu } from "./frame.ts";

/** The folders with the results of the kit and those that the commands write. */
const FOLDERS = ["fixtures/measured", "results"];

/** Those of the folders that are there: on a fresh clone there are only the kit's own results. */
function folders(): string[] {
  return FOLDERS.filter((folder) => {
    try {
      return Deno.statSync(folder).isDirectory;
    } catch {
      return false;
    }
  });
}

/** The name of a data set, as people write it. */
export function titleOf(dataset: string): string {
  return knownDatasets().includes(dataset) ? knownDataset(dataset).title : dataset;
}

/** The newest result of each experiment, profile and data set. */
export function measuredResults(): ResultFile[] {
  return newest(folders().flatMap(resultsIn));
}

/**
 * Writes the page of `deno task report` into the site's folder, with the site's menu.
 *
 * @param site The site's folder.
 */
export async function writeResults(site: string): Promise<void> {
  const { html } = await report(folders(), "interactive");
  const links = Object.entries(menu).map(([to, name]) => `<a href="${to}">${name}</a>`);
  const summary = "The paper's tables and figures, measured again, with the paper's numbers beside them.";
  const inHead = `<meta name="description" content="${escape(summary)}">
<link rel="icon" href="icon.svg" type="image/svg+xml">
</head>`;
  const nav =
    `<nav aria-label="Pages" style="padding: .8rem var(--margin) 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem">${
      links.join("")
    }</nav>`;
  const page = html.replace("</head>", () => inHead).replace("<body>", () => `<body>\n${nav}`);
  await Deno.writeTextFile(join(site, "results.html"), page);
}
