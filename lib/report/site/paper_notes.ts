import { escape } from "../_escape.ts";
import { foldable } from "../page/sections.ts";
import type { SitePaper } from "../site_content.ts";

/** What the paper says about an experiment, as HTML; empty where `paper` is undefined. */
export function paperNotes(paper: SitePaper | undefined): string {
  if (paper === undefined) return "";
  const { caption, claims = [], notes } = paper;
  const list = (texts: readonly string[]) =>
    `<ul>${texts.map((text) => `<li>${escape(text)}</li>`).join("")}</ul>`;
  return `
  <p class=quiet>The paper: “${escape(caption)}”</p>${
    claims.length === 0 ? "" : `
  <p>Its claims about the curves:</p>
  ${list(claims)}`
  }${notes.length === 0 ? "" : foldable("What the paper leaves open", list(notes))}`;
}
