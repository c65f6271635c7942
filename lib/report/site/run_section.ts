import { escape } from "../_escape.ts";
import { circumstances, kitText } from "../_circumstances.ts";
import { experimentTitle } from "../_experiment_title.ts";
import { type Footnotes, footnotes } from "../_footnotes.ts";
import { resultTables } from "../_result_tables.ts";
import type { ExperimentResult } from "../experiment_result.ts";
import { slug } from "../page/document.ts";
import { tableLegend } from "../page/legend.ts";
import { chips, findings, foldable, provenanceFold } from "../page/sections.ts";
import { tableFrame } from "../page/table_frame.ts";
import type { SitePicture, SiteRun } from "../site_content.ts";
import { checklistTable, tally } from "./checklist_table.ts";
import { runId, runName } from "./experiments.ts";
import { figureFrame } from "./figure_frame.ts";
import { likenessTable } from "./likeness_table.ts";

/** One run as a section: its table or figure, its findings, pictures, checklists and provenance. */
export async function runSection(
  { found, pictures = [], checklists = [] }: SiteRun,
  interactive: boolean,
): Promise<string> {
  const { caption, notes = [], provenance } = found, id = slug(runId(found)), ids = `${id}-`;
  const marks = footnotes(found), name = `${experimentTitle(found.experiment)}, ${runName(found)}`;
  const images = pictures.map(pictureFrame).join("");
  const body = "attacks" in found
    ? images + likenessTable(found, name)
    : "rows" in found
    ? tableFrames(found, marks, ids, name)
    : await figureFrame(found, { name, interactive }) +
      foldable("The numbers", tableFrames(found, marks, ids, name));
  return `
<section class=run id="${id}" aria-labelledby="${id}-head">
  <h3 id="${id}-head">${escape(capital(runName(found)))}</h3>
  <p class=caption>${escape(caption)}</p>
  ${chips([...circumstances(found).slice(2), ...kitText(provenance)])}${body}
  ${notes.map((note) => `<p>${escape(note)}</p>`).join("\n  ")}${
    "attacks" in found || images === "" ? "" : foldable("Pictures", images)
  }${findings(marks, ids, 4)}${
    checklists.length === 0
      ? ""
      : foldable(`Checklist: ${tally(checklists)}`, checklistTable(checklists, ids))
  }${provenanceFold(provenance)}
  <p class=scripted><a href="#" class=quiet>To the top</a></p>
</section>`;
}

function tableFrames(found: ExperimentResult, marks: Footnotes, ids: string, name: string): string {
  const tables = resultTables(found);
  return tables.map((table) =>
    (table.caption ? `\n  <h4>${escape(table.caption)}</h4>` : "") +
    tableFrame(table, marks, { id: ids, name: [name, table.caption].filter(Boolean).join(": ") })
  ).join("") + tableLegend(tables);
}

function pictureFrame({ png, caption }: SitePicture): string {
  const [width, height] = pngSize(png);
  return `
  <figure><div class=scroll>
    <img src="data:image/png;base64,${png.toBase64()}" width=${width} height=${height} alt="${
    escape(caption)
  }">
  </div><figcaption class=quiet>${escape(caption)}</figcaption></figure>`;
}

/** The width and height of a PNG, read from its first chunk. */
function pngSize(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  if (png.length < 24 || view.getUint32(0) !== 0x89504e47) {
    throw new RangeError("Cannot show a picture: a PNG file is wanted");
  }
  return [view.getUint32(16), view.getUint32(20)];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
