import { basename, join } from "node:path";
import { joined, type Notebook } from "../notebooks/notebook_file.ts";

/** A notebook that a student has handed in. It is read once: what runs later can't change it. */
export interface HandIn {
  readonly student: string;
  /** The notebook's name without `.ipynb`, such as "03_fgs_to_pgd". */
  readonly notebook: string;
  /** The file, from the folder of all. */
  readonly file: string;
  /** The notebook; undefined where the file is none. */
  readonly content: Notebook | undefined;
  /** Why the notebook can't be run. */
  readonly fault?: string;
}

/** Bytes of the largest file that is read. A lesson with all its pictures has less than one million. */
const LARGEST = 50e6;

/**
 * The notebooks in a folder, in order of students: `anna_03_fgs_to_pgd.ipynb`, or `anna/03_fgs_to_pgd.ipynb`.
 *
 * Hidden files, and links to files elsewhere, are passed over.
 *
 * @param folder The folder of all.
 * @param known The names of the kit's notebooks. In "anna_lena_03_fgs_to_pgd" they tell where a student's name ends.
 */
export async function handIns(folder: string, known: readonly string[]): Promise<HandIn[]> {
  const found: HandIn[] = [];
  for (const file of await notebooksBelow(folder)) found.push(await read(folder, file, known));
  return found.toSorted((a, b) => compare(a.student, b.student) || compare(a.file, b.file));
}

async function notebooksBelow(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(join(folder, below))) {
    if (name.startsWith(".")) continue;
    const path = join(below, name);
    if (isDirectory) files.push(...await notebooksBelow(folder, path));
    if (isFile && name.endsWith(".ipynb")) files.push(path);
  }
  return files;
}

async function read(folder: string, file: string, known: readonly string[]): Promise<HandIn> {
  const named = { ...namesIn(file, known), file }, path = join(folder, file);
  if ((await Deno.stat(path)).size > LARGEST) {
    return { ...named, content: undefined, fault: `is larger than ${LARGEST / 1e6} MB` };
  }
  try {
    const content = JSON.parse(await Deno.readTextFile(path)), fault = faultOf(content);
    return fault === undefined ? { ...named, content } : { ...named, content: undefined, fault };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ...named, content: undefined, fault: "is no notebook: the file holds no JSON" };
  }
}

/** The student's name and the notebook's, from the path of a file. */
export function namesIn(file: string, known: readonly string[]): Pick<HandIn, "student" | "notebook"> {
  const name = basename(file, ".ipynb"), [folder, ...below] = file.split(/[/\\]/);
  if (below.length > 0) return { student: folder!, notebook: name };
  const ending = known.filter((notebook) => name.endsWith(`_${notebook}`))
    .toSorted((a, b) => b.length - a.length)[0];
  const place = ending === undefined ? name.lastIndexOf("_") : name.length - ending.length - 1;
  return place < 0
    ? { student: name, notebook: name }
    : { student: name.slice(0, place), notebook: name.slice(place + 1) };
}

/** Why a JSON value is no notebook that can be run. */
function faultOf(value: unknown): string | undefined {
  const { cells, nbformat, metadata } = Object(value) as Partial<Notebook>;
  if (!Array.isArray(cells) || typeof nbformat !== "number") {
    return "is no notebook: the JSON is something else";
  }
  if (nbformat !== 4) return `is a notebook of format ${nbformat}: open it in Jupyter and save it again`;
  const isText = (source: unknown) =>
    typeof source === "string" || Array.isArray(source) && source.every((line) => typeof line === "string");
  if (!cells.every((cell) => isText(Object(cell).source) && typeof Object(cell).cell_type === "string")) {
    return "is no notebook: a cell has no source";
  }
  const { language } = Object(Object(metadata).kernelspec) as { readonly language?: unknown };
  return typeof language === "string" && language !== "typescript"
    ? `is written for ${language}, not for Deno`
    : undefined;
}

/** The numbers of the exercises that the code of a notebook names, each once. */
export function exercisesNamed({ cells }: Notebook): string[] {
  const code = cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => joined(source)).join(
    "\n",
  );
  return [
    ...new Set([...code.matchAll(/\bexercise\(\s*(["'`])([\w.-]+)\1/g)].map(([, , number]) => number!)),
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
