import { type Classifier, evaluated } from "../tensor/mod.ts";
import type { Carried } from "./iterated.ts";

/** What a step is computed from, and what it changes. */
export interface InOneGraphOptions {
  /**
   * What the step does, with every setting that is no tensor: the key of its graph. Without a name there is no graph: what
   * depends on a function can't be found again.
   */
  readonly name: string | undefined;
  /** The tensors that the step depends on; it must depend on nothing else. */
  readonly given: Carried;
  /** The names of those that it makes. */
  readonly changes: readonly string[];
}

/** A step of an attack, all of it one graph where the surrogate is frozen: gradient, move and projection. */
export function inOneGraph(
  surrogate: Classifier,
  { name, given, changes }: InOneGraphOptions,
  step: (given: Carried) => Carried,
): Carried {
  if (name === undefined) return step(given);
  const names = Object.keys(given);
  const made = evaluated(surrogate, `${name} of ${names}`, Object.values(given), (...tensors) => {
    const next = step(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
    return changes.map((name) => next[name]!);
  });
  return Object.fromEntries(changes.map((name, i) => [name, made[i]!]));
}
