import { type Ball, checkBall } from "../attacks/mod.ts";
import { checkSettings, object, type Setting, type Settings, size, text, valueText } from "../kinds/mod.ts";

/**
 * What somebody else's evaluation of a defense found: a number that the kit's own attacks should not leave above. It is a fact
 * of the defense, as published; nothing is measured here.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { adversarialTraining, type PublishedBreak } from "@gcln/kit/defenses";
 *
 * const found: PublishedBreak = {
 *   by: "Athalye et al. 2018",
 *   attack: "PGD",
 *   on: "cifar10",
 *   ball: linf(0.031),
 *   left: 0.47,
 *   source: "Table 1",
 * };
 * assertEquals(adversarialTraining.breaks.some(({ by, left }) => by === found.by && left === found.left), true);
 * ```
 */
export interface PublishedBreak {
  /** Who evaluated the defense: "Athalye et al. 2018". */
  readonly by: string;
  /** With what: "BPDA", "AutoAttack". */
  readonly attack: string;
  /** The data set; by the kit's name where it has one: "cifar10", "mnist", "imagenet". */
  readonly on: string;
  /** The allowed distance, images in [0, 1]. Absent where the attack took whatever distance it needed. */
  readonly ball?: Ball;
  /** The accuracy that was left, in [0, 1]. */
  readonly left: number;
  /** Where the number stands: "Table 1", "README of fra31/auto-attack". */
  readonly source: string;
  /** How what was evaluated differs in kind from what stands here: "a WRN-34-10". Default: it does not. */
  readonly differs?: string;
  /** Only rows with these settings are meant: `{ training: "adversarial" }`. Default: all. */
  readonly where?: Readonly<Record<string, unknown>>;
}

const breakSettings: Settings = {
  by: text(),
  attack: text(),
  on: text(),
  ball: object("a ball such as linf(8 / 255)"),
  left: size({ most: 1 }),
  source: text(),
  differs: text(),
  where: object("settings of rows"),
};

/** Breaks of a defense as a fact about it. */
export const BREAKS: Setting = {
  wanted: 'a list of { by, attack, on, ball, left, source }, such as left: 0.09 on "cifar10",',
  accepts: Array.isArray,
};

/**
 * Throws where a break is not whole.
 *
 * @throws {RangeError} Where a field is missing, not known or not allowed.
 */
export function checkBreaks(name: string, breaks: readonly PublishedBreak[]): void {
  for (const found of breaks) {
    if (typeof found !== "object" || found === null) {
      throw new RangeError(
        `Cannot use break ${valueText(found)} of ${valueText(name)}: ${BREAKS.wanted} is wanted`,
      );
    }
    checkSettings(`a break of ${name}`, breakSettings, found, ["by", "attack", "on", "left", "source"]);
    if (found.ball !== undefined) checkBall(found.ball);
  }
}
