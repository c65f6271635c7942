import type { Checklist } from "../evaluation/mod.ts";
import { checklistHeads, SIGNS } from "./_checklist_heads.ts";
import { markdownTable } from "./_markdown_table.ts";
import { type Displayed, markdown } from "./display.ts";

/**
 * Checklists in Markdown: a table of all items and rows, then for each row its items with their evidence. The text is
 * also readable in a terminal.
 *
 * @param lists The results of `checklist`.
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
  const table = markdownTable(
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
 * Checklists that a notebook shows as Markdown.
 *
 * @param lists The results of `checklist`.
 */
export function shownChecklist(lists: readonly Checklist[]): Displayed {
  return markdown(checklistToMarkdown(lists));
}
