import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { readIfThere, writeAtomically } from "../../lib/files/mod.ts";
import { notebooksIn } from "./find.ts";
import { readNotebook } from "./notebook_file.ts";

/** The folder for a user's own copies of the notebooks. Git does not see it, so running them changes no tracked file. */
export const COPIES = "my-notebooks";

/** Which notebook of the kit each copy was made of: digests by the path within the folder. */
const ORIGINALS = ".originals.json";

/** What became of the copies. */
export interface Copied {
  /** Notebooks that were copied now, because they were not there yet. */
  readonly added: readonly string[];
  /** Copies that nobody had changed, and that are now the kit's new ones. */
  readonly updated: readonly string[];
  /** Copies that the user has changed, while the kit has a newer notebook. They stay as they are. */
  readonly outdated: readonly string[];
}

/** Where the copies' outputs are left out. */
const LESSONS = "lessons";

/** Options of {@linkcode copyNotebooks}. */
export interface CopyOptions {
  /** The folder of the kit's notebooks. */
  readonly from: string;
  /** The folder of the copies; it is made where it is not there. */
  readonly to: string;
}

/**
 * Copies the kit's notebooks that are not there yet, and renews copies that nobody has changed. It never writes over a
 * notebook that the user has changed, and Jupyter changes one by running it. Solutions are not copied.
 *
 * Copies of lessons have no outputs: a student is to predict before she sees a result.
 */
export async function copyNotebooks({ from, to }: CopyOptions): Promise<Copied> {
  const known = await originals(to), added: string[] = [], updated: string[] = [], outdated: string[] = [];
  for (const file of notebooksIn(from)) {
    const name = relative(from, file);
    if (dirname(name).split(/[/\\]/).includes("solutions")) continue;
    const bytes = await contentOf(name, from), digest = await digestOf(bytes), copy = join(to, name);
    const own = await readIfThere(copy), ownDigest = own === undefined ? undefined : await digestOf(own);
    if (ownDigest === digest) {
      known[name] = digest;
      continue;
    }
    if (ownDigest !== undefined && ownDigest !== known[name]) {
      // The user's. It is outdated if it was made of another notebook than the kit has now.
      if (known[name] !== digest) outdated.push(name);
      continue;
    }
    await writeAtomically(copy, bytes);
    known[name] = digest;
    (own === undefined ? added : updated).push(name);
  }
  await writeAtomically(join(to, ORIGINALS), JSON.stringify(known, null, 1) + "\n");
  return { added, updated, outdated };
}

/**
 * Puts the kit's notebook in place of the user's copy. The copy is kept beside it, under a name of its own.
 *
 * @param name The notebook's path within the folder: `lessons/03_fgs_to_pgd.ipynb`.
 * @returns The name of what was kept; undefined where there was no copy, or an equal one.
 */
export async function freshCopy(name: string, { from, to }: CopyOptions): Promise<string | undefined> {
  const bytes = await contentOf(name, from), copy = join(to, name), own = await readIfThere(copy);
  const digest = await digestOf(bytes), isEqual = own !== undefined && await digestOf(own) === digest;
  let kept: string | undefined;
  if (own !== undefined && !isEqual) {
    for (let i = 1; kept === undefined || existsSync(join(to, kept)); i++) {
      kept = name.replace(/\.ipynb$/, `-old${i}.ipynb`);
    }
    await Deno.rename(copy, join(to, kept));
  }
  await writeAtomically(copy, bytes);
  await writeAtomically(
    join(to, ORIGINALS),
    JSON.stringify({ ...await originals(to), [name]: digest }, null, 1) + "\n",
  );
  return kept;
}

/** What a copy of a notebook begins with. */
async function contentOf(name: string, from: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(join(from, name));
  if (dirname(name) !== LESSONS) return bytes;
  const { cells, ...rest } = readNotebook(new TextDecoder().decode(bytes), name);
  const unrun = cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, execution_count: null, outputs: [] } : cell
  );
  return new TextEncoder().encode(JSON.stringify({ cells: unrun, ...rest }, null, 1) + "\n");
}

async function originals(folder: string): Promise<Record<string, string>> {
  const bytes = await readIfThere(join(folder, ORIGINALS));
  try {
    const known = bytes === undefined ? {} : JSON.parse(new TextDecoder().decode(bytes));
    const entries = Object.entries(Object(known)).filter(([, digest]) => typeof digest === "string");
    return Object.fromEntries(entries) as Record<string, string>;
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // then every copy counts as the user's
    throw error;
  }
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes))).toHex();
}
