import type { Finding, FindingSubject, Result } from "../evaluation/mod.ts";

/** What is said of some rows. */
export interface Message {
  /** The rows; none where the text does not begin with them. */
  readonly rows: readonly string[];
  /** What stands between them and the text: `, as the paper reports it`. */
  readonly by: string;
  /** What was seen. */
  readonly text: string;
}

/** What several findings say alike, with its number under the table. */
export interface Footnote {
  readonly number: number;
  readonly severity: Finding["severity"];
  /** Whether it is about the measured or about the reported numbers. */
  readonly source: "measured" | "reported";
  /** What was seen: once where it is the same of all, else one sentence a row. */
  readonly messages: readonly Message[];
  /** What to do. */
  readonly remedy: string;
  /** The cells, rows and columns that it is about. */
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

/** Severities, the most serious first. */
export const SEVERITIES: readonly Finding["severity"][] = ["serious", "warning", "note"];

function sourceOf(finding: Finding): "measured" | "reported" {
  return finding.about?.source ?? "measured";
}

/**
 * Numbers the findings of a result. Findings about the measured numbers come first, and in each group the most serious
 * ones. Findings that advise the same become one footnote: they say the same of several rows.
 */
export function footnotes({ experiment, findings }: Pick<Result, "experiment" | "findings">): Footnotes {
  const sorted = [...findings].sort((a, b) =>
    sourceOf(a).localeCompare(sourceOf(b)) || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  );
  const groups = Map.groupBy(sorted, (f) => JSON.stringify([sourceOf(f), f.severity, f.remedy]));
  const all = [...groups.values()].map((group, i): Footnote => ({
    number: i + 1,
    severity: group[0]!.severity,
    source: sourceOf(group[0]!),
    messages: messagesOf(group),
    remedy: group[0]!.remedy,
    subjects: group.flatMap(({ about }) =>
      about?.row === undefined && about?.column === undefined ? [] : [about]
    ),
  }));
  return {
    measured: all.filter(({ source }) => source === "measured"),
    reported: all.filter(({ source }) => source === "reported"),
    at: (row, column, table = experiment) =>
      all.filter(({ subjects }) =>
        subjects.some((subject) =>
          (subject.table ?? table) === table && subject.row === row && subject.column === column
        )
      ),
  };
}

/** Messages, those that differ in the row's name alone put together: `A and B: the gradient is zero`. */
function messagesOf(group: readonly Finding[]): Message[] {
  const said = group.map(({ message, about }): Message => {
    const row = about?.row, whole = { rows: [], by: "", text: message };
    if (row === undefined || !message.startsWith(row)) return whole;
    const [, by, text] = /^((?:, as the paper [^:]*)?): (.*)$/s.exec(message.slice(row.length)) ?? [];
    return text === undefined ? whole : { rows: [row], by: by!, text };
  });
  return [...Map.groupBy(said, ({ by, text }) => JSON.stringify([by, text])).values()].map((alike) => ({
    ...alike[0]!,
    rows: [...new Set(alike.flatMap(({ rows }) => rows))],
  }));
}

/** A message with its rows: `A and B, as the paper reports it: the gradient is zero`. */
export function messageText({ rows, by, text }: Message): string {
  return rows.length === 0 ? text : `${listed(rows)}${by}: ${text}`;
}

/** `A`, `A and B`, `A, B and C`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** What a footnote is about: `GCLN, q = 10: PGD, BIM`. Empty where its messages begin with the rows' names. */
export function subjectsText({ subjects, messages }: Footnote): string {
  const named = messages.flatMap(({ rows }) => rows);
  if (subjects.every(({ row }) => row !== undefined && named.includes(row))) return "";
  const rows = Map.groupBy(subjects, ({ row = "", table = "" }) => {
    const panel = /^figure\d+-(.+)$/.exec(table)?.[1];
    return panel === undefined ? row : row ? `${row} (${panel})` : panel;
  });
  return [...rows].map(([row, list]) => {
    const columns = list.flatMap(({ column }) => column === undefined ? [] : [column]).join(", ");
    return row && columns ? `${row}: ${columns}` : row || columns;
  }).join("; ");
}

/** How many findings of each severity there are: `3 serious, 1 warning`. Footnotes count, not the rows they are about. */
export function severityTally(notes: readonly Footnote[]): string {
  return SEVERITIES.flatMap((severity) => {
    const count = notes.filter((note) => note.severity === severity).length;
    const plural = severity === "serious" || count === 1 ? "" : "s";
    return count === 0 ? [] : [`${count} ${severity}${plural}`];
  }).join(", ");
}
