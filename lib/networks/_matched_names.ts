import type { Declaration, OtherNames } from "./architecture.ts";
import { beginnings, type Renamed } from "./_renamed.ts";
import { shapeInFile } from "./_pytorch_layout.ts";
import type { Entry } from "./_safetensors_file.ts";

/** One way to read the names of a file: without what they all begin with, in the names of other code. */
export interface Reading {
  /** What is taken from the front, with its dot; `""` where nothing is. */
  readonly prefix: string;
  /** What other code calls the parts of the network. */
  readonly dialect: OtherNames | undefined;
  /** The tensors by the names that they get. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Tensors of the file whose new name another one has. */
  readonly doubles: readonly Entry[];
}

/** What a name of the file is to be read as, before prefixes and dialects. */
export interface FileName extends Renamed {
  readonly entry: Entry;
  /** Whether the caller has said so: then it stays. */
  readonly settled: boolean;
}

/** How many wanted parameters a reading has, in their shapes. */
export function fitting({ entries }: Reading, wanted: readonly Declaration[]): number {
  return wanted.filter(({ name, shape }) => hasShape(entries.get(name), shape)).length;
}

/** How many wanted parameters a reading has by name, whatever their shapes. */
export function found({ entries }: Reading, wanted: readonly Declaration[]): number {
  return wanted.filter(({ name }) => entries.has(name)).length;
}

/** Whether the tensors are those that are wanted, no more and no fewer. */
export function isFit(reading: Reading, wanted: readonly Declaration[]): boolean {
  return reading.doubles.length === 0 && reading.entries.size === wanted.length &&
    fitting(reading, wanted) === wanted.length;
}

export function hasShape(entry: Entry | undefined, shape: readonly number[]): boolean {
  return entry !== undefined && `${entry.shape}` === `${shapeInFile(shape)}`;
}

/** All ways to read the names, the plainest first. */
export function readings(names: readonly FileName[], dialects: readonly OtherNames[]): Reading[] {
  const open = names.filter(({ settled }) => !settled).map(({ to }) => to);
  return ["", ...commonPrefixes(open)].flatMap((prefix) =>
    [undefined, ...dialects].map((dialect) => readAs(names, prefix, dialect))
  );
}

/** The names without a prefix, where they have it, in a dialect. */
export function readAs(names: readonly FileName[], prefix: string, dialect: OtherNames | undefined): Reading {
  const entries = new Map<string, Entry>(), doubles: Entry[] = [];
  for (const { to, entry, settled } of names) {
    const bare = to.startsWith(prefix) ? to.slice(prefix.length) : to;
    const name = settled ? to : dialect === undefined ? bare : translated(bare, dialect);
    if (entries.has(name)) doubles.push(entry);
    else entries.set(name, entry);
  }
  return { prefix, dialect, entries, doubles };
}

/** Everything up to a dot that all names begin with, the shortest first. */
function commonPrefixes(names: readonly string[]): string[] {
  const [first] = names;
  if (first === undefined) return [];
  return beginnings(first).map((part) => `${part}.`).filter((prefix) =>
    names.every((name) => name.startsWith(prefix))
  );
}

/** A name with every part that other code calls otherwise in the network's words. */
function translated(name: string, dialect: OtherNames): string {
  // Dots around the name, so that only whole parts are found.
  return Object.entries(dialect).reduce(
    (text, [theirs, ours]) => text.replaceAll(`.${theirs}.`, `.${ours}.`),
    `.${name}.`,
  ).slice(1, -1);
}
