import { attacks, type AttackSpec, type Ball, checkBall } from "../attacks/mod.ts";
import { checkSettings, count, type Settings } from "../kinds/mod.ts";

/** How long the attacks of {@linkcode everyAttack} search. */
export interface EveryAttackOptions {
  /** The steps of those that follow a gradient. Default 20. */
  readonly steps?: number;
  /** The queries of those that only ask. Default 500. */
  readonly queries?: number;
}

const settings: Settings = {
  steps: count({ least: 1, default: 20 }),
  queries: count({ least: 1, default: 500 }),
};

/**
 * Every attack that works in a ball of its norm, as data: the cheap ones first, those that need no gradient last, then those
 * that users have defined, where their facts say how a list shows them. For a page that compares them, or `robustness` in
 * one go. Attacks on the ratio DLR take the margin where there are too few classes for it.
 *
 * @param ball The images that are allowed.
 * @param options How long they search.
 * @throws {RangeError} Where the ball or an option makes no sense.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { l1, linf } from "@gcln/kit/attacks";
 * import { everyAttack } from "@gcln/kit/experiments";
 *
 * const attacks = everyAttack(linf(8 / 255), { steps: 10 });
 * assertEquals(attacks["PGD"], { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 });
 * assertEquals("APGD-CE" in everyAttack(l1(10)), false); // it has no form for l1
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
