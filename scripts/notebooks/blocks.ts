/** A block of TypeScript between fences in a text, and where it begins. */
export interface Block {
  readonly code: string;
  /** The line of its first line of code in the text, from 1. */
  readonly line: number;
  /** What stands behind `ts` on the line of the fence: the notebook that an answer belongs to. */
  readonly of: string;
}

/**
 * The blocks of TypeScript in Markdown, those in lists too, whose lines are indented.
 *
 * @param text Markdown.
 */
export function blocksIn(text: string): Block[] {
  const blocks = text.matchAll(/^([ \t]*)```ts[ \t]*(\S*)\n([^]*?)^\1```/gm);
  return [...blocks].map(({ 1: indent, 2: of, 3: code, index }) => ({
    code: code!.replaceAll(new RegExp(`^${indent}`, "gm"), "").trimEnd(),
    line: text.slice(0, index).split("\n").length + 1,
    of: of!,
  }));
}

/**
 * A block as a scope of its own behind the code of a notebook, line by line. It may use and name again what the notebook's
 * cells have: a cell in which a student pastes it may do so too. Types that it imports are dropped, so the notebook has to
 * import them.
 */
export function inScope(code: string): string {
  const values = code.replaceAll(
    /^import (type )?\{([^}]*)\} from ("[^"]+");/gm,
    (all, type, names: string, from) => {
      const kept = type
        ? []
        : names.split(",").map((name) => name.trim()).filter((name) => !/^(type |$)/.test(name));
      const lines = "\n".repeat(all.split("\n").length - 1);
      return kept.length === 0
        ? lines
        : `const { ${kept.join(", ").replaceAll(" as ", ": ")} } = await import(${from});${lines}`;
    },
  );
  return `{ ${values}\n}`;
}
