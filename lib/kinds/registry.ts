import { nearestName } from "./nearest_name.ts";

/** What comes in kinds has a name, by which specs, command lines and caches know it. */
export interface Named {
  /** The name. */
  readonly name: string;
}

/** The values of one kind: those of the kit, and those that users define in files of their own. */
export interface Registry<Kind extends Named> {
  /**
   * Makes a value known by its name. A user's own may be defined again, as a notebook's cell is run again: the last
   * one counts.
   *
   * @throws {RangeError} Where the name is empty, or one of the kit's own.
   */
  add<K extends Kind>(kind: K): K;
  /**
   * The value of that name.
   *
   * @throws {RangeError} Where there is none; the message has the nearest name, and all of them.
   */
  named(name: string): Kind;
  /** Whether there is one of that name. */
  has(name: string): boolean;
  /** All of them, in the order in which they were defined. */
  all(): readonly Kind[];
  /** From now on the names that are known are the kit's own, and nobody else may take one. */
  close(): void;
  /** Whether the kit's own are all there, so that whoever defines another one is a user. */
  isClosed(): boolean;
}

/**
 * A registry of values that have a name: attacks, defenses, data sets, threat models.
 *
 * @param what What they are, for errors: "attack".
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
