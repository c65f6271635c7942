/** Writes the site, part by part. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeDocuments } from "./documents.ts";
import { writeExplorer } from "./explorer_page.ts";
import { writeHome } from "./home.ts";
import { writeLeaderboard } from "./leaderboard.ts";
import { writeLessons } from "./lessons.ts";
import { writeReference } from "./reference.ts";
import { writeResults } from "./results.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The parts of the site, by their names. */
export const parts: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  home: writeHome,
  explorer: writeExplorer,
  lessons: writeLessons,
  results: writeResults,
  leaderboard: writeLeaderboard,
  docs: writeDocuments,
  api: writeReference,
};

/** Options of {@linkcode writeSite}. */
export interface WriteSiteOptions {
  /** Which parts are written. Default: all. */
  readonly only?: readonly string[];
  /** Is told the name of each part before it is written. */
  readonly progress?: (part: string) => void;
}

/**
 * Writes the site into a folder, or some of its parts.
 *
 * @param folder Where to; what lies there stays, unless the site has a file of the same name.
 * @param options Which parts.
 */
export async function writeSite(
  folder: string,
  { only = Object.keys(parts), progress }: WriteSiteOptions = {},
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const file of ["site.css", "icon.svg", "tables.js"]) {
    await copyFile(join(HERE, file), join(folder, file));
  }
  for (const part of only) {
    progress?.(part);
    await parts[part]!(folder);
  }
}
