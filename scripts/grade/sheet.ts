import type { Grade } from "./grade.ts";

/** The number of right answers of a hand-in. */
export function scoreOf({ results }: Grade): number {
  return Object.values(results).filter((result) => result === "right").length;
}

/**
 * Grades as CSV, one line for each hand-in: student, notebook, each exercise, score, number of exercises, remarks.
 *
 * An exercise that does not belong to a notebook is an empty field.
 */
export function toCsv(grades: readonly Grade[]): string {
  const numbers = numbersIn(grades);
  const rows = grades.map((grade) => [
    grade.student,
    grade.notebook,
    ...numbers.map((number) => grade.results[number] ?? ""),
    `${scoreOf(grade)}`,
    `${Object.keys(grade.results).length}`,
    grade.remarks.join("; "),
    grade.file,
  ]);
  const heads = ["student", "notebook", ...numbers, "score", "of", "remarks", "file"];
  return [heads, ...rows].map((row) => row.map(field).join(",") + "\r\n").join("");
}

/** One field. A text that a spreadsheet would take for a formula gets an apostrophe. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The exercises of all hand-ins in order: 2.1 before 10.1. */
export function numbersIn(grades: readonly Grade[]): string[] {
  const numbers = [...new Set(grades.flatMap(({ results }) => Object.keys(results)))];
  return numbers.toSorted(new Intl.Collator("en", { numeric: true }).compare);
}

/** What a teacher wants to see at the end: how each exercise went, how many hand-ins are fine, and which need a look. */
export function summary(grades: readonly Grade[]): string {
  const numbers = numbersIn(grades), width = Math.max(...numbers.map((number) => number.length), 8);
  const count = (number: string, wanted: string) =>
    grades.filter(({ results }) => results[number] === wanted).length;
  const heads = ["right", "wrong", "not answered"];
  const table = [
    ["exercise".padEnd(width), ...heads].join("  "),
    ...numbers.map((number) =>
      [number.padEnd(width), ...heads.map((head) => `${count(number, head)}`.padStart(head.length))].join(
        "  ",
      )
    ),
  ];
  const look = grades.filter(({ remarks }) => remarks.length > 0);
  return [
    ...(numbers.length > 0 ? [...table, ""] : []),
    `${grades.length} hand-ins of ${
      new Set(grades.map(({ student }) => student)).size
    } students; ${look.length} with remarks`,
    ...look.flatMap((
      { student, notebook, remarks },
    ) => [`  ${student}, ${notebook}:`, ...remarks.map((remark) => `    ${remark}`)]),
  ].join("\n");
}
