/**
 * Numbers in the text of a notebook, bound to what they speak of.
 *
 * A comment follows the number and its unit; readers don't see it:
 *
 *     93 %<!-- who-code: oblivious | right, % -->      a table that a cell shows, its row and its column
 *     97 of 100<!-- classifier-code -->                 a number that a cell shows in a sentence
 *     86.05 %<!-- paper: table1 | Our method (Qs = 10) | PGD -->
 *
 * Several numbers with one unit ("51 and 53 %") have their comments one after the other, behind the unit.
 */
import { reported, type TableName, tableNames } from "@gcln/kit/evaluation";
import { joined, type NotebookCell, plain } from "../../scripts/notebooks/notebook_file.ts";

/** A number in a sentence, and what it is bound to. */
export interface Quoted {
  /** As it is written. */
  readonly number: string;
  /** What the comment says; absent where there is none. */
  readonly source?: string;
}

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const UNIT = String.raw`(?:\s?%|\sof\s100(?:\s\w+)?)`;
const LIST = new RegExp(
  `((?:${NUMBER},?\\s(?:and|or|to|→)\\s|${NUMBER},\\s)*${NUMBER})${UNIT}((?:<!--.*?-->)*)`,
  "gs",
);

/** Every percentage, and every "so many of 100", in a text. */
export function quotedIn(text: string): Quoted[] {
  const prose = text.replace(/```.*?```|`[^`]*`/gs, "");
  return [...prose.matchAll(LIST)].flatMap(([, numbers = "", comments = ""]) => {
    const sources = [...comments.matchAll(/<!--\s*(.*?)\s*-->/gs)].map(([, source]) =>
      source!.replace(/\s+/g, " ")
    );
    return [...numbers.matchAll(new RegExp(NUMBER, "g"))].map(([number], i) =>
      sources[i] === undefined ? { number } : { number, source: sources[i] }
    );
  });
}

/** A table as rows of cells, without Markdown's marks. */
function tablesIn(text: string): string[][][] {
  const bare = (cell: string) => cell.replace(/\*|[⁰¹²³⁴-⁹]|\(not measured yet\)/g, "").trim();
  return text.split(/\n(?!\|)/).map((block) => block.split("\n").filter((line) => line.startsWith("|")))
    .filter((lines) => lines.length > 2)
    .map((lines) => lines.filter((_, i) => i !== 1).map((line) => line.split("|").slice(1, -1).map(bare)));
}

/** Everything that a cell has shown as text. */
export function shownBy({ outputs = [] }: NotebookCell): string {
  return outputs.flatMap(({ text, data }) => [text, data?.["text/markdown"] ?? data?.["text/plain"]])
    .map((lines) => plain(joined((lines ?? "") as string))).join("\n");
}

/** The numbers that a source gives; several where a cell shows several tables or sentences. */
export function numbersOf(source: string, cells: readonly NotebookCell[]): string[] {
  const colon = source.indexOf(":"), name = colon < 0 ? source : source.slice(0, colon);
  const heads = colon < 0 ? [] : source.slice(colon + 1).split("|").map((head) => head.trim());
  if (name === "paper") return printed(heads);
  const cell = cells.find(({ id }) => id === name);
  if (cell === undefined) throw new Error(`No cell is called ${name}`);
  const text = shownBy(cell);
  if (heads.length === 0) return text.match(/\d+(\.\d+)?/g) ?? [];
  const [row, column] = heads;
  const found = tablesIn(text).flatMap(([top, ...rows]) => {
    const place = top!.indexOf(column!);
    return place < 0 ? [] : rows.filter(([head]) => head === row).map((cells) => cells[place] ?? "");
  });
  if (found.length === 0) {
    throw new Error(`${name} shows no table with the row ${row} and the column ${column}`);
  }
  return found.flatMap((value) => /\d+(\.\d+)?/.exec(value)?.[0] ?? []);
}

function printed([table, row, column]: readonly string[]): string[] {
  if (!tableNames.includes(table as TableName)) throw new Error(`The paper has no ${table}`);
  const value = reported(table as TableName).rows[row!]?.values[column!];
  if (value === undefined || value === null) throw new Error(`${table} prints nothing for ${row}, ${column}`);
  return [`${100 * value}`];
}

/** Whether a number is another one, rounded to as many digits as it is written with. */
export function isRounded(number: string, exact: string): boolean {
  const digits = number.split(".")[1]?.length ?? 0;
  return Math.abs(Number(number) - Number(exact)) <= 0.5 * 10 ** -digits + 1e-9;
}
