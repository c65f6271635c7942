import type { Finding, FindingSubject, Result } from "../evaluation/mod.ts";

/** A finding with its number under the table, and all cells, rows and columns that it is about. */
export interface Footnote {
  readonly number: number;
  readonly finding: Finding;
  readonly subjects: readonly FindingSubject[];
}

/** Footnotes in the order of their numbers. */
export interface Footnotes {
  readonly measured: readonly Footnote[];
  readonly reported: readonly Footnote[];
  /**
   * The footnotes of a cell; of a whole row or column where the other name is undefined. `table` names the table of a
   * panel: `figure4-right`.
   */
  readonly at: (row: string | undefined, column: string | undefined, table?: string) => readonly Footnote[];
}

const SEVERITIES: readonly Finding["severity"][] = ["serious", "warning", "note"];

/** Whether a finding is about the measured or about the reported numbers. */
export function sourceOf(finding: Finding): "measured" | "reported" {
  return finding.about?.source ?? "measured";
}

/**
 * Numbers the findings of a result. Findings about the measured numbers come first, and in each group the most serious
 * ones. Findings with the same text become one footnote, which has the subjects of all of them.
 */
export function footnotes({ experiment, findings }: Pick<Result, "experiment" | "findings">): Footnotes {
  const sorted = [...findings].sort((a, b) =>
    sourceOf(a).localeCompare(sourceOf(b)) || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  );
  const groups = Map.groupBy(sorted, (f) => JSON.stringify([sourceOf(f), f.severity, f.message, f.remedy]));
  const all = [...groups.values()].map((group, i): Footnote => ({
    number: i + 1,
    finding: group[0]!,
    subjects: group.flatMap(({ about }) =>
      about?.row === undefined && about?.column === undefined ? [] : [about]
    ),
  }));
  return {
    measured: all.filter(({ finding }) => sourceOf(finding) === "measured"),
    reported: all.filter(({ finding }) => sourceOf(finding) === "reported"),
    at: (row, column, table = experiment) =>
      all.filter(({ subjects }) =>
        subjects.some((subject) =>
          (subject.table ?? table) === table && subject.row === row && subject.column === column
        )
      ),
  };
}

/** What a footnote is about: `GCLN, q = 10: PGD, BIM`. Empty where the finding's message begins with the row's name. */
export function subjectsText({ subjects, finding }: Footnote): string {
  if (subjects.every(({ row }) => row !== undefined && finding.message.startsWith(row))) return "";
  const rows = Map.groupBy(subjects, ({ row = "", table = "" }) => {
    const panel = /^figure\d+-(.+)$/.exec(table)?.[1];
    return panel === undefined ? row : row ? `${row} (${panel})` : panel;
  });
  return [...rows].map(([row, list]) => {
    const columns = list.flatMap(({ column }) => column === undefined ? [] : [column]).join(", ");
    return row && columns ? `${row}: ${columns}` : row || columns;
  }).join("; ");
}
