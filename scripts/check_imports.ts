/**
 * What the parts of the kit may import and how they are named. Run by `deno task ok` through
 * tests/scripts/imports_test.ts.
 *
 * Imports go one way, and never in a circle:
 * files, kinds <- tensor (with its engines) <- data, transform, losses, judge <- networks, attacks <- training <- defenses
 * <- evaluation <- report, experiments <- course <- scripts.
 *
 * What a folder's `mod.ts` does not list is private to the folder, and so is a `_file.ts`.
 */
import { join } from "node:path/posix";
import { circles } from "./check_imports/circles.ts";
import { wrongNames } from "./check_imports/names.ts";
import { wrongImports } from "./check_imports/rooms.ts";
import type { Sources } from "./check_imports/source.ts";

/** The broken rules, one a line; empty if there are none. */
export function brokenRules(sources: Sources): string[] {
  return [...wrongImports(sources), ...circles(sources), ...wrongNames(sources)];
}

/**
 * Known exceptions: a part of the line that {@linkcode brokenRules} gives for each. Remove an entry when it is mended, and add
 * none.
 */
export const knownProblems: readonly string[] = [];

/** The TypeScript files of the project. */
export function projectSources(): Sources {
  const sources = new Map<string, string>();
  const add = (path: string) => sources.set(path, Deno.readTextFileSync(path));
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (name.startsWith(".")) continue;
      if (isDirectory) walk(join(folder, name));
      else if (name.endsWith(".ts")) add(join(folder, name));
    }
  };
  add("mod.ts");
  for (const folder of ["lib", "scripts", "tests"]) walk(folder);
  return sources;
}
