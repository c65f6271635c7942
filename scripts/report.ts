/**
 * `deno task report`: writes all measured tables and figures as one HTML page.
 *
 *     deno task report --results=results --output=report.html
 */
import {
  checklist,
  type ChecklistOptions,
  type LikenessResult,
  looksLikeResult,
  measuredEvidence,
  readResult,
  reported,
  reportedEvidence,
  type ReportedFigure,
  tableNames,
} from "../lib/evaluation/mod.ts";
import { traitsIn } from "../lib/experiments/mod.ts";
import { type ExperimentResult, type SitePaper, type SiteRun, toSite } from "../lib/report/mod.ts";
import { writeAtomically } from "../lib/files/mod.ts";
import { type Command, type Flags, runCommand, UserError } from "./cli/command.ts";
import { checkFiles, type Experiment, experiments, experimentsIn } from "./reproduce/experiments.ts";

/** The folders with the results of the kit and those that the commands write. */
const FOLDERS = ["fixtures/measured", "results"];

const command = {
  name: "deno task report",
  summary: "Writes all measured tables and figures as one HTML page, which loads nothing.\n" +
    "Of several results of the same experiment, profile and data set the newest is shown.",
  flags: {
    results: {
      kind: "strings",
      help: `where results are (default: ${FOLDERS.join(" and ")})`,
      placeholder: "FOLDER",
    },
    output: { kind: "string", help: "the page", placeholder: "FILE", default: "results/report.html" },
    "pictures-only": {
      kind: "boolean",
      help: "figures are pictures: without Plotly the page is 1.2 MB smaller",
    },
  },
  positionals: {
    name: "FILE.ts",
    help: "your files: what they define is known by its name, as when the results were made",
  },
  examples: [
    "deno task report",
    "deno task report ./my_kinds.ts",
    "deno task report --results=mine --output=mine.html --pictures-only",
  ],
} as const satisfies Command<Flags>;

/** A result and its file. */
export interface ResultFile {
  readonly path: string;
  readonly found: ExperimentResult | LikenessResult;
}

/** The results in a folder, by file name. Other files are ignored. */
export function resultsIn(folder: string): ResultFile[] {
  const names = [...Deno.readDirSync(folder)].filter(({ name, isFile }) => isFile && name.endsWith(".json"));
  return names.map(({ name }) => `${folder}/${name}`).sort().flatMap((path) => {
    const found = resultIn(path);
    return found ? [{ path, found }] : [];
  });
}

/** The result in a file; nothing in a file of something else. What is meant as a result must have the form of one. */
function resultIn(path: string): ResultFile["found"] | undefined {
  const text = Deno.readTextFileSync(path);
  try {
    if (!looksLikeResult(JSON.parse(text))) return undefined;
  } catch {
    // readResult says so.
  }
  try {
    return readResult(text, path);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(error.message, { cause: error }) : error;
  }
}

/**
 * The newest result of each experiment, profile and data set; of two with the same date the last one. A part of an
 * experiment, such as some of its rows, is taken only where there is no result of all of it.
 */
export function newest(files: readonly ResultFile[]): ResultFile[] {
  const groups = Map.groupBy(
    files,
    ({ found: { experiment, profile, dataset } }) => JSON.stringify([experiment, profile, dataset]),
  );
  const date = ({ found }: ResultFile) => Date.parse(found.provenance.date) || 0;
  const isWhole = ({ found }: ResultFile) => found.part === undefined;
  return [...groups.values()].map((group) =>
    (group.some(isWhole) ? group.filter(isWhole) : group).reduce((best, file) =>
      date(file) >= date(best) ? file : best
    )
  );
}

/** Experiments by their names. */
type Known = Readonly<Record<string, Experiment>>;

/** The traits of the defenses of an experiment, by the heads of its rows; empty for an unknown experiment. */
function traitsBy(name: string, known: Known = experiments): ChecklistOptions["traits"] & object {
  return Object.hasOwn(known, name) ? traitsIn(known[name]!.data) : {};
}

/** The same for the rows of all tables of the paper, where equal heads mean equal defenses. */
function paperTraits(): ChecklistOptions["traits"] & object {
  return Object.assign({}, ...tableNames.map((name) => traitsBy(name)));
}

/** A result with its checklist and the images beside its file. The page draws the pictures of curves itself. */
export function runOf({ path, found }: ResultFile, experiments?: Known): SiteRun {
  const known = { traits: traitsBy(found.experiment, experiments) };
  const checklists = "attacks" in found ? [] : "panels" in found
    ? checklist(
      Object.values(found.panels).flatMap((panel) => measuredEvidence({ ...panel, dataset: found.dataset })),
      known,
    )
    : checklist(found, known);
  const png = "rows" in found || "attacks" in found ? pictureBeside(path) : undefined;
  return { found, checklists, ...(png ? { pictures: [{ png, caption: pictureCaption(found) }] } : {}) };
}

function pictureBeside(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path.replace(/\.json$/, ".png"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function pictureCaption(found: ResultFile["found"]): string {
  return "attacks" in found
    ? `What the classifier sees in original, attacked and cleaned images: maps of ${found.layers.maps}, and Grad-CAM.`
    : "Original, attacked and cleaned test images with the predictions of the classifier, and the perturbation amplified.";
}

/** What the paper says about its tables and figures. */
export function paperSays(): Record<string, SitePaper> {
  const figure = ({ caption, notes, panels }: ReportedFigure): SitePaper => ({
    caption,
    notes,
    claims: Object.values(panels).flatMap(({ claims }) => claims),
  });
  return {
    ...Object.fromEntries(tableNames.map((name) => [name, reported(name)])),
    figure3: figure(reported("figure3")),
    figure4: figure(reported("figure4")),
  };
}

/** The page with the newest results of some folders. The checklists of known experiments use the traits of their defenses. */
export async function report(
  folders: readonly string[],
  figures: "interactive" | "pictures",
  known?: Known,
): Promise<{ readonly html: string; readonly runs: readonly SiteRun[] }> {
  const runs = newest(folders.flatMap(resultsIn)).map((file) => runOf(file, known));
  if (runs.length === 0) {
    throw new UserError(
      `There are no results in ${folders.join(" or ")}: deno task reproduce:table1 makes some`,
    );
  }
  const html = await toSite({
    title: "GCLN kit: tables and figures",
    introduction:
      "“Generative Cleaning Networks with Quantized Nonlinear Transform for Deep Neural Network Defense” " +
      "(under review at ICLR 2020): what the kit has measured, and beside it what the paper reports.",
    runs,
    paper: paperSays(),
    paperChecklists: checklist(reportedEvidence(), { traits: paperTraits() }),
  }, { figures });
  return { html, runs };
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  await runCommand(command, async ({ flags: { results, output, "pictures-only": still }, words }) => {
    checkFiles(words);
    const known = { ...experiments, ...await experimentsIn(words) };
    for (const folder of results) {
      if (!isFolder(folder)) throw new UserError(`There is no folder ${folder}`);
    }
    const folders = results.length > 0 ? results : FOLDERS.filter(isFolder);
    const { html, runs } = await report(folders, still ? "pictures" : "interactive", known);
    await writeAtomically(output, html);
    for (const { found: { experiment, profile, dataset } } of runs) {
      console.log(`${experiment}, ${profile}, ${dataset}`);
    }
    const size = (new TextEncoder().encode(html).length / 1e6).toFixed(1);
    console.error(`Written: ${output}, ${size} MB`);
  });
}
