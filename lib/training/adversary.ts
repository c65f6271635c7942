import { checkSettings, object, type Setting, type Settings, word } from "../kinds/mod.ts";
import type { AttackSpec, IteratedSpec } from "../attacks/mod.ts";

const number: Setting = { wanted: "a number", accepts: (value) => typeof value === "number" };

/** Attacks whose step depends on the current images only, so that one compiled graph runs all steps. */
export type AdversaryAttack = Extract<
  IteratedSpec,
  { readonly attack: "fgs" | "bim" | "pgd" | "momentum" }
>;

/**
 * The inner maximisation of adversarial training (Madry et al. 2018, Eq. 2.1), as data: the attack on each batch, under the
 * current parameters, before the training step on that batch.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import type { Adversary } from "@gcln/kit/training";
 *
 * // Madry et al.'s attack on CIFAR-10; M-PGD of Kannan et al. is the same with `clean: 0.5`.
 * const madry: Adversary = {
 *   attack: { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 7, start: "random" },
 * };
 * assertEquals(JSON.parse(JSON.stringify(madry)), madry);
 * ```
 */
export interface Adversary {
  /** The attack. */
  readonly attack: AdversaryAttack;
  /**
   * The statistics of batch norms while the network is attacked: the running ones, as at test time, or those of the
   * attacked batch.
   *
   * Madry et al.'s published code uses the batch's. They call that a matter of convenience (MadryLab/cifar10_challenge,
   * issue 22), and saw little difference in later runs with the running ones. The running ones are faster here, since a
   * batch norm is then part of its convolution, and they are those that an attacker meets at test time.
   *
   * @default {"running"}
   */
  readonly batchNorms?: "running" | "batch";
  /**
   * The weight of the loss on the clean images; the loss on the attacked images has weight 1 − clean. At least 0 (train on
   * attacked images only) and less than 1.
   *
   * @default {0}
   */
  readonly clean?: number;
  /**
   * The share of the steps, from the first, that train on clean images only. At least 0 and less than 1.
   *
   * @default {0}
   */
  readonly after?: number;
}

/** Whether an attack is one that {@linkcode AdversaryAttack} names, from one start. */
export function isAdversaryAttack(spec: AttackSpec): spec is AdversaryAttack {
  const { restarts = 1 } = spec as { readonly restarts?: number };
  return ["fgs", "bim", "pgd", "momentum"].includes(spec.attack) && restarts === 1;
}

const adversarySettings: Settings = {
  attack: object('an attack such as { attack: "pgd", ball, stepSize, steps }'),
  batchNorms: word(["running", "batch"], { default: "running" }),
  clean: number,
  after: number,
};

/** Throws if a setting of an adversary is not allowed. */
export function checkAdversary(adversary: Adversary): void {
  checkSettings("an adversary", adversarySettings, adversary, ["attack"]);
  const { attack, clean = 0, after = 0 } = adversary;
  for (const [name, share] of Object.entries({ clean, after })) {
    if (!(share >= 0 && share < 1)) {
      throw new RangeError(`Cannot train adversarially with ${name} ${share}: a number in [0, 1) is wanted`);
    }
  }
  const { restarts = 1 } = attack as { readonly restarts?: number };
  if (restarts !== 1) {
    throw new RangeError(
      `Cannot train on the strongest of ${restarts} restarts: one start a batch is wanted`,
    );
  }
}
