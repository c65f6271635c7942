import { attacks, type AttackSpec, type Ball, checkBall } from "../attacks/mod.ts";
import { checkSettings, count, type Settings } from "../kinds/mod.ts";

/** The budgets of the attacks of {@linkcode everyAttack}. */
export interface EveryAttackOptions {
  /** The steps of attacks that use gradients. Default 20. */
  readonly steps?: number;
  /** The queries of attacks that use no gradients. Default 500. */
  readonly queries?: number;
}

const settings: Settings = {
  steps: count({ least: 1, default: 20 }),
  queries: count({ least: 1, default: 500 }),
};

/**
 * The specs of all attacks that support the norm of a ball: cheap ones first, then those without gradients, then those that
 * users have defined with `examples`. Give them to `robustness`, or compare them in a table. Attacks that maximise the
 * DLR loss use the margin if there are too few classes for it.
 *
 * @param ball The ball of the allowed images.
 * @param options The budgets.
 * @throws {RangeError} If the ball or an option is not allowed.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { l1, linf } from "@gcln/kit/attacks";
 * import { everyAttack } from "@gcln/kit/experiments";
 *
 * const attacks = everyAttack(linf(8 / 255), { steps: 10 });
 * assertEquals(attacks["PGD"], { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 });
 * assertEquals("APGD-CE" in everyAttack(l1(10)), false); // the l1 norm is not supported
 * ```
 */
export function everyAttack(
  ball: Ball,
  options: EveryAttackOptions = {},
): Readonly<Record<string, AttackSpec>> {
  checkBall(ball);
  checkSettings("everyAttack", settings, options);
  const { steps = 20, queries = 500 } = options;
  const all = attacks().map(({ examples }) => examples({ ball, steps, queries }));
  return Object.assign({}, ...all) as Readonly<Record<string, AttackSpec>>;
}
