import type { Checklist, ChecklistStatus } from "../evaluation/mod.ts";

/** Beside the word, so that it is seen at once. */
export const SIGNS: Readonly<Record<ChecklistStatus, string>> = { holds: "✓", fails: "✗", "not shown": "·" };

/** The rows of some checklists, each with what tells it from another of the same name. */
export function checklistHeads(lists: readonly Checklist[]): string[] {
  return lists.map(({ row, dataset, source }) => {
    const alike = lists.filter((list) => list.row === row);
    const differ = (name: "dataset" | "source") => new Set(alike.map((list) => list[name])).size > 1;
    const more = [...differ("dataset") ? [dataset] : [], ...differ("source") ? [source] : []];
    return more.length > 0 ? `${row} (${more.join(", ")})` : row;
  });
}
