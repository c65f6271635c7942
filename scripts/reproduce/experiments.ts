import { pathToFileURL } from "node:url";
import {
  ablation,
  type Figure,
  figure2,
  figure3,
  figure4,
  isFigure,
  isTable,
  type Table,
  table1,
  table2,
  table3,
  table4,
} from "../../lib/experiments/mod.ts";
import { UsageError, UserError } from "../cli/command.ts";

/** The cell whose images are drawn beside a table. */
export interface Shown {
  readonly row: string;
  readonly column: string;
}

/** An experiment, and what kind of thing it is. */
export type Experiment =
  | { readonly kind: "table"; readonly data: Table; readonly shown?: Shown }
  | { readonly kind: "figure"; readonly data: Figure }
  | { readonly kind: "view"; readonly data: Table };

const ours = "Our method (Qs = 10)";

/** The paper's experiments by name, in its order, then our own. */
export const experiments: Readonly<Record<string, Experiment>> = {
  table1: { kind: "table", data: table1, shown: { row: ours, column: "BPDA PGD" } },
  table2: { kind: "table", data: table2, shown: { row: ours, column: "Accuracy" } },
  table3: { kind: "table", data: table3, shown: { row: ours, column: "BPDA PGD" } },
  table4: { kind: "table", data: table4, shown: { row: ours, column: "BPDA PGD" } },
  figure2: { kind: "view", data: figure2 },
  figure3: { kind: "figure", data: figure3 },
  figure4: { kind: "figure", data: figure4 },
  ablation: { kind: "table", data: ablation, shown: { row: "GCLN", column: "BPDA PGD" } },
};

/** Whether a word of a command line is a file of the user's, and not the name of an experiment. */
export function isModule(word: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(word);
}

/** Throws where one of some words is no file of the user's. */
export function checkFiles(words: readonly string[]): void {
  const other = words.find((word) => !isModule(word));
  if (other !== undefined) {
    throw new UsageError(`"${other}" is not expected here: a file of yours, ending in .ts or .js, is wanted`);
  }
}

/**
 * Imports files of the user's. What they define (attacks, defenses, data sets, threat models) is known from then on.
 *
 * @param paths From the folder that the command was called in.
 * @returns The tables and figures that they export, by the names of their results.
 * @throws {UserError} Where a file can't be imported.
 */
export async function experimentsIn(paths: readonly string[]): Promise<Readonly<Record<string, Experiment>>> {
  const found: Record<string, Experiment> = {};
  for (const path of paths) {
    for (const data of Object.values(await imported(path, addressOf(path)))) {
      if (isTable(data)) found[data.name] = { kind: "table", data };
      else if (isFigure(data)) found[data.name] = { kind: "figure", data };
    }
  }
  return found;
}

/** Where a file is: from here or, since a task runs in the project's folder, from where the task was called. */
function addressOf(path: string): string {
  const folders = [Deno.cwd(), Deno.env.get("INIT_CWD") ?? Deno.cwd()];
  const urls = folders.map((folder) => new URL(path, pathToFileURL(`${folder}/`)));
  return (urls.find((url) => url.protocol !== "file:" || isThere(url)) ?? urls[0]!).href;
}

function isThere(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

async function imported(path: string, url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(url);
  } catch (error) {
    throw new UserError(`Cannot import ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
