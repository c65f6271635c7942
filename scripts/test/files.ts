import { join, normalize } from "node:path";
import { UserError } from "../cli/command.ts";

/**
 * The files of tests that files and folders name, those of a folder in the order of their names.
 *
 * @throws {UserError} If there is nothing of that name, or no test in a folder.
 */
export function testFiles(named: readonly string[]): string[] {
  return [...new Set(named.flatMap(filesOf))];
}

function filesOf(path: string): string[] {
  let isFolder: boolean;
  try {
    isFolder = Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new UserError(`There is no file or folder ${path}`);
    throw error;
  }
  if (!isFolder) return [normalize(path)];
  const found = testsIn(normalize(path));
  if (found.length === 0) {
    throw new UserError(`There is no test in ${path}: names such as pgd_test.ts are wanted`);
  }
  return found;
}

function testsIn(folder: string): string[] {
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  return entries.flatMap(({ name, isDirectory }) =>
    isDirectory ? testsIn(join(folder, name)) : name.endsWith("_test.ts") ? [join(folder, name)] : []
  );
}
