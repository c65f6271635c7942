import type { Checklist, ChecklistStatus } from "../evaluation/mod.ts";
import { grid } from "./_grid.ts";
import { type Displayed, markdown } from "./display.ts";

const SIGNS: Readonly<Record<ChecklistStatus, string>> = { holds: "✓", fails: "✗", "not shown": "·" };

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
  const heads = lists.map((list) => head(list, lists));
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

/** The row, with what tells it from another of the same name. */
function head({ row, dataset, source }: Checklist, lists: readonly Checklist[]): string {
  const alike = lists.filter((list) => list.row === row);
  const differ = (name: "dataset" | "source") => new Set(alike.map((list) => list[name])).size > 1;
  const more = [...differ("dataset") ? [dataset] : [], ...differ("source") ? [source] : []];
  return more.length > 0 ? `${row} (${more.join(", ")})` : row;
}

/**
 * Checklists that a notebook shows.
 *
 * @param lists What `checklist` has found.
 */
export function shownChecklist(lists: readonly Checklist[]): Displayed {
  return markdown(checklistToMarkdown(lists));
}
