import type { Checklist, ChecklistStatus } from "../../evaluation/mod.ts";
import { checklistHeads, SIGNS } from "../_checklist_heads.ts";
import { escape } from "../_escape.ts";
import { withTooltip } from "../page/cell.ts";
import { slug } from "../page/document.ts";
import { sortHead } from "../page/table_frame.ts";

const ORDER: readonly ChecklistStatus[] = ["fails", "not shown", "holds"];

/** The number of items of each status: `12 hold, 3 fail, 20 not shown`. */
export function tally(lists: readonly Checklist[]): string {
  const all = lists.flatMap(({ items }) => items.map(({ status }) => status));
  const count = (status: ChecklistStatus) => all.filter((other) => other === status).length;
  return `${count("holds")} hold, ${count("fails")} fail, ${count("not shown")} not shown`;
}

/** A table with a row for each item and a column for each checklist. A tooltip shows the evidence for a status. */
export function checklistTable(lists: readonly Checklist[], id: string): string {
  const heads = checklistHeads(lists), items = lists[0]?.items ?? [];
  const rows = items.map(({ item }, i) => {
    const cells = lists.map(({ items }, k) => {
      const { status, evidence } = items[i]!;
      const statusHtml = `<span class="status ${slug(status)}">${SIGNS[status]} ${status}</span>`;
      const tooltipId = `${id}check-${k}-${i}`;
      return `<td data-key=${ORDER.indexOf(status)}>${
        withTooltip(statusHtml, tooltipId, `${heads[k]!}: ${status}`, [`${item}.`, evidence])
      }</td>`;
    });
    return `<tr><th scope="row" data-key="${escape(item)}">${escape(item)}</th>\n${cells.join("\n")}</tr>`;
  });
  return `<p class=quiet>The checklist of Carlini et al. (2019) for evaluations, as far as numbers can answer it.</p>
    <div class=scroll><table class=checklist style="--columns: ${heads.length}">
    <caption class=unseen>Checklist</caption>
    <thead><tr>${sortHead("Item", "")}${heads.map((head) => sortHead(head, "")).join("")}</tr></thead>
    <tbody>
${rows.join("\n")}
    </tbody>
    </table></div>`;
}
