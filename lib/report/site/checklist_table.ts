import type { Checklist, ChecklistStatus } from "../../evaluation/mod.ts";
import { checklistHeads, SIGNS } from "../_checklist_words.ts";
import { escape } from "../_drawing.ts";
import { withTooltip } from "../page/cell.ts";
import { slug } from "../page/document.ts";
import { sortHead } from "../page/table_frame.ts";

const ORDER: readonly ChecklistStatus[] = ["fails", "not shown", "holds"];

/** `12 hold, 3 fail, 20 not shown`. */
export function tally(lists: readonly Checklist[]): string {
  const all = lists.flatMap(({ items }) => items.map(({ status }) => status));
  const count = (status: ChecklistStatus) => all.filter((other) => other === status).length;
  return `${count("holds")} hold, ${count("fails")} fail, ${count("not shown")} not shown`;
}

/** A row for each item, a column for each defense; the numbers behind a verdict are said on hover and focus. */
export function checklistTable(lists: readonly Checklist[], id: string): string {
  const heads = checklistHeads(lists), items = lists[0]?.items ?? [];
  const rows = items.map(({ item }, i) => {
    const cells = lists.map(({ items }, k) => {
      const { status, evidence } = items[i]!;
      const said = `<span class="status ${slug(status)}">${SIGNS[status]} ${status}</span>`;
      const about = `${id}check-${k}-${i}`;
      return `<td data-key=${ORDER.indexOf(status)}>${
        withTooltip(said, about, `${heads[k]!}: ${status}`, [`${item}.`, evidence])
      }</td>`;
    });
    return `<tr><th scope="row" data-key="${escape(item)}">${escape(item)}</th>\n${cells.join("\n")}</tr>`;
  });
  return `<p class=quiet>What a sound evaluation shows, after Carlini et al. (2019), as far as numbers can say.</p>
    <div class=scroll><table class=checklist>
    <caption class=unseen>Checklist</caption>
    <thead><tr>${sortHead("Item", "")}${heads.map((head) => sortHead(head, "")).join("")}</tr></thead>
    <tbody>
${rows.join("\n")}
    </tbody>
    </table></div>`;
}
