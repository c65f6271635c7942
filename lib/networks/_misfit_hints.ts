import type { ArchitectureSpec, Declaration, OtherNames } from "./architecture.ts";
import { fittingSpec } from "./_fitting_spec.ts";
import type { LikelyPair } from "./_likely_pairs.ts";
import { type FileName, found, readAs, type Reading } from "./_matched_names.ts";
import { beginnings } from "./_renamed.ts";

/** How a file was read, where it was not as it stands. */
export function said({ prefix, dialect = {}, entries }: Reading): string[] {
  const names = [...entries.values()].map(({ name }) => `.${name}.`);
  const used = Object.entries(dialect).filter(([theirs]) =>
    names.some((name) => name.includes(`.${theirs}.`))
  );
  const how = [
    ...(prefix === "" ? [] : [`without ${JSON.stringify(prefix)}, with which all begin`]),
    ...(used.length === 0 ? [] : [`with ${used.map((pair) => pair.join(" for ")).join(", ")}`]),
  ];
  return how.length === 0 ? [] : [`The names were read ${how.join(", and ")}`];
}

/** How the first tensor left over that may be a missing one is given its name. */
export function renaming(pairs: readonly LikelyPair[]): string[] {
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
export function partlyPrefixed(
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
export function elsewhere(read: Reading): string[] {
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
