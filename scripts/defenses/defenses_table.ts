import type { Defense, PublishedBreak } from "../../lib/defenses/mod.ts";

const NORMS = { linf: "L∞", l2: "L2", l1: "L1" } as const;
const HEADS = ["Defense", "In rows", "Source", "Acts", "Traits", "What others left of it, in percent"];

/** The facts of some defenses as a Markdown table, a line each. Widths are left to the formatter. */
export function defensesTable(defenses: readonly Defense[]): string {
  const lines = [HEADS, HEADS.map(() => "---"), ...defenses.map(cellsOf)];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellsOf({ title, name, source, acts, traits, breaks }: Defense): readonly string[] {
  const cells = [
    title,
    `\`${name}\``,
    source,
    acts.join(", "),
    traits.join(", "),
    breaks.map(inWords).join("; "),
  ];
  return cells.map((cell) => cell.replaceAll("|", "\\|") || "-");
}

/** `9.0 (Athalye et al. 2018: BPDA, cifar10, L∞ 0.031; there a PixelCNN++)`. */
function inWords({ by, attack, on, ball, left, differs, where }: PublishedBreak): string {
  const rows = Object.entries(where ?? {}).map(([setting, value]) => `${setting} ${value}`);
  const circumstances = [
    attack,
    on,
    ...(ball ? [`${NORMS[ball.norm]} ${radius(ball.epsilon)}`] : []),
    ...rows,
  ];
  const apart = differs === undefined ? "" : `; there ${differs}`;
  return `${(100 * left).toFixed(1)} (${by}: ${circumstances.join(", ")}${apart})`;
}

function radius(epsilon: number): string {
  const levels = Math.round(255 * epsilon);
  return epsilon < 1 && Math.abs(255 * epsilon - levels) < 1e-6
    ? `${levels}/255`
    : `${Number(epsilon.toPrecision(3))}`;
}

/** A table without its widths, to compare two of them. */
export function withoutWidths(table: string): string {
  return table.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
}

/** Where a table stands in a document: between two comments. */
const BEGIN = "<!-- defenses: written by deno task defenses --write -->", END = "<!-- end of defenses -->";

/** The table of a document. */
export function tableIn(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new RangeError(`The document has no table between ${BEGIN} and ${END}`);
  return document.slice(begin + BEGIN.length, end).trim();
}

/** A document with another table. */
export function withTable(document: string, table: string): string {
  const old = tableIn(document);
  return old === ""
    ? document.replace(BEGIN, () => `${BEGIN}\n\n${table}`)
    : document.replace(old, () => table);
}
