import type { Checklist } from "../evaluation/mod.ts";
import { checklistHeads, SIGNS } from "./_checklist_words.ts";
import { grid } from "./_grid.ts";
import { type Displayed, markdown } from "./display.ts";

/**
 * Checklists in Markdown: a table of the items and rows, then for each row what fails and holds, with its numbers. It
 * reads well as plain text too.
 *
 * @param lists What `checklist` has found.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { checklistToMarkdown } from "@gcln/kit/report";
 *
 * const item = { item: "More steps are never weaker", status: "fails", evidence: "PGD leaves 50.0%." } as const;
 * const text = checklistToMarkdown([{ row: "Mine", dataset: "svhn", source: "measured", items: [item] }]);
 * assertStringIncludes(text, "- ✗ **fails**: More steps are never weaker. PGD leaves 50.0%.");
 * ```
 */
export function checklistToMarkdown(lists: readonly Checklist[]): string {
  const [first] = lists;
  if (first === undefined) return "No attack, no checklist.\n";
  const heads = checklistHeads(lists);
  const table = grid(
    ["", ...heads],
    first.items.map(({ item }, i) => [
      item,
      ...lists.map(({ items }) => `${SIGNS[items[i]!.status]} ${items[i]!.status}`),
    ]),
  );
  const rows = lists.map(({ items }, i) =>
    [
      `**${heads[i]}**`,
      items.map(({ item, status, evidence }) => `- ${SIGNS[status]} **${status}**: ${item}. ${evidence}`)
        .join("\n"),
    ].join("\n\n")
  );
  return [table, ...rows].join("\n\n") + "\n";
}

/**
 * Checklists that a notebook shows.
 *
 * @param lists What `checklist` has found.
 */
export function shownChecklist(lists: readonly Checklist[]): Displayed {
  return markdown(checklistToMarkdown(lists));
}
