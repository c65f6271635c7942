/** Writes the leaderboard: every defense that was measured, with what is left of it. */
import { join } from "node:path";
import type { Cell, Finding, Result } from "../../lib/evaluation/mod.ts";
import { escape } from "./escape.ts";
import { framed } from "./frame.ts";
import { measuredResults, titleOf } from "./results.ts";

/** The names of columns that are no attack of their own. */
const CLEAN = ["Clean", "No Attack"], WORST = "Worst case";

/** A row of the leaderboard: one row of one result. */
export interface Entry {
  readonly defense: string;
  /** What is read right without an attack. */
  readonly clean: Cell | undefined;
  /** The measured cells by their columns. */
  readonly cells: Readonly<Record<string, Cell>>;
  /** The least accuracy that an attack, or all of them together, left; undefined where none was measured. */
  readonly worst: { readonly accuracy: number; readonly by: string } | undefined;
  /** The least accuracy under attack that the paper reports for the row. */
  readonly reported: number | undefined;
  /** What was found about the row's measurement, the gravest first. */
  readonly findings: readonly Finding[];
}

const GRAVITY: Readonly<Record<Finding["severity"], number>> = { serious: 0, warning: 1, note: 2 };

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** What a cell tells: an accuracy, or the share of clean images that a detector refuses. */
const shareOf = (cell: Cell | undefined): number | null => cell?.accuracy ?? cell?.refused ?? null;

/** The least of some numbers, and whose it is. */
function least(numbers: readonly (readonly [string, number | null | undefined])[]) {
  const known = numbers.filter((pair): pair is [string, number] => isNumber(pair[1]));
  if (known.length === 0) return undefined;
  const [by, accuracy] = known.reduce((best, pair) => pair[1] < best[1] ? pair : best);
  return { by, accuracy };
}

/** The entries of a result: rows that only repeat what others have published are left out. */
export function entriesOf({ rows, findings }: Result): Entry[] {
  return Object.entries(rows).flatMap(([defense, cells]) => {
    const measured = Object.fromEntries(Object.entries(cells).filter(([, cell]) => isNumber(shareOf(cell))));
    if (Object.keys(measured).length === 0) return [];
    // What a detector refuses of clean images is no attack's.
    const attacked = Object.entries(measured).filter(([, { attack, surrogate }]) => attack ?? surrogate);
    return [{
      defense,
      clean: CLEAN.map((column) => measured[column]).find((cell) => cell !== undefined),
      cells: measured,
      worst: least(attacked.map(([column, { accuracy }]) => [column, accuracy])),
      reported: least(
        Object.entries(cells).filter(([column]) => !CLEAN.includes(column)).map((
          [column, cell],
        ) => [column, cell?.reported]),
      )?.accuracy,
      findings: findings.filter(({ about }) => about?.row === defense && about.source === "measured")
        .toSorted((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity]),
    }];
  });
}

/** The strongest first; of equals the one that reads clean images better. What was not attacked comes last. */
export function ranked(entries: readonly Entry[]): Entry[] {
  const key = ({ worst, clean }: Entry) => [worst?.accuracy ?? -1, clean?.accuracy ?? -1] as const;
  return entries.toSorted((a, b) => key(b)[0] - key(a)[0] || key(b)[1] - key(a)[1]);
}

/** The columns beside the clean accuracy and the worst case, in the result's order; those without a number are left out. */
export function attacksOf({ columns, rows }: Result): string[] {
  const isMeasured = (column: string) => Object.values(rows).some((row) => isNumber(shareOf(row[column])));
  return columns.filter((column) => !CLEAN.includes(column) && column !== WORST && isMeasured(column));
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** A cell with a number, which scripts sort by. */
function numberCell(share: number | undefined, title = ""): string {
  if (share === undefined) return `<td class=quiet>–</td>`;
  return `<td data-key="${share}"${title ? ` title="${escape(title)}"` : ""}>${percent(share)}</td>`;
}

function attackCell(cell: Cell | undefined): string {
  const share = shareOf(cell);
  if (cell === undefined || !isNumber(share)) return numberCell(undefined);
  const { interval, n } = cell;
  const range = interval ? `95 % interval ${percent(interval[0])} to ${percent(interval[1])}, ` : "";
  return numberCell(share, `${range}n = ${n}`);
}

function findingCell(findings: readonly Finding[]): string {
  const [first] = findings;
  if (first === undefined) return `<td class=finding data-key=9><span class=quiet>none</span></td>`;
  const all = findings.map(({ severity, message, remedy }) =>
    `<li><b class="severity ${severity}">${severity}</b> ${escape(message)}${
      remedy ? ` <span class=quiet>${escape(remedy)}</span>` : ""
    }</li>`
  );
  const more = findings.length > 1 ? ` and ${findings.length - 1} more` : "";
  return `<td class=finding data-key=${
    GRAVITY[first.severity]
  }><details><summary><b class="severity ${first.severity}">${first.severity}</b>${more}</summary><ul>${
    all.join("")
  }</ul></details></td>`;
}

const head = (name: string, sort: string, title = ""): string =>
  `<th scope=col aria-sort=${sort}${title ? ` title="${escape(title)}"` : ""}><button type=button>${
    escape(name)
  }</button></th>`;

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** The table of one result. */
function tableOf(name: string, result: Result): string {
  const attacks = attacksOf(result);
  const rows = ranked(entriesOf(result)).map((entry, i) => {
    const { defense, clean, worst, reported, cells, findings } = entry;
    const isSerious = findings.some(({ severity }) => severity === "serious");
    return `<tr${isSerious ? " class=doubted" : ""}><td data-key=${i + 1}>${i + 1}</td>
<th scope=row data-key="${escape(defense)}">${escape(defense)}</th>
${numberCell(worst?.accuracy, worst ? `by ${worst.by}` : "")}${attackCell(clean)}${numberCell(reported)}${
      findingCell(findings)
    }${attacks.map((attack) => attackCell(cells[attack])).join("")}</tr>`;
  });
  return `<div class=scroll tabindex=0 role=region aria-label="${escape(name)}"><table class=leaderboard>
<thead><tr>${head("#", "ascending")}${head("Defense", "none")}${
    head("Worst case", "none", "What is left after all attacks together, or after the best of them")
  }${head("Clean", "none")}${
    head("Reported", "none", "The least accuracy under attack that the paper reports")
  }${head("Finding", "none")}${attacks.map((attack) => head(attack, "none")).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

/**
 * Writes the leaderboard into the site's folder.
 *
 * @param site The site's folder.
 */
export async function writeLeaderboard(site: string): Promise<void> {
  const results = measuredResults().map(({ found }) => found).filter((found): found is Result =>
    "rows" in found
  );
  const sections = results.map((result) => {
    const { experiment, profile, dataset, caption, rows, part, notes = [] } = result;
    const n = Math.max(
      ...Object.values(rows).flatMap((cells) => Object.values(cells)).map(({ n }) => n ?? 0),
    );
    const name = `${capital(titleOf(dataset))}: ${caption}`,
      of = `${experiment.replace(/^table/, "Table ")}, profile ${profile}, ${n} test images`;
    const told = [
      ...(part === undefined ? [] : [`Only a part: ${part}. Attacks that are left out may leave less.`]),
      ...notes,
    ];
    return `<h2>${escape(name)}</h2>
<p class=hint><a href="results.html#${experiment}-${profile}-${dataset}">${escape(of)}</a>. ${
      escape(told.join(" "))
    }</p>
${tableOf(name, result)}`;
  });
  const main = `<h1>Leaderboard</h1>
<p class=lead>Every defense that was measured, by what all attacks together leave of it. Numbers are percent of test images.</p>
<p>A finding says that a number can't be what it looks like. A defense whose gradient is zero is not strong: it hides from
attacks by gradients. Such rows are pale, wherever they rank. Each table is one data set and one threat model; numbers of different
tables can't be compared. A click on a
head sorts. The <a href="results.html">tables and figures</a> say how each number was measured.</p>
${sections.join("\n")}`;
  await Deno.writeTextFile(
    join(site, "leaderboard.html"),
    framed({
      path: "leaderboard.html",
      title: "Leaderboard",
      summary: "All measured defenses against adversarial attacks, ranked by what the worst case leaves.",
      main,
    }),
  );
}
