import { nearestName } from "./nearest_name.ts";

/** A value with a name, which specs, command lines and keys of caches use. */
export interface Named {
  /** The name. */
  readonly name: string;
}

/** All values of one kind: those of the kit, and those that users define in their own files. */
export interface Registry<Kind extends Named> {
  /**
   * Adds a value under its name. A value of a user may be added again, since a notebook's cell may run again: the last one
   * is used.
   *
   * @throws {RangeError} If the name is empty, or belongs to the kit.
   */
  add<K extends Kind>(kind: K): K;
  /**
   * The value with this name.
   *
   * @throws {RangeError} If there is none; the message has the most similar name, and all names.
   */
  named(name: string): Kind;
  /** Whether there is a value with this name. */
  has(name: string): boolean;
  /** All values, in the order in which they were added. */
  all(): readonly Kind[];
  /** Ends the list of the kit's own values: users can't replace the names added so far. */
  close(): void;
  /** Whether `close` was called, so that a value added now belongs to a user. */
  isClosed(): boolean;
}

/**
 * A registry of values that have a name: attacks, defenses, data sets, threat models.
 *
 * @param what The word for one value in errors: "attack".
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { registry } from "@gcln/kit/kinds";
 *
 * const attacks = registry<{ readonly name: string; readonly steps: number }>("attack");
 * attacks.add({ name: "bim", steps: 10 });
 * assertEquals(attacks.named("bim").steps, 10);
 * assertThrows(() => attacks.named("bin"), RangeError, 'did you mean "bim"?');
 * ```
 */
export function registry<Kind extends Named>(what: string): Registry<Kind> {
  const known = new Map<string, Kind>(), kits = new Set<string>();
  let closed = false;
  return {
    add(kind) {
      const { name } = kind;
      if (typeof name !== "string" || name === "") {
        throw new RangeError(`Cannot define ${what} ${JSON.stringify(name)}: a name is wanted`);
      }
      if (kits.has(name)) {
        throw new RangeError(`Cannot define ${what} ${JSON.stringify(name)}: the kit has one of that name`);
      }
      known.set(name, kind);
      return kind;
    },
    named(name) {
      const found = known.get(name);
      if (found !== undefined) return found;
      const names = [...known.keys()], meant = nearestName(String(name), names);
      const guess = meant === undefined ? "." : `, did you mean ${JSON.stringify(meant)}?`;
      throw new RangeError(
        `No ${what} is called ${JSON.stringify(name)}${guess} There are ${names.join(", ")}`,
      );
    },
    has: (name) => known.has(name),
    all: () => [...known.values()],
    isClosed: () => closed,
    close() {
      closed = true;
      for (const name of known.keys()) kits.add(name);
    },
  };
}
