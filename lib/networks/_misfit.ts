import type { tf } from "../tensor/mod.ts";
import type { ArchitectureSpec, Declaration, Network, OtherNames } from "./architecture.ts";
import { fittingSpec } from "./_fitting_spec.ts";
import { type FileName, found, hasShape, readAs, type Reading } from "./_matched_names.ts";
import { type LikelyPair, likelyPairs, type Lone, sideBySide } from "./_likely_pairs.ts";
import { shapeInFile } from "./_pytorch_layout.ts";
import { beginnings } from "./_renamed.ts";

/** The error that says why a file does not fit, and what would. */
export function misfit(
  { spec, otherNames = [] }: Network<tf.Tensor>,
  wanted: readonly Declaration[],
  names: readonly FileName[],
  ways: readonly Reading[],
): RangeError {
  const best = bestOf(ways, wanted), missing: Lone[] = [], bent: string[] = [];
  for (const { name, shape } of wanted) {
    const entry = best.entries.get(name);
    if (entry === undefined) missing.push({ name, shape: shapeInFile(shape) });
    else if (!hasShape(entry, shape)) {
      bent.push(`${entry.name} [${entry.shape}] in place of [${shapeInFile(shape)}]`);
    }
  }
  const own = new Set(wanted.map(({ name }) => name));
  const left = [
    ...[...best.entries].filter(([name]) => !own.has(name)).map(([, entry]) => entry),
    ...best.doubles,
  ];
  const counts = [[missing.length, "missing"], [left.length, "left over"], [
    bent.length,
    "of another shape",
  ]] as const;
  const others = elsewhere(best), partly = partlyPrefixed(names, otherNames, wanted, found(best, wanted));
  const paired = likelyPairs(missing, left);
  const lines = [
    `The file does not fit a ${spec.architecture}: ${
      counts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`).join(", ")
    }`,
    ...sideBySide(paired),
    ...first(bent.map((line) => `of another shape: ${line}`)),
    ...said(best),
    ...(others.length > 0 ? others : partly.length > 0 ? partly : renaming(paired)),
  ];
  return new RangeError(lines.join("\n"));
}

/** The error where a file fits in several ways that differ in which tensor is which. */
export function ambiguous(
  { spec }: Network<tf.Tensor>,
  wanted: readonly Declaration[],
  [one, other]: readonly [Reading, Reading],
): RangeError {
  const { name } = wanted.find(({ name }) => one.entries.get(name) !== other.entries.get(name))!;
  return new RangeError(
    `The file fits a ${spec.architecture} in two ways: ${name} may be ${one.entries.get(name)!.name} or ${
      other.entries.get(name)!.name
    }. Say which with the option rename`,
  );
}

/** The reading with the most of the names that are wanted. */
function bestOf(ways: readonly Reading[], wanted: readonly Declaration[]): Reading {
  return ways.reduce((best, way) => found(way, wanted) > found(best, wanted) ? way : best);
}

function said({ prefix, dialect }: Reading): string[] {
  const how = [
    ...(prefix === "" ? [] : [`without ${JSON.stringify(prefix)}, with which all begin`]),
    ...(dialect === undefined
      ? []
      : [`with ${Object.entries(dialect).map((pair) => pair.join(" for ")).join(", ")}`]),
  ];
  return how.length === 0 ? [] : [`The names were read ${how.join(", and ")}`];
}

/** How the first tensor left over that may be a missing one is given its name. */
function renaming(pairs: readonly LikelyPair[]): string[] {
  const { missing, left } = pairs.find(({ missing, left }) => missing && left) ?? {};
  if (missing === undefined || left === undefined) return [];
  const [from, to] = [layerOf(left.name), layerOf(missing.name)];
  return [`Where ${from} is ${to}, say so: ${renameOption({ [from]: to })}`];
}

/** A name without its last part, `weight` or `bias`. */
function layerOf(name: string): string {
  return name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : name;
}

/** What would fit if something were taken from the front of the names that begin with it: a hint, for not all do. */
function partlyPrefixed(
  names: readonly FileName[],
  dialects: readonly OtherNames[],
  wanted: readonly Declaration[],
  already: number,
): string[] {
  const open = names.filter(({ settled }) => !settled);
  const counts = new Map<string, number>();
  for (const part of open.flatMap(({ to }) => beginnings(to).slice(0, -1).slice(0, 3))) {
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  const prefixes = [...counts].filter(([, n]) => n >= wanted.length / 2).map(([part]) => part);
  let most = already, hint: string[] = [];
  for (const prefix of prefixes) {
    for (const dialect of [undefined, ...dialects]) {
      const read = readAs(names, `${prefix}.`, dialect), there = found(read, wanted);
      if (there <= most) continue;
      most = there;
      const isInside = ({ to }: FileName) => to.startsWith(`${prefix}.`);
      const used = new Set(wanted.map(({ name }) => read.entries.get(name)?.name));
      const outside = open.filter((name) => !isInside(name));
      const unused = outside.filter(({ entry }) => !used.has(entry.name)).map(({ from }) => from);
      const parts = new Set(unused.map((name) => name.split(".")[0]!)), top = prefix.split(".")[0]!;
      const out = parts.has(top) ? unused : [...parts];
      hint = [
        `${open.length - outside.length} of ${open.length} names begin with "${prefix}.", but not ${
          first(outside.map(({ from }) => from), 4).join(", ")
        }. Without it ${
          there === wanted.length ? "all" : `${there} of ${wanted.length}`
        } names would be there: ${
          renameOption({ [prefix]: "", ...Object.fromEntries(out.slice(0, 6).map((name) => [name, null])) })
        }`,
      ];
    }
  }
  return hint;
}

function renameOption(record: Readonly<Record<string, string | null>>): string {
  const fields = Object.entries(record).map(([from, to]) => `${JSON.stringify(from)}: ${JSON.stringify(to)}`);
  return `rename: { ${fields.join(", ")} }`;
}

/** What else the file would fit. */
function elsewhere(read: Reading): string[] {
  const { architecture, ...sizes } = fittingSpec(read) ?? {};
  if (architecture === undefined) return [];
  const { stem: _, ...told } = sizes as Omit<ArchitectureSpec, "architecture">;
  return [
    `It would fit a ${architecture} with ${Object.entries(told).map((size) => size.join(" ")).join(", ")}`,
  ];
}

/** The first of a list, and how many there are more. */
export function first(lines: readonly string[], shown = 12): string[] {
  return lines.length <= shown ? [...lines] : [...lines.slice(0, shown), `and ${lines.length - shown} more`];
}
