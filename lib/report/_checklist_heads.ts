import type { Checklist, ChecklistStatus } from "../evaluation/mod.ts";

/** A sign for each status, printed before its name. */
export const SIGNS: Readonly<Record<ChecklistStatus, string>> = { holds: "✓", fails: "✗", "not shown": "·" };

/** A head for each checklist: its row, and the data set and source where two checklists have the same row. */
export function checklistHeads(lists: readonly Checklist[]): string[] {
  return lists.map(({ row, dataset, source }) => {
    const sameRow = lists.filter((list) => list.row === row);
    const differ = (name: "dataset" | "source") => new Set(sameRow.map((list) => list[name])).size > 1;
    const more = [...differ("dataset") ? [dataset] : [], ...differ("source") ? [source] : []];
    return more.length > 0 ? `${row} (${more.join(", ")})` : row;
  });
}
