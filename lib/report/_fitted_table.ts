/** A cell of a table for a terminal. */
export interface FittedCell {
  /** The number above: `84.2`. */
  readonly upper: string;
  /** What follows it: footnote marks. */
  readonly marks: string;
  /** The number below, in parentheses: `(86.1†)`; empty where there is none. */
  readonly lower: string;
}

/** A table for a terminal. */
export interface FittedTable {
  /** The head above the rows' heads. */
  readonly corner: string;
  /** The columns' heads. */
  readonly heads: readonly string[];
  /** The rows' heads and cells. */
  readonly rows: readonly (readonly [head: string, cells: readonly FittedCell[]])[];
}

const GAP = "  ", LEAST_NAME = 16, NAME_SHARE = 0.3;

/** A table as lines, and the heads of the columns that did not fit. */
export interface TableFit {
  readonly lines: readonly string[];
  readonly rest: readonly string[];
}

/**
 * A table as lines of at most `width` letters. Where it fits, both numbers of a cell stand side by side, else one below the
 * other. Columns that are still too many are left out, or continued below with the rows' heads again.
 */
export function fittedTable(table: FittedTable, width: number, tooMany: "left out" | "below"): TableFit {
  const longest = Math.max(length(table.corner), ...table.rows.map(([head]) => length(head)));
  const flat = { ...table, rows: table.rows.map(([head, cells]) => [head, cells.map(besides)] as const) };
  const room = (columns: readonly Column[]) => columns.reduce((sum, { size }) => sum + GAP.length + size, 0);
  const wide = columnsOf(flat);
  if (longest + room(wide) <= width) {
    return { lines: block(flat, wide, longest), rest: [] };
  }
  const name = Math.min(longest, Math.max(LEAST_NAME, Math.floor(NAME_SHARE * width)));
  const blocks: Column[][] = [];
  for (const column of columnsOf(table)) {
    const last = blocks.at(-1);
    if (last !== undefined && name + room([...last, column]) <= width) last.push(column);
    else blocks.push([column]);
  }
  const shown = tooMany === "below" ? blocks : blocks.slice(0, 1);
  return {
    lines: shown.flatMap((columns, i) => [...i === 0 ? [] : [""], ...block(table, columns, name)]),
    rest: blocks.slice(shown.length).flat().map(({ at }) => table.heads[at]!),
  };
}

/** A cell with both numbers in one line. */
function besides({ upper, marks, lower }: FittedCell): FittedCell {
  return { upper, marks: lower === "" ? marks : `${marks} ${lower}`, lower: "" };
}

interface Column {
  readonly at: number;
  readonly head: readonly string[];
  /** The letters before, in and after the number. */
  readonly before: number;
  readonly number: number;
  readonly after: number;
  readonly size: number;
}

function columnsOf({ heads, rows }: FittedTable): Column[] {
  return heads.map((head, at) => {
    const parts = rows.flatMap(([, cells]) => linesOf(cells[at]!).map(split));
    const most = (part: "before" | "number" | "after") => Math.max(0, ...parts.map((p) => length(p[part])));
    const before = most("before"),
      number = most("number"),
      after = most("after"),
      cells = before + number + after;
    const size = Math.max(cells, ...head.split(" ").map(length));
    return { at, head: folded(head, size), before, number, after, size };
  });
}

function linesOf({ upper, marks, lower }: FittedCell): string[] {
  return lower === "" ? [upper + marks] : [upper + marks, lower];
}

/** The parts of `(86.1†²)`: the parenthesis, the number, and what follows. */
function split(text: string): { readonly before: string; readonly number: string; readonly after: string } {
  const [, before = "", number = "", after = ""] = /^(\(?)([\d.-]*)(.*)$/su.exec(text)!;
  return { before, number, after };
}

function block({ corner, rows }: FittedTable, columns: readonly Column[], name: number): string[] {
  const height = Math.max(1, ...columns.map(({ head }) => head.length));
  const head = Array.from({ length: height }, (_, i) => {
    const words = columns.map(({ head, size }) => (head[i - height + head.length] ?? "").padStart(size));
    return [(i === height - 1 ? corner : "").padEnd(name), ...words].join(GAP).trimEnd();
  });
  const total = name + columns.reduce((sum, { size }) => sum + GAP.length + size, 0);
  return [
    ...head,
    "─".repeat(total),
    ...rows.flatMap(([text, cells]) => {
      const names = folded(text, name), lines = columns.map(({ at }) => linesOf(cells[at]!));
      return Array.from(
        { length: Math.max(names.length, ...lines.map((l) => l.length)) },
        (_, i) =>
          [(names[i] ?? "").padEnd(name), ...columns.map((column, k) => aligned(lines[k]![i] ?? "", column))]
            .join(GAP).trimEnd(),
      );
    }),
  ];
}

function aligned(text: string, { before, number, after, size }: Column): string {
  const parts = split(text);
  const cell = parts.before.padStart(before) + parts.number.padStart(number) + parts.after.padEnd(after);
  // The parenthesis stands right before its number.
  const joined = parts.before && parts.number.length < number
    ? " ".repeat(before - 1 + number - parts.number.length) + parts.before + parts.number +
      parts.after.padEnd(after)
    : cell;
  return joined.padStart(size);
}

/** Breaks a text at spaces into lines of at most `width` letters; a longer word is cut. */
export function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  for (let word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && length(longer) <= width) {
      lines[lines.length - 1] = longer;
      continue;
    }
    while (length(word) > width) {
      lines.push([...word].slice(0, width).join(""));
      word = [...word].slice(width).join("");
    }
    lines.push(word);
  }
  return lines;
}

function length(text: string): number {
  return [...text].length;
}
