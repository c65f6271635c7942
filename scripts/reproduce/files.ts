import type { LikenessResult } from "../../lib/evaluation/mod.ts";
import {
  type ExperimentResult,
  likenessToMarkdown,
  type TextOptions,
  toHtml,
  toMarkdown,
  toText,
} from "../../lib/report/mod.ts";
import { writeAtomically } from "../../lib/files/mod.ts";
import type { AnyFlags } from "./flags.ts";
import { fileEnd, partOf } from "./part.ts";

/** The result of an experiment as JSON, as text, and as files. */
export interface Outcome {
  /** The content of the JSON file. */
  readonly found: ExperimentResult | LikenessResult;
  /** All of it as text. */
  readonly text: string;
  /** What a terminal shows of it. */
  readonly brief: (options: TextOptions) => string;
  /** The contents of other files by their extension: `png`. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** A result as its Markdown file has it: with the intervals. */
export function markdownOf(
  found: ExperimentResult | LikenessResult,
  rows: "measured" | "all" = "measured",
): string {
  return "attacks" in found
    ? likenessToMarkdown(found, { intervals: "shown" })
    : toMarkdown(found, { intervals: "shown", rows });
}

/** What was written. */
export interface Written {
  /** The folder and the name of the files without what follows the last point. */
  readonly stem: string;
  /** A line with their names. */
  readonly line: string;
}

/** The outcome of a table or a figure, with its pictures. */
export function outcomeOf(
  found: ExperimentResult,
  pictures: Readonly<Record<string, string | Uint8Array>>,
  rows: "measured" | "all" = "measured",
): Outcome {
  return {
    found,
    text: toMarkdown(found, { rows }),
    brief: (options) => toText(found, { rows, ...options }),
    files: { md: markdownOf(found, rows), html: toHtml(found), ...pictures },
  };
}

/** A result that says which part of the experiment it is. */
export function marked<R extends Outcome["found"]>(found: R, flags: AnyFlags): R {
  const part = partOf(flags);
  return part === undefined ? found : { ...found, part };
}

/** Writes an outcome to files. A part of an experiment has files of its own: {@linkcode fileEnd}. */
export async function write({ found, files }: Outcome, folder: string, flags: AnyFlags): Promise<Written> {
  const stem = `${folder}/${found.experiment}-${found.profile}-${found.dataset}${fileEnd(flags)}`;
  const all = { json: `${JSON.stringify(found, null, 2)}\n`, ...files };
  for (const [end, content] of Object.entries(all)) await writeAtomically(`${stem}.${end}`, content);
  return { stem, line: `${stem}.json${Object.keys(files).map((end) => `, .${end}`).join("")}` };
}

/** The outcome as it is printed: all of it into a file or a pipe; in a terminal of so many columns what fits, last of all. */
export function printed({ text, brief }: Outcome, { stem }: Written, columns: number | undefined): string {
  return columns === undefined ? text : brief({ width: columns, more: `${stem}.md` });
}

/** The columns of the terminal that the output goes to; undefined where it goes elsewhere. */
export function terminalColumns(): number | undefined {
  return Deno.stdout.isTerminal() ? Math.max(40, Deno.consoleSize().columns) : undefined;
}
