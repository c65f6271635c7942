import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { nearestName } from "../../lib/kinds/mod.ts";
import { UserError } from "../cli/command.ts";

/** The folder of the kit's notebooks. */
export const FOLDER = "notebooks";

/**
 * All notebooks in a folder and in its sub-folders, in order of their names; hidden folders are left out.
 *
 * @throws {UserError} Where there is no such folder.
 */
export function notebooksIn(folder: string): string[] {
  if (!existsSync(folder)) throw new UserError(`There is no folder ${folder}: run this in the project's`);
  const files = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith(".") ? [] : notebooksIn(path);
    return entry.name.endsWith(".ipynb") ? [path] : [];
  });
  return files.sort();
}

/**
 * The notebooks that a word means: a file, all those of a folder, or a name in {@linkcode FOLDER}, where `.ipynb` may be
 * left out: `tour`, `lessons`, `lessons/01_adversarial_example`.
 *
 * @throws {UserError} Where it means none; the message has the most similar name.
 */
export function notebooksNamed(word: string): string[] {
  const places = [word, join(FOLDER, word)].flatMap((path) => [path, `${path}.ipynb`]);
  const place = places.find((path) => existsSync(path));
  if (place === undefined) throw new UserError(`There is no notebook ${word}${guess(word)}`);
  return statSync(place).isDirectory() ? notebooksIn(place) : [place];
}

function guess(word: string): string {
  if (!existsSync(FOLDER)) return "";
  const names = notebooksIn(FOLDER).map((file) => file.slice(FOLDER.length + 1, -".ipynb".length));
  const meant = nearestName(word.replace(/^notebooks\//, "").replace(/\.ipynb$/, ""), names);
  return meant === undefined ? "" : `: did you mean ${meant}?`;
}
