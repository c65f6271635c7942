import { blocksIn, inScope } from "./blocks.ts";
import { joined, type Notebook } from "./notebook_file.ts";

/** The code of a notebook as one module, for tools that read modules only. */
export interface NotebookModule {
  readonly text: string;
  /** Where a line of the module, from 1, stands in the notebook: cells and their lines count from 1 too. */
  readonly place: (line: number) => { readonly cell: number; readonly line: number };
}

/** What else belongs to the module. It comes last, each block in a scope of its own: students paste it when all cells have run. */
export interface ModuleOptions {
  /** Whether to take the code that texts give to students, the blocks ```ts of Markdown cells. Default: no. */
  readonly exercises?: boolean;
  /** Code of model answers, which may use all that the notebook has. It has no place: cell 0. Default: none. */
  readonly answers?: readonly string[];
}

/**
 * Joins the code cells. A cell's number counts all cells, as a reader would.
 *
 * @param notebook The notebook.
 */
export function asModule(
  notebook: Notebook,
  { exercises = false, answers = [] }: ModuleOptions = {},
): NotebookModule {
  const lines: string[] = [], places: { cell: number; line: number }[] = [];
  const add = (text: string, cell: number, line: number) => {
    lines.push(text);
    places.push({ cell, line });
  };
  notebook.cells.forEach((cell, index) => {
    if (cell.cell_type !== "code") return;
    // A cell may end in an expression without a semicolon; another one must not go on with it.
    const continues = /^\s*[([`+\-/.]/.test(joined(cell.source));
    add(`${continues ? "; " : ""}// cell ${index + 1}`, index + 1, 1);
    joined(cell.source).split("\n").forEach((line, i) => add(line, index + 1, i + 1));
  });
  notebook.cells.forEach((cell, index) => {
    if (!exercises || cell.cell_type !== "markdown") return;
    for (const { code, line: first } of blocksIn(joined(cell.source))) {
      add(";", index + 1, first);
      inScope(code).split("\n").forEach((line, i) => add(line, index + 1, first + i));
    }
  });
  for (const answer of answers) {
    add(";", 0, 1);
    inScope(answer).split("\n").forEach((line, i) => add(line, 0, i + 1));
  }
  add("export {};", notebook.cells.length, 1);
  return {
    text: lines.join("\n") + "\n",
    place: (line) => places[Math.min(line, places.length) - 1] ?? { cell: 1, line: 1 },
  };
}
