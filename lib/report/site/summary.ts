import type { Cell, Result } from "../../evaluation/mod.ts";
import { isUnmeasured, percent } from "../_cell_text.ts";
import { escape } from "../_escape.ts";
import { isWorst, layout } from "../_layout.ts";
import { resultTables } from "../_result_tables.ts";
import { slug } from "../page/document.ts";
import { sortHead } from "../page/table_frame.ts";
import { type Experiment, runId, runName } from "./experiments.ts";

/** A defense in one line. */
interface Line {
  readonly href: string;
  readonly table: string;
  readonly run: string;
  readonly row: string;
  readonly clean: number | null;
  readonly worst: number;
  /** The lowest number that the paper reports in this table for the defense; null where there is none. */
  readonly paper: number | null;
  readonly serious: number;
}

/**
 * The summary at the top of a page: each measured defense of each table in one line, with its clean accuracy, what all attacks
 * together leave, the lowest number that the paper reports for it, and how many serious findings there are. Of several runs
 * of a table those of the largest profile count, one for each data set. Empty where no table has a worst case.
 */
export function summary(experiments: readonly Experiment[]): string {
  const lines = experiments.flatMap(linesOf);
  if (lines.length === 0) return "";
  const rows = lines.map((line) => {
    const number = (value: number | null, isOurs: boolean) =>
      value === null
        ? "<td class=quiet>-</td>"
        : `<td data-key="${value}">${
          isOurs ? `<b>${percent(value)}</b>` : `<span class=paper>(${percent(value)})</span>`
        }</td>`;
    return `<tr><th scope="row" data-key="${escape(line.row)}">${escape(line.row)}</th>
${number(line.clean, true)}${number(line.worst, true)}${number(line.paper, false)}
<td data-key="${line.serious}">${
      line.serious === 0 ? "-" : `<span class="severity serious">▲ ${line.serious}</span>`
    }</td>
<td class=text data-key="0"><a href="#${line.href}">${escape(line.table)}</a> <span class=quiet>${
      escape(line.run)
    }</span></td></tr>`;
  });
  const heads = ["Clean", "Worst case", "The paper's lowest", "Serious findings", "Table"];
  return `
<section class=summary aria-labelledby=summary>
  <h2 id=summary>In short</h2>
  <p>What counts is what a defense leaves under all attacks of its table together, the worst case. Of several tables the
  lowest number counts: not all of them have the strongest attacks. Percent of the images that are classified right.</p>
  <div class=scroll><table>
    <caption class=unseen>Each defense in one line</caption>
    <thead><tr>${["Defense", ...heads].map((head) => sortHead(head, "")).join("")}</tr></thead>
    <tbody>
${rows.join("\n")}
    </tbody>
  </table></div>
</section>`;
}

function linesOf({ title, runs }: Experiment): Line[] {
  return runs.filter(({ found }) => found.profile === runs[0]!.found.profile).flatMap(({ found }) =>
    "rows" in found ? linesOfRun(title, found) : []
  );
}

function linesOfRun(title: string, found: Result): Line[] {
  const { laid } = layout(resultTables(found)[0]!), [first, second] = laid;
  const worst = found.columns.find((column) => isWorst(found, column));
  if (worst === undefined) return [];
  const clean = second?.names[0] === worst ? first!.names[0]! : undefined;
  return Object.entries(found.rows).flatMap(([row, cells]): Line[] => {
    const left = cells[worst]?.accuracy ?? null;
    if (left === null || isUnmeasured(cells)) return [];
    const attacked = Object.entries(cells).filter(([column]) => column !== clean).map(([, cell]) => cell);
    return [{
      href: slug(runId(found)),
      table: title,
      run: `${runName(found)}${found.part === undefined ? "" : ", only a part"}`,
      row,
      clean: clean === undefined ? null : cells[clean]?.accuracy ?? null,
      worst: left,
      paper: lowest(attacked),
      serious: found.findings.filter(({ severity, about }) =>
        severity === "serious" && about?.row === row && about.source === "measured"
      ).length,
    }];
  });
}

function lowest(cells: readonly Cell[]): number | null {
  const reported = cells.flatMap(({ reported }) => reported ?? []);
  return reported.length === 0 ? null : Math.min(...reported);
}
