import type { Notebook, Output } from "./notebook_file.ts";

/**
 * A notebook whose outputs show no pictures, only the words that stand for them, so that the file stays small.
 *
 * Outputs that are nothing but a picture are left out.
 */
export function withoutPictures(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => {
    return cell.outputs === undefined ? cell : { ...cell, outputs: cell.outputs.flatMap(inWords) };
  });
  return { ...notebook, cells };
}

function inWords(output: Output): Output[] {
  if (output.data === undefined) return [output];
  const data = Object.entries(output.data).filter(([type]) => !isPicture(type));
  return data.length > 0 ? [{ ...output, data: Object.fromEntries(data) }] : [];
}

function isPicture(type: string): boolean {
  return type.startsWith("image/") || type === "text/html" || type.startsWith("application/vnd.plotly");
}
