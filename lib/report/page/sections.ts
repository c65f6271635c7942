import type { Provenance } from "../../evaluation/mod.ts";
import { escape } from "../_escape.ts";
import {
  type Footnote,
  type Footnotes,
  type Message,
  messageText,
  severityTally,
  subjectsText,
} from "../_footnotes.ts";
import { settingText } from "../_setting_text.ts";

/** The level of a heading: `h1` … `h6`. */
export type Level = 1 | 2 | 3 | 4 | 5 | 6;

/** Short phrases as a row of labels. */
export function chips(phrases: readonly string[]): string {
  const items = phrases.map((phrase) => `<li>${escape(phrase)}</li>`);
  return `<ul class=chips aria-label="Circumstances">${items.join("")}</ul>`;
}

/** All footnotes: those about the measured numbers, then, folded, those about the paper's. */
export function findings({ measured, reported }: Footnotes, id: string, level: Level): string {
  return footnoteList("About the measured numbers", measured, id, level) +
    (reported.length === 0
      ? ""
      : foldable(`About the paper's numbers: ${severityTally(reported)}`, findingList(reported, id)));
}

/** A sign for each severity, so that it can be read without colour. */
const SIGNS = { serious: "▲", warning: "◆", note: "●" } as const;

function footnoteList(heading: string, notes: readonly Footnote[], id: string, level: Level): string {
  if (notes.length === 0) return "";
  return `
  <section>
  <h${level}>${heading}</h${level}>${findingList(notes, id)}
  </section>`;
}

function findingList(notes: readonly Footnote[], id: string): string {
  const items = notes.map((note) => {
    const { number, severity, messages, remedy } = note, subjects = subjectsText(note);
    const sign = `<span aria-hidden=true>${SIGNS[severity]}</span>`;
    return `
    <li value="${number}" id="${id}finding-${number}" tabindex=-1>
      <p><span class="severity ${escape(severity)}">${sign} ${escape(severity)}</span>${
      subjects ? ` <span class=quiet>${escape(subjects)}</span>` : ""
    }</p>
      ${said(messages)}
      <p class=remedy>${escape(remedy)}</p>
    </li>`;
  });
  return `
  <ol class=findings>${items.join("")}
  </ol>`;
}

/** One sentence as a paragraph; several as a list. */
function said(messages: readonly Message[]): string {
  const texts = messages.map(messageText).map(escape);
  return texts.length === 1
    ? `<p>${texts[0]}</p>`
    : `<ul>${texts.map((text) => `<li>${text}</li>`).join("")}</ul>`;
}

/** The provenance of a result, folded. */
export function provenanceFold(provenance: Provenance): string {
  const items = Object.entries(provenance).map(([key, value]) =>
    `<dt>${escape(key)}</dt><dd>${escape(settingText(value)) || "-"}</dd>`
  );
  return foldable("Provenance", `<dl>${items.join("")}</dl>`);
}

/** HTML that is hidden until the reader opens it. `summary` and `inner` are HTML. */
export function foldable(summary: string, inner: string): string {
  return `
  <details>
    <summary>${summary}</summary>
    ${inner}
  </details>`;
}
