import { type Displayed, displayed } from "./display.ts";
import { notebookHtml } from "./_notebook_html.ts";
import type { ExperimentResult } from "./experiment_result.ts";
import { toMarkdown } from "./table.ts";
import { toText } from "./text.ts";

/**
 * A result as a value that a notebook shows as a table. The paper's numbers stand under ours, so that the table fits under a
 * cell; columns of one kind, rows without a measurement and the findings about the paper's numbers are folded.
 *
 * @param result The result of an experiment.
 * @returns A copy of it.
 */
export function shown<R extends ExperimentResult>(result: R): R & Displayed {
  return displayed({ ...result }, () => ({
    "text/html": notebookHtml(result),
    "text/markdown": toMarkdown(result),
    "text/plain": toText(result, { width: 100 }),
  }));
}
