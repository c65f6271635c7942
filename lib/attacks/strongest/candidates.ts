import type { Images, Labels } from "../../tensor/mod.ts";
import { adaptiveAscent } from "../steps/adaptive_ascent.ts";
import type { Way } from "./ways.ts";
import { apgdAttack, apgdCheckpoints } from "../apgd.ts";
import type { AttackLossName } from "../steps/attack_loss.ts";
import type { AnyBall, Norm } from "../steps/ball.ts";
import type { AttackState, Iterated } from "../steps/iterated.ts";
import { momentumAttack } from "../momentum.ts";
import { projectedAscent } from "../steps/projected_ascent.ts";

/** How a candidate steps. "apgd towards" goes for one wrong class after the other, the likeliest first. */
export type StepRule = "fgs" | "pgd" | "momentum" | "apgd" | "apgd towards" | "square";

/** Where it starts. */
export type StartOfAttempt = "original" | "random" | "best so far";

/** One attack of the portfolio: a way to differentiate, a loss, and a step rule. */
export interface Candidate {
  /** What a record calls it. */
  readonly name: string;
  /** Absent where nothing is differentiated. */
  readonly way?: Way;
  readonly rule: StepRule;
  readonly loss: AttackLossName;
}

/** The candidate of a way; square has none. */
export function candidate(way: Way | undefined, rule: StepRule, loss: AttackLossName): Candidate {
  return way === undefined
    ? { name: rule, rule, loss }
    : { name: `${way.name}: ${rule}, ${loss}`, way, rule, loss };
}

/** What {@linkcode candidatesOf} has to know of the task. */
export interface Task {
  readonly norm: Norm;
  /** How many classes there are. */
  readonly classes: number;
  /** Whether the attacker wants one class, or any wrong one. */
  readonly aim: "target" | "any";
}

/** All that can be done with some ways, and square: what is most often best comes first. */
export function candidatesOf(ways: readonly Way[], { norm, classes, aim }: Task): Candidate[] {
  const adaptive = norm !== "l1", any = aim === "any";
  const kinds: readonly (readonly [StepRule, AttackLossName, boolean])[] = [
    ["apgd", "margin", adaptive],
    ["apgd", "crossEntropy", adaptive],
    ["apgd towards", "margin", adaptive && any && classes > 2],
    ["pgd", "margin", true],
    ["pgd", "crossEntropy", true],
    ["momentum", "margin", true],
    ["apgd", "dlr", adaptive && classes > (any ? 2 : 3)],
    ["apgd towards", "dlr", adaptive && any && classes > 3],
    ["momentum", "crossEntropy", true],
    ["fgs", "crossEntropy", true],
  ];
  const made = kinds.filter(([, , fits]) => fits)
    .flatMap(([rule, loss]) => ways.map((way) => candidate(way, rule, loss)));
  return adaptive ? made.toSpliced(3 * ways.length, 0, candidate(undefined, "square", "margin")) : made;
}

/** What is left open of a candidate. */
export interface Attempt {
  readonly ball: AnyBall;
  readonly steps: number;
  readonly start: StartOfAttempt;
  readonly seed: number;
  /** Whom the attacker wants, if one class. */
  readonly targets: Labels | undefined;
  /** For "apgd towards": the class to go for, `[n]`. */
  readonly towards: Labels;
  /** The strongest images so far, `[n, h, w, c]`. */
  readonly best: Images;
}

/** A candidate as a start and a step. Square has no such form. */
export function stepsOf({ way, rule, loss }: Candidate, attempt: Attempt): Iterated {
  const { ball, steps, start, seed, targets, towards, best } = attempt;
  const plain = { ball, steps, loss, ...(targets ? { targets } : {}) };
  // Where another has to be fooled, the surrogate's verdict must let no image rest.
  const stop = way?.values === "the victim's" ? "on success" : "at the end";
  const options = { ...plain, seed, start: start === "random" ? "random" : "original" } as const;
  const attack = (): Iterated => {
    switch (rule) {
      case "fgs":
        return projectedAscent({ ...options, stop, start: "original", steps: 1, stride: { radii: 1 } });
      case "pgd":
        return projectedAscent({ ...options, stop, stride: { radii: 1 / 4 } });
      case "momentum":
        return momentumAttack({ ...plain, stop });
      case "apgd":
        return apgdAttack(options);
      case "apgd towards":
        return adaptiveAscent({
          ...options,
          targets: towards,
          checkpoints: apgdCheckpoints(steps),
          goal: "label",
        });
      default:
        throw new RangeError(`Cannot step by ${rule}`);
    }
  };
  return start === "best so far" ? startedFrom(attack(), best) : attack();
}

/** An attack that starts from given images, `[n, h, w, c]`, whichever start it has of its own. */
function startedFrom(attack: Iterated, images: Images): Iterated {
  return {
    ...attack,
    start(batch, restart): AttackState {
      const state = attack.start(batch, restart);
      return { ...state, images: images.clone(), ...(state.current ? { current: images.clone() } : {}) };
    },
  };
}

/** At most so many images are shown to classifiers, forwards and back, in an attempt with so many places. */
export function mostPasses({ way, rule }: Candidate, places: number, steps: number): number {
  if (rule === "square") return places * (steps + 1); // a query is a pass
  const each = way!.values === "the victim's" ? 2 : 3; // the victim is asked after each step
  return places * (each * (rule === "fgs" ? 1 : steps) + 2 + 2);
}

/** How many steps can be made for so many passes. */
export function stepsFor(candidate: Candidate, places: number, passes: number): number {
  const none = mostPasses(candidate, places, 0), one = mostPasses(candidate, places, 1);
  return Math.floor((passes - none) / Math.max(1, one - none));
}
