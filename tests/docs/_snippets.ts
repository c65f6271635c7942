/** A program in a document, and what the document says that it prints. */
export interface Snippet {
  /** Where it stands: `docs/attacks.md, line 20`. */
  readonly place: string;
  readonly code: string;
  /** The text below it; undefined where there is none. */
  readonly output: string | undefined;
  /** Whether numbers of the output may differ between machines: the line above it says "give or take a little". */
  readonly isRough: boolean;
}

/** The blocks between fences, with the words behind the fence and the first line's number. */
function blocksIn(lines: readonly string[]): { info: string; text: string; line: number; end: number }[] {
  const blocks = [];
  let open: { info: string; line: number } | undefined;
  for (const [i, line] of lines.entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (!fence) continue;
    if (open === undefined) open = { info: fence[1]!.trim(), line: i };
    else {
      blocks.push({ ...open, text: lines.slice(open.line + 1, i).join("\n"), end: i });
      open = undefined;
    }
  }
  return blocks;
}

/**
 * The snippets of a document. The output of one is the block `text` that follows it, with nothing between them but a line
 * that ends in a colon.
 *
 * @param text Markdown, or a module whose first comment is Markdown.
 */
export function snippetsIn(path: string, text: string): Snippet[] {
  const comment = path.endsWith(".ts") ? /\/\*\*[^]*?\*\//.exec(text)?.[0] ?? "" : undefined;
  const lines = comment === undefined
    ? text.split("\n")
    : comment.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const blocks = blocksIn(lines);
  return blocks.flatMap(({ info, text: code, line, end }, i) => {
    if (info !== "ts") return [];
    const next = blocks[i + 1], between = next && lines.slice(end + 1, next.line).join("\n").trim();
    const isOutput = next !== undefined && next.info === "text" &&
      /^([^\n]*:)?$/.test(between!);
    return [{
      place: `${path}, line ${line + 1}`,
      code,
      output: isOutput ? next.text.trimEnd() : undefined,
      isRough: isOutput && between!.includes("give or take a little"),
    }];
  });
}

const NUMBER = /\d+(?:\.\d+)?/g;

/**
 * Whether a program printed what a document says. Where the numbers are rough, a whole one may differ by one, and one with a
 * point by 0.1.
 */
export function isAsSaid(
  printed: string,
  { output = "", isRough }: Pick<Snippet, "output" | "isRough">,
): boolean {
  if (!isRough) return printed === output;
  const words = (text: string) => text.replace(NUMBER, "#");
  const numbers = (text: string) => text.match(NUMBER) ?? [];
  if (words(printed) !== words(output)) return false;
  const found = numbers(printed);
  return numbers(output).every((said, i) => {
    const near = said.includes(".") ? 0.1 : 1;
    return Math.abs(Number(said) - Number(found[i])) <= near;
  });
}
