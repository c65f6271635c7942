/** How the checks say what they compared. */
import type { Evidence } from "../evidence.ts";
import type { Finding } from "./finding.ts";

/** What most findings mean. */
export const MASKED = "The gradient is likely to be masked. ";

/** A share in percent with one decimal; 86.05% is 86.1%. */
export function inPercent(share: number): string {
  return `${(Math.round(share * 1000 + 1e-6) / 10).toFixed(1)}%`;
}

/** `a, b and c`. */
export function joinedWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** The subject of a message: `Our method (Qs = 10), as the paper reports it`. */
export function subjectOf({ row, source, quoted }: Evidence): string {
  if (source === "measured") return row;
  return `${row}, as the paper ${quoted ? "quotes" : "reports"} it`;
}

/** The column, with its table where the numbers of several are compared. */
export function columnName({ name, column, table }: Evidence, others: readonly Evidence[]): string {
  const head = name ?? column, tables = new Set(others.map(({ table }) => table));
  return tables.size > 1 && table !== undefined ? `${head} (${table.replace("table", "Table ")})` : head;
}

/** `PGD and BIM`; places on a curve, `iterations = 10 and 20`. */
export function columnNames(numbers: readonly Evidence[]): string {
  const axes = new Set(numbers.map(({ name, column }) => name?.replace(` = ${column}`, "")));
  const [axis] = axes;
  if (axes.size > 1 || axis === undefined || numbers.some(({ name }) => name === axis)) {
    return joinedWords(numbers.map(({ name, column }) => name ?? column));
  }
  return `${axis} = ${joinedWords(numbers.map(({ column }) => column))}`;
}

/** `86.1% under PGD and 86.4% under BIM`. */
export function withAccuracy(numbers: readonly Evidence[], all: readonly Evidence[]): string {
  return joinedWords(
    numbers.map((number) => `${inPercent(number.accuracy)} under ${columnName(number, all)}`),
  );
}

/** In numbers that the paper quotes from others, a finding is only good to know. */
export function severity(
  numbers: readonly Evidence[],
  measured: "warning" | "serious",
): Finding["severity"] {
  return numbers.some(({ quoted }) => quoted) ? "note" : measured;
}

/** The radius of a number's ball. */
export function radius({ attack }: Evidence): string {
  return lengthText(attack!.ball!.epsilon);
}

/** 8/255 as 8/255, other radii as they are. */
export function lengthText(epsilon: number): string {
  const levels = Math.round(255 * epsilon);
  return Math.abs(255 * epsilon - levels) < 1e-6 && !Number.isInteger(epsilon)
    ? `${levels}/255`
    : `${Number(epsilon.toPrecision(3))}`;
}
