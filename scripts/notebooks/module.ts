import { joined, type Notebook } from "./notebook_file.ts";

/** The code of a notebook as one module, for tools that read modules only. */
export interface NotebookModule {
  readonly text: string;
  /** Where a line of the module, from 1, stands in the notebook: cells and their lines count from 1 too. */
  readonly place: (line: number) => { readonly cell: number; readonly line: number };
}

/** Joins the code cells. A cell's number counts all cells, as a reader would. */
export function asModule(notebook: Notebook): NotebookModule {
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
  add("export {};", notebook.cells.length, 1);
  return {
    text: lines.join("\n") + "\n",
    place: (line) => places[Math.min(line, places.length) - 1] ?? { cell: 1, line: 1 },
  };
}
