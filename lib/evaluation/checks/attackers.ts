/** What the attacker behind a number uses and knows. */
import { type Asks, isThreatName, type Threat, threatNamed } from "../../attacks/mod.ts";
import type { Evidence } from "../evidence.ts";
import type { AttackDescription } from "../result.ts";
import { knownAttack } from "./published_attacks.ts";

/** What an attack uses of a classifier, by its name. */
export function asksOf({ attack }: AttackDescription): Asks {
  return knownAttack(attack).asks;
}

/** What stands in the place of a threat model for the worst case of several attacks. */
export const WORST_CASE = "worst case";

/** The threat model of a number; undefined where it is not a known one: for the worst case, or a user's own word. */
function threatOf({ surrogate }: Evidence): Threat | undefined {
  return surrogate !== undefined && isThreatName(surrogate) ? threatNamed(surrogate) : undefined;
}

/** Whether the attacker knows the defended classifier. One whose threat model is not known is taken to do so. */
function knowsDefense(number: Evidence): boolean {
  return number.surrogate !== undefined && (threatOf(number)?.knows ?? "everything") === "everything";
}

/** The white-box attacker of the tables, who uses the exact gradient. */
export function isPlainWhiteBox(number: Evidence): boolean {
  return number.attack !== undefined && knowsDefense(number) && threatOf(number)?.gradient === "exact";
}

/** An attacker with full access to the defense, whichever gradient it uses. */
export function isInsider(number: Evidence): boolean {
  return number.attack !== undefined && knowsDefense(number);
}

/** An attacker without access to the defense. */
export function isOutsider(number: Evidence): boolean {
  return number.attack !== undefined && number.surrogate !== undefined && !knowsDefense(number);
}

/** An attacker with full access who replaces a gradient, or the worst case of several attacks. */
export function isAdaptive(number: Evidence): boolean {
  return knowsDefense(number) && threatOf(number)?.gradient !== "exact";
}

/** Whether the attack is a single step. */
export function isOneStep({ attack }: Evidence): boolean {
  return attack !== undefined && (knownAttack(attack.attack).oneStep || attack.steps === 1);
}

/** Whether an attack follows gradients. Square and others by queries alone do not, nor does noise. */
export function takesGradients({ attack }: Evidence): boolean {
  return attack !== undefined && asksOf(attack) === "gradients";
}
