import { escape } from "../_drawing.ts";
import { foldable } from "../page/sections.ts";
import type { SitePaper } from "../site_content.ts";

/** What the paper says of an experiment; nothing where that is not known. */
export function paperNotes(paper: SitePaper | undefined): string {
  if (paper === undefined) return "";
  const { caption, claims = [], notes } = paper;
  const list = (texts: readonly string[]) =>
    `<ul>${texts.map((text) => `<li>${escape(text)}</li>`).join("")}</ul>`;
  return `
  <p class=quiet>The paper: “${escape(caption)}”</p>${
    claims.length === 0 ? "" : `
  <p>What it says of the curves:</p>
  ${list(claims)}`
  }${notes.length === 0 ? "" : foldable("What the paper leaves open", list(notes))}`;
}
