/**
 * Threat models: what an attacker knows, and so what it differentiates.
 *
 * @module
 */
import { knownThreats, type Threat } from "./threat.ts";
import "./kinds.ts";

export { defineThreat, type Knowledge, type Threat, type ThreatGradient } from "./threat.ts";

knownThreats().close();

/** All threat models: the kit's, then those that users have defined. */
export function threats(): readonly Threat[] {
  return knownThreats().all();
}

/**
 * The threat model of a name; names of older results are known as well.
 *
 * @param name As tables and results have it.
 * @throws {RangeError} Where there is none; the message has the nearest name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { threatNamed } from "@gcln/kit/attacks";
 *
 * assertEquals(threatNamed("oblivious").knows, "classifier");
 * assertEquals(threatNamed("bpda").name, "straight-through");
 * ```
 */
export function threatNamed(name: string): Threat {
  return threats().find(({ formerly = [] }) => formerly.includes(name)) ?? knownThreats().named(name);
}

/** Whether a threat model has this name, or had it in older results. */
export function isThreatName(name: string): boolean {
  return knownThreats().has(name) || threats().some(({ formerly = [] }) => formerly.includes(name));
}
