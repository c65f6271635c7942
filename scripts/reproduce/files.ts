import type { LikenessResult } from "../../lib/evaluation/mod.ts";
import { type ExperimentResult, likenessToMarkdown, toHtml, toMarkdown } from "../../lib/report/mod.ts";
import { writeAtomically } from "../../lib/files/mod.ts";

/** The result of an experiment as JSON, as text, and as files. */
export interface Outcome {
  /** The content of the JSON file. */
  readonly found: ExperimentResult | LikenessResult;
  /** The text for the terminal. */
  readonly text: string;
  /** The contents of other files by their extension: `png`. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** A result as its Markdown file has it: each number with its interval. */
export function markdownOf(found: ExperimentResult | LikenessResult): string {
  return "attacks" in found
    ? likenessToMarkdown(found, { intervals: "shown" })
    : toMarkdown(found, { intervals: "shown" });
}

/** The outcome of a table or a figure, with its pictures. */
export function outcomeOf(
  found: ExperimentResult,
  pictures: Readonly<Record<string, string | Uint8Array>>,
): Outcome {
  return {
    found,
    text: toMarkdown(found),
    files: { md: markdownOf(found), html: toHtml(found), ...pictures },
  };
}

/** Writes an outcome to files, and returns a line with their names. */
export async function write({ found, files }: Outcome, folder: string): Promise<string> {
  const stem = `${folder}/${found.experiment}-${found.profile}-${found.dataset}`;
  const all = { json: `${JSON.stringify(found, null, 2)}\n`, ...files };
  for (const [end, content] of Object.entries(all)) await writeAtomically(`${stem}.${end}`, content);
  return `${stem}.json${Object.keys(files).map((end) => `, .${end}`).join("")}`;
}
