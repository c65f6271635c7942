import { nearestName } from "../kinds/mod.ts";

/**
 * What names of a file mean: a function, or a record of names and their beginnings up to a dot (`{ head: "fc" }` takes
 * `head.weight` to `fc.weight`; the longest that fits counts). `null` leaves a tensor out.
 */
export type Rename =
  | Readonly<Record<string, string | null>>
  | ((name: string) => string | null | undefined);

/** A name of the file, and what it was changed into. */
export interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** The names that are left after renaming; those that it leaves out are not among them. */
export function renamed(names: readonly string[], rename: Rename | undefined): Renamed[] {
  const change = rename === undefined
    ? (name: string) => name
    : typeof rename === "function"
    ? rename
    : byRecord(names, rename);
  return names.flatMap((from) => {
    const to: unknown = change(from);
    if (to === null || to === undefined) return [];
    if (typeof to === "string") return [{ from, to }];
    throw new TypeError(
      `Cannot rename ${from} to a value of type ${typeof to}: a name is wanted, or null to leave it out`,
    );
  });
}

function byRecord(
  names: readonly string[],
  record: Readonly<Record<string, string | null>>,
): (name: string) => string | null {
  const keys = Object.keys(record).toSorted((a, b) => b.length - a.length);
  const covers = (key: string, name: string) => name === key || name.startsWith(`${key}.`);
  const unused = keys.find((key) => !names.some((name) => covers(key, name)));
  if (unused !== undefined) {
    const meant = nearestName(unused, [...new Set(names.flatMap(beginnings))]);
    throw new RangeError(
      `Cannot rename ${unused}: no name of the file is or begins with it${
        meant === undefined ? "" : `, did you mean ${meant}?`
      }`,
    );
  }
  return (name) => {
    const key = keys.find((key) => covers(key, name));
    if (key === undefined) return name;
    const to = record[key];
    if (typeof to !== "string") return to ?? null;
    const rest = name.slice(key.length);
    return to === "" ? rest.replace(/^\./, "") : `${to}${rest}`;
  };
}

/** `["a", "a.b", "a.b.c"]` of `a.b.c`. */
export function beginnings(name: string): string[] {
  const parts = name.split(".");
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}
