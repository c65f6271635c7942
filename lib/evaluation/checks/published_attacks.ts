import { type Asks, attackNamed, isAttackName } from "../../attacks/mod.ts";

/** What the checks have to know of an attack. */
export interface KnownAttack {
  /** What it uses of a classifier. */
  readonly asks: Asks;
  /** Whether it is a single step. */
  readonly oneStep: boolean;
  /** Whether it tries several attacks, so that it leaves a worst case. */
  readonly severalAttacks: boolean;
  /** Names of settings that a report has to tell, beside the ball. */
  readonly required: readonly string[];
}

/** Attacks that reported numbers name and the kit does not have: what they use of a classifier, and what a report has to tell. */
const PUBLISHED: Readonly<Record<string, Pick<KnownAttack, "asks"> & Partial<KnownAttack>>> = {
  bpda: { asks: "gradients", required: ["steps"] }, // Athalye et al. 2018
  nes: { asks: "scores" }, //                          Ilyas et al. 2018
  zoo: { asks: "scores" }, //                          Chen et al. 2017
  simba: { asks: "scores" }, //                        Guo et al. 2019
  signHunter: { asks: "scores" }, //                   Al-Dujaili & O'Reilly 2020
  boundary: { asks: "decisions" }, //                  Brendel et al. 2018
  boundaryAttack: { asks: "decisions" },
  signOpt: { asks: "decisions" }, //                   Cheng et al. 2020
  rays: { asks: "decisions" }, //                      Chen & Gu 2020
  geoDa: { asks: "decisions" }, //                     Rahmati et al. 2020
};

/** What is known of an attack by its name: the kit's, a user's own, or a published one. Any other takes gradients. */
export function knownAttack(name: string): KnownAttack {
  if (isAttackName(name)) return attackNamed(name);
  const published = Object.hasOwn(PUBLISHED, name) ? PUBLISHED[name] : undefined;
  return { asks: "gradients", oneStep: false, severalAttacks: false, required: [], ...published };
}
