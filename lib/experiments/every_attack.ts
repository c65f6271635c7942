import type { AttackSpec, Ball } from "../attacks/mod.ts";

/** How long the attacks of {@linkcode everyAttack} search. */
export interface EveryAttackOptions {
  /** The steps of those that follow a gradient. Default 20. */
  readonly steps?: number;
  /** The queries of those that only ask. Default 500. */
  readonly queries?: number;
}

/**
 * Every attack of the kit that works in a ball of one norm, as data: the cheap ones first, those that need no gradient
 * last. For a page that compares them, or `robustness` in one go.
 *
 * @param ball An linf ball.
 * @param options How long they search.
 * @throws {RangeError} Where the ball is no linf ball.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { everyAttack } from "@gcln/kit/experiments";
 *
 * const attacks = everyAttack(linf(8 / 255), { steps: 10 });
 * assertEquals(attacks["PGD"], { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 });
 * ```
 */
export function everyAttack(
  ball: Ball,
  { steps = 20, queries = 500 }: EveryAttackOptions = {},
): Readonly<Record<string, AttackSpec>> {
  if (ball.norm !== "linf") {
    throw new RangeError(`Cannot list the attacks in an ${ball.norm} ball: linf is wanted`);
  }
  const stepSize = ball.epsilon / 4;
  return {
    "Noise": { attack: "noise", ball, draws: steps },
    "FGS": { attack: "fgs", ball },
    "BIM": { attack: "bim", ball, stepSize, steps },
    "PGD": { attack: "pgd", ball, stepSize, steps },
    "PGD, margin": { attack: "pgd", ball, stepSize, steps, loss: "margin" },
    "MI-FGSM": { attack: "momentum", ball, stepSize, steps },
    "DI²-FGSM": { attack: "diverseInput", ball, stepSize, steps },
    "APGD-CE": { attack: "apgd", ball, steps },
    "APGD-DLR": { attack: "apgd", ball, steps, loss: "dlr" },
    "APGD-T": { attack: "apgdTargeted", ball, steps },
    "C&W L∞": { attack: "carliniWagner", ball, norm: "linf", steps: 10 * steps },
    "DeepFool": { attack: "deepFool", ball, steps },
    "FAB": { attack: "fab", ball, steps },
    "FAB-T": { attack: "fabTargeted", ball, steps },
    "Square": { attack: "square", ball, queries },
    "SPSA": { attack: "spsa", ball, steps: Math.max(1, Math.round(queries / 64)), samples: 32 },
    "HopSkipJump": { attack: "hopSkipJump", ball, queries },
  };
}
