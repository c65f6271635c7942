import type { Cell, FigureResult, Finding, FindingSubject, Result } from "../evaluation/mod.ts";

/** A figure as a table: a row a curve, a column a place on the horizontal axis. A table is what it is. */
export function asTable(result: Result | FigureResult): Result {
  if ("rows" in result) return result;
  const { series, x: _, ...head } = result, points = Object.entries(series);
  const places = new Set(points.flatMap(([, curve]) => curve.map(({ x }) => x)));
  return {
    ...head,
    columns: [...places].sort((a, b) => a - b).map(String),
    rows: Object.fromEntries(
      points.map(([name, curve]) => [name, Object.fromEntries(curve.map((p) => [`${p.x}`, p]))]),
    ),
  };
}

/** What the column heads are, where they don't say it themselves. */
export function corner(result: Result | FigureResult): string {
  return "rows" in result ? "" : result.x;
}

/** A fraction as percent with one decimal; `-` for what there is not. */
export function percent(fraction: number | null): string {
  return fraction === null ? "-" : (100 * fraction).toFixed(1);
}

/** The footnote marks of a cell's two numbers. */
export interface Marks {
  readonly measured: string;
  readonly reported: string;
}

/** A cell as `84.2 (86.1)`: measured, and in parentheses as the paper reports it; `†` where the paper quotes it. */
export function cellText(
  { accuracy, reported, quoted }: Cell,
  marks: Marks = { measured: "", reported: "" },
): string {
  const ours = accuracy === null ? "" : `${percent(accuracy)}${marks.measured}`;
  const theirs = reported === null ? "" : `(${percent(reported)}${quoted ? "†" : ""}${marks.reported})`;
  return `${ours} ${theirs}`.trim() || "-";
}

/** Whether nothing in a row has been measured. */
export function isUnmeasured(row: Readonly<Record<string, Cell>>): boolean {
  return Object.values(row).every(({ accuracy }) => accuracy === null);
}

/** What the cells' notation means, as far as this result uses it. */
export function legend(result: Result): string {
  const cells = Object.values(result.rows).flatMap((row) => Object.values(row));
  const measured = cells.some(({ accuracy }) => accuracy !== null);
  const parts = [
    measured
      ? "Accuracy in percent: measured, in parentheses as the paper reports it"
      : "Nothing is measured yet; in parentheses: accuracy in percent as the paper reports it",
  ];
  if (cells.some(({ quoted, reported }) => quoted && reported !== null)) {
    parts.push("† quoted by the paper from another one");
  }
  parts.push("- no number");
  return `${parts.join("; ")}.`;
}

/** The circumstances of a result, in short phrases: profile, data set, n, seeds, backend, date. */
export function circumstances(result: Result): string[] {
  const cells = Object.values(result.rows).flatMap((row) => Object.values(row));
  const counts = [
    ...new Set(cells.flatMap(({ accuracy, n }) => accuracy === null || n === undefined ? [] : [n])),
  ];
  const seeds = [...new Set(cells.flatMap(({ seeds }) => seeds ?? []))].sort((a, b) => a - b);
  const { backend, date } = result.provenance;
  return [
    `profile ${result.profile}`,
    `data set ${result.dataset}`,
    ...(counts.length === 0 ? [] : [`n = ${range(counts)}`]),
    ...(seeds.length === 0 ? [] : [`${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`]),
    backend,
    ...(date ? [date.slice(0, 10)] : []),
  ];
}

function range(values: readonly number[]): string {
  const low = Math.min(...values), high = Math.max(...values);
  return low === high ? `${low}` : `${low} to ${high}`;
}

/** A finding with the number it has under the table, and all the places it is about. */
export interface Footnote {
  readonly number: number;
  readonly finding: Finding;
  readonly places: readonly FindingSubject[];
}

/** Footnotes in the order of their numbers. */
export interface Footnotes {
  readonly measured: readonly Footnote[];
  readonly reported: readonly Footnote[];
  /** The footnotes of a cell; or of a whole row or column, where the other name is left out. */
  readonly at: (row: string | undefined, column: string | undefined) => readonly Footnote[];
}

const GRAVITY: Readonly<Record<Finding["severity"], number>> = { serious: 0, warning: 1, note: 2 };

/** Whose numbers a finding is about. */
export function source(finding: Finding): "measured" | "reported" {
  return finding.about?.source ?? "measured";
}

/**
 * Numbers a result's findings: those about the measured numbers first, in each group the gravest first. What is said
 * of several cells in the same words is one footnote.
 */
export function footnotes({ experiment, findings }: Pick<Result, "experiment" | "findings">): Footnotes {
  const isHere = ({ table }: FindingSubject) => table === undefined || table === experiment;
  const sorted = [...findings].sort((a, b) =>
    source(a).localeCompare(source(b)) || GRAVITY[a.severity] - GRAVITY[b.severity]
  );
  const groups = Map.groupBy(sorted, (f) => JSON.stringify([source(f), f.severity, f.message, f.remedy]));
  const all = [...groups.values()].map((group, i): Footnote => ({
    number: i + 1,
    finding: group[0]!,
    places: group.flatMap(({ about }) =>
      about?.row === undefined && about?.column === undefined ? [] : [about]
    ),
  }));
  return {
    measured: all.filter(({ finding }) => source(finding) === "measured"),
    reported: all.filter(({ finding }) => source(finding) === "reported"),
    at: (row, column) =>
      all.filter(({ places }) =>
        places.some((place) => isHere(place) && place.row === row && place.column === column)
      ),
  };
}

/** Where a footnote belongs, in words: `GCLN, q = 10: PGD, BIM`. Empty where its own words begin with the row. */
export function placesInWords({ places, finding }: Footnote): string {
  if (places.every(({ row }) => row !== undefined && finding.message.startsWith(row))) return "";
  const rows = Map.groupBy(places, ({ row }) => row ?? "");
  return [...rows].map(([row, list]) => {
    const columns = list.flatMap(({ column }) => column === undefined ? [] : [column]).join(", ");
    return row && columns ? `${row}: ${columns}` : row || columns;
  }).join("; ");
}

/** Where to say what in a caption: `table1` is "Table 1". */
export function title(experiment: string): string {
  const spaced = experiment.replace(/[-_]/g, " ").replace(/(\D)(\d)/, "$1 $2").replace(/ {2,}/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** A setting in words: `attack pgd, ball (norm linf, epsilon 8 / 255), steps 10`. */
export function inWords(value: unknown): string {
  if (typeof value === "number") return numberInWords(value);
  if (Array.isArray(value)) return value.map(inWords).join(", ");
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value).filter(([, v]) => v !== undefined).map(([key, v]) =>
    v !== null && typeof v === "object" ? `${key} (${inWords(v)})` : `${key} ${inWords(v)}`
  ).join(", ");
}

/** Units are visible: 0.03137… is 8 / 255. */
function numberInWords(value: number): string {
  const levels = value * 255;
  const whole = Math.abs(levels - Math.round(levels)) < 1e-6 && !Number.isInteger(value);
  return whole ? `${Math.round(levels)} / 255` : String(Number(value.toPrecision(6)));
}
