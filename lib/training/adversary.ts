import { checkSettings, object, type Setting, type Settings, word } from "../kinds/mod.ts";
import type { IteratedSpec } from "../attacks/mod.ts";

const number: Setting = { wanted: "a number", accepts: (value) => typeof value === "number" };

/** Attacks whose steps depend on nothing but the images as they are: one graph serves all of them. */
export type AdversaryAttack = Extract<
  IteratedSpec,
  { readonly attack: "fgs" | "bim" | "pgd" | "momentum" }
>;

/**
 * The inner maximisation of adversarial training (Madry et al. 2018, Eq. 2.1), as data: what each batch is attacked with,
 * under the parameters as they are, before the step that learns from it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import type { Adversary } from "@gcln/kit/training";
 *
 * // Madry et al.'s on CIFAR-10; M-PGD of Kannan et al. is the same with `clean: 0.5`.
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
   * What batch norms of the attacked network normalise by: the running statistics, as at test time, or those of the
   * attacked batch.
   *
   * Madry et al.'s published code takes the batch's. Asked why (MadryLab/cifar10_challenge, issue 22) they call it a
   * matter of convenience, and saw little difference in later runs with the running ones. Those cost less here, since a
   * batch norm then is a part of its convolution, and are what an attacker meets.
   *
   * @default {"running"}
   */
  readonly batchNorms?: "running" | "batch";
  /**
   * The weight of the loss on the clean images; the attacked ones have the rest. From 0 (only these are trained on) up to,
   * but not including, 1.
   *
   * @default {0}
   */
  readonly clean?: number;
  /**
   * The share of all steps that come first and see clean images only. From 0 up to, but not including, 1.
   *
   * @default {0}
   */
  readonly after?: number;
}

const adversarySettings: Settings = {
  attack: object('an attack such as { attack: "pgd", ball, stepSize, steps }'),
  batchNorms: word(["running", "batch"], { default: "running" }),
  clean: number,
  after: number,
};

/** Throws where an adversary makes no sense. */
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
