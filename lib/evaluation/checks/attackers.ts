/** What the attacker of a number lives on, and what it knows. */
import { type Asks, isThreatName, type Threat, threatNamed } from "../../attacks/mod.ts";
import type { Evidence } from "../evidence.ts";
import type { AttackDescription } from "../result.ts";
import { knownAttack } from "./published_attacks.ts";

/** What an attack lives on, by its name. */
export function asksOf({ attack }: AttackDescription): Asks {
  return knownAttack(attack).asks;
}

/** The worst case of several attacks is none of them. */
export const WORST_CASE = "worst case";

/** The threat model of a number; undefined where it has none that is known: the worst case, words of one's own. */
function threatOf({ surrogate }: Evidence): Threat | undefined {
  return surrogate !== undefined && isThreatName(surrogate) ? threatNamed(surrogate) : undefined;
}

/** Whether what is differentiated is the defended classifier, so that the attacker knows it; so for words of one's own. */
function knowsDefense(number: Evidence): boolean {
  return number.surrogate !== undefined && (threatOf(number)?.knows ?? "everything") === "everything";
}

/** The white-box attacker of the tables, who takes the gradient as it comes. */
export function isPlainWhiteBox(number: Evidence): boolean {
  return number.attack !== undefined && knowsDefense(number) && threatOf(number)?.gradient === "exact";
}

/** An attacker with full access, whichever gradient it puts in place. */
export function isInsider(number: Evidence): boolean {
  return number.attack !== undefined && knowsDefense(number);
}

/** An attacker without access to the defense. */
export function isOutsider(number: Evidence): boolean {
  return number.attack !== undefined && number.surrogate !== undefined && !knowsDefense(number);
}

/** An attacker who puts a gradient in place, or the worst case of several attacks. */
export function isAdaptive(number: Evidence): boolean {
  return knowsDefense(number) && threatOf(number)?.gradient !== "exact";
}

/** Whether the attack is a single step. */
export function isOneStep({ attack }: Evidence): boolean {
  return attack !== undefined && (knownAttack(attack.attack).oneStep || attack.steps === 1);
}

/** Whether an attack follows gradients: Square and others that only ask do not, and noise doesn't either. */
export function takesGradients({ attack }: Evidence): boolean {
  return attack !== undefined && asksOf(attack) === "gradients";
}
