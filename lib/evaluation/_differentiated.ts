import type { Victim } from "../judge/mod.ts";
import { type Classifier, counted } from "../tensor/mod.ts";

/**
 * What an attacker differentiates, counted: a surrogate, or else the victim. A victim that refuses images is another
 * function than what is differentiated: an attack that stops where its surrogate is fooled has to go on where the victim
 * refuses the image.
 */
export function differentiated(victim: Victim, surrogate: Classifier | undefined): Classifier {
  return counted(surrogate ?? (victim.rejects ? (images) => victim(images) : victim));
}
