/**
 * Numbers in the text of a notebook, bound to what they speak of.
 *
 * A comment follows the number and its unit; readers don't see it:
 *
 *     93 %<!-- who-code: oblivious | right, % -->           a table that a cell shows: its row and its column
 *     63 %<!-- numbers: Iterations | Our method | 10 -->    one of several tables: the line above it, row and column
 *     60 %<!-- defended: #% of 30 images are left -->       a sentence that a cell shows; # is the number
 *     86.05 %<!-- paper: table1 | Our method (Qs = 10) | PGD -->
 *     6 points<!-- paper: table2 | A | Accuracy minus paper: table2 | B | Accuracy -->
 *     95 %<!-- given: the usual level of an interval -->    what neither the paper nor an output can show: keep it rare
 *
 * Several numbers with one unit ("51 and 53 %") have their comments one after the other, behind the unit. A number
 * without a unit may have a comment as well: "a distance of 0.70<!-- numbers: attacked | distance -->".
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
const UNIT = String.raw`(?:\s*%|\s+points?\b|\s+of\s+100\b(?:\s\w+)?)`;
const COMMENT = "<!--.*?-->";
// "at q = 10, 93 %" and "on CIFAR-10 and 93 %" are no lists: their 10 is no share.
const ITEM = String.raw`(?<![-/.\w]|=\s)${NUMBER}(?:,?\s+(?:and|or|to|→)\s+|,\s+)`;
const LIST = `((?:${ITEM})*${NUMBER})${UNIT}((?:${COMMENT})*)`;
const QUOTED = new RegExp(`${LIST}|(${NUMBER})(${COMMENT})`, "gs");

/** Every percentage, every "so many of 100" or "points", and every other number with a comment, in a text. */
export function quotedIn(text: string): Quoted[] {
  return [...withoutCode(text).matchAll(QUOTED)].flatMap(([, list, comments, alone, comment]) => {
    const sources = commentsIn(comments ?? comment ?? "");
    return [...(list ?? alone ?? "").matchAll(new RegExp(NUMBER, "g"))].map(([number], i) =>
      sources[i] === undefined ? { number } : { number, source: sources[i] }
    );
  });
}

/** What every comment of a text says, whether or not a number stands before it. */
export function commentsIn(text: string): string[] {
  return [...withoutCode(text).matchAll(/<!--(.*?)-->/gs)].map(([, says]) => oneLine(says!));
}

function withoutCode(text: string): string {
  return text.replace(/```.*?```|`[^`]*`/gs, "");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A table that a cell shows. */
interface ShownTable {
  /** The line above it, without Markdown's marks. */
  readonly title: string;
  /** The heads of the columns, then the rows. */
  readonly rows: readonly (readonly string[])[];
}

function tablesIn(text: string): ShownTable[] {
  const bare = (cell: string) => cell.replace(/\*|[⁰¹²³⁴-⁹]|\(not measured yet\)/g, "").trim();
  const tables: ShownTable[] = [];
  for (const [, title = "", table] of text.matchAll(/(?:(.*)\n\s*\n|^)((?:^\|.*(?:\n|$)){3,})/gm)) {
    const lines = table!.trimEnd().split("\n").filter((_, i) => i !== 1);
    tables.push({ title: bare(title), rows: lines.map((line) => line.split("|").slice(1, -1).map(bare)) });
  }
  return tables;
}

/** Everything that a cell has shown as text. */
export function shownBy({ outputs = [] }: NotebookCell): string {
  return outputs.flatMap(({ text, data }) => [text, data?.["text/markdown"] ?? data?.["text/plain"]])
    .map((lines) => plain(joined((lines ?? "") as string))).join("\n");
}

/**
 * The number that a source names.
 *
 * @throws {Error} When the source names no number, or more than one.
 */
export function numberOf(source: string, cells: readonly NotebookCell[]): string {
  const [whole, ...parts] = source.split(" minus ");
  if (parts.length > 0) {
    return `${
      parts.reduce((rest, part) => rest - Number(numberOf(part, cells)), Number(numberOf(whole!, cells)))
    }`;
  }
  const [, name, place] = /^([^:]*)(?:: (.*))?$/.exec(source)!;
  if (place === undefined) throw new Error(`${source} does not say which of its numbers is meant`);
  const heads = place.split("|").map((head) => head.trim());
  if (name === "paper") return printed(heads);
  const cell = cells.find(({ id }) => id === name);
  if (cell === undefined) throw new Error(`No cell is called ${name}`);
  const found = place.includes("#") ? inSentence(place, shownBy(cell)) : inTable(heads, shownBy(cell));
  if (found.length !== 1) throw new Error(`${name} shows ${place} ${found.length} times instead of once`);
  return found[0]!;
}

function inSentence(sentence: string, text: string): string[] {
  const pattern = sentence.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace("#", `(?<![\\d.])(${NUMBER})`);
  return [...oneLine(text).matchAll(new RegExp(pattern, "g"))].map(([, number]) => number!);
}

function inTable(heads: readonly string[], text: string): string[] {
  const [column, row, title = ""] = heads.toReversed();
  return tablesIn(text).filter((table) => table.title.startsWith(title)).flatMap(
    ({ rows: [top, ...rows] }) => {
      const place = top!.indexOf(column!);
      return rows.filter(([head]) => place >= 0 && head === row).map((cells) => cells[place] ?? "");
    },
  ).flatMap((value) => new RegExp(NUMBER).exec(withoutReported(value))?.[0] ?? []);
}

/** A cell without what the paper reports, which stands in parentheses: that is bound to the paper itself. */
function withoutReported(value: string): string {
  return value.replace(/\(.*?\)/g, "");
}

function printed([table, row, column]: readonly string[]): string {
  if (!tableNames.includes(table as TableName)) throw new Error(`The paper has no ${table}`);
  const value = reported(table as TableName).rows[row!]?.values[column!];
  if (value === undefined || value === null) throw new Error(`${table} prints nothing for ${row}, ${column}`);
  return `${100 * value}`;
}

/** Whether a number is another one, rounded to as many digits as it is written with. */
export function isRounded(number: string, exact: string): boolean {
  const digits = number.split(".")[1]?.length ?? 0;
  return Math.abs(Number(number) - Number(exact)) <= 0.5 * 10 ** -digits + 1e-9;
}
