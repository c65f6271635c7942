import type { LikenessResult } from "../../lib/evaluation/mod.ts";
import { type ExperimentResult, toHtml, toMarkdown } from "../../lib/report/mod.ts";
import { writeAtomically } from "../../lib/files/mod.ts";

/** What an experiment has found, in all its forms. */
export interface Outcome {
  /** What the JSON holds. */
  readonly found: ExperimentResult | LikenessResult;
  /** What is printed. */
  readonly text: string;
  /** Files by the ends of their names: `png`. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** A table's or a figure's result, with its pictures. */
export function outcomeOf(
  found: ExperimentResult,
  pictures: Readonly<Record<string, string | Uint8Array>>,
): Outcome {
  const text = toMarkdown(found);
  return { found, text, files: { md: text, html: toHtml(found), ...pictures } };
}

/** Writes an outcome; returns what was written, in a line. */
export async function write({ found, files }: Outcome, folder: string): Promise<string> {
  const stem = `${folder}/${found.experiment}-${found.profile}-${found.dataset}`;
  const all = { json: `${JSON.stringify(found, null, 2)}\n`, ...files };
  for (const [end, content] of Object.entries(all)) await writeAtomically(`${stem}.${end}`, content);
  return `${stem}.json${Object.keys(files).map((end) => `, .${end}`).join("")}`;
}
