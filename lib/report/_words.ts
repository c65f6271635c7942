import type {
  Cell,
  FigureResult,
  Finding,
  FindingSubject,
  LikenessResult,
  Result,
} from "../evaluation/mod.ts";
import type { Found } from "./found.ts";

/** A figure as a table: a row a curve, a column a place on the horizontal axis. */
function asTable(result: FigureResult): Result {
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

/** A table, or a figure's panel as one. */
export interface FoundTable {
  /** Named after its panel: `figure4-right`. */
  readonly table: Result;
  /** What the column heads are, where they don't say it themselves. */
  readonly corner: string;
  /** The columns' heads as they are said: 0.0313726. */
  readonly heads: readonly string[];
  /** What stands above a panel; empty where there is one table only. */
  readonly caption: string;
}

/** What an experiment has found as tables: one for each panel. */
export function tablesOf(found: Found): FoundTable[] {
  if ("rows" in found) return [{ table: found, corner: "", heads: found.columns, caption: "" }];
  if ("series" in found) return [figureTable(found, "")];
  const { panels, ...head } = found;
  return Object.entries(panels).map(([place, { x, series, caption }]) =>
    figureTable({ ...head, experiment: `${head.experiment}-${place}`, x, series }, caption)
  );
}

function figureTable(figure: FigureResult, caption: string): FoundTable {
  const table = asTable(figure),
    heads = table.columns.map((column) => String(Number(Number(column).toPrecision(6))));
  return { table, corner: figure.x, heads, caption };
}

function cellsOf(tables: readonly FoundTable[]): Cell[] {
  return tables.flatMap(({ table }) => Object.values(table.rows)).flatMap((row) => Object.values(row));
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

/** `n = 500, seeds 1, 2`; empty where neither is known. */
export function countInWords({ n, seeds }: Cell): string {
  return [
    n === undefined ? "" : `n = ${n}`,
    seeds?.length ? `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}` : "",
  ].filter(Boolean).join(", ");
}

/** `Gradient calls: 10 an image, took 12.3 s`; empty where neither is known. */
export function spent({ gradientCalls, seconds }: Cell): string {
  const time = seconds === undefined ? "" : `ook ${seconds.toFixed(1)} s`;
  if (gradientCalls === undefined) return time && `T${time}`;
  const calls = `Gradient calls: ${Number(gradientCalls.toPrecision(6))} an image`;
  return time ? `${calls}; t${time}` : calls;
}

/** Whether nothing in a row has been measured. */
export function isUnmeasured(row: Readonly<Record<string, Cell>>): boolean {
  return Object.values(row).every(({ accuracy }) => accuracy === null);
}

/** What the cells' notation means, as far as these tables use it. */
export function legend(tables: readonly FoundTable[]): string {
  const cells = cellsOf(tables);
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
export function circumstances(result: Found | LikenessResult): string[] {
  const cells: readonly Pick<Cell, "accuracy" | "n" | "seeds">[] = "attacks" in result
    ? [{ accuracy: 1, n: result.n }]
    : cellsOf(tablesOf(result));
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
  /**
   * The footnotes of a cell; or of a whole row or column, where the other name is left out. A panel's have its table's
   * name, `figure4-right`.
   */
  readonly at: (row: string | undefined, column: string | undefined, table?: string) => readonly Footnote[];
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
    at: (row, column, table = experiment) =>
      all.filter(({ places }) =>
        places.some((place) =>
          (place.table ?? table) === table && place.row === row && place.column === column
        )
      ),
  };
}

/** Where a footnote belongs, in words: `GCLN, q = 10: PGD, BIM`. Empty where its own words begin with the row. */
export function placesInWords({ places, finding }: Footnote): string {
  if (places.every(({ row }) => row !== undefined && finding.message.startsWith(row))) return "";
  const rows = Map.groupBy(places, ({ row = "", table = "" }) => {
    const panel = /^figure\d+-(.+)$/.exec(table)?.[1];
    return panel === undefined ? row : row ? `${row} (${panel})` : panel;
  });
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
