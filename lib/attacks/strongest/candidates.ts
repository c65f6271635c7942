import type { Images, Labels } from "../../tensor/mod.ts";
import { adaptiveAscent } from "../steps/adaptive_ascent.ts";
import type { Replacement } from "./replacements.ts";
import { apgdAttack, apgdCheckpoints } from "../apgd.ts";
import type { AttackLossName } from "../steps/attack_loss.ts";
import type { AnyBall, Norm } from "../steps/ball.ts";
import type { AttackState, Iterated } from "../steps/iterated.ts";
import { momentumAttack } from "../momentum.ts";
import { projectedAscent } from "../steps/projected_ascent.ts";

/** The step rule of a candidate. "apgd towards" has one wrong class as its target, the likeliest first. */
export type StepRule = "fgs" | "pgd" | "momentum" | "apgd" | "apgd towards" | "square";

/** The start of an attempt. */
export type StartOfAttempt = "original" | "random" | "best so far";

/** One attack of the portfolio: a gradient replacement, a loss, and a step rule. */
export interface Candidate {
  /** Its name in a record. */
  readonly name: string;
  /** The gradient replacement; absent for square, which uses no gradient. */
  readonly replacement?: Replacement;
  readonly rule: StepRule;
  readonly loss: AttackLossName;
}

/** Makes a candidate with its name; square has no replacement. */
export function candidate(
  replacement: Replacement | undefined,
  rule: StepRule,
  loss: AttackLossName,
): Candidate {
  return replacement === undefined
    ? { name: rule, rule, loss }
    : { name: `${replacement.name}: ${rule}, ${loss}`, replacement, rule, loss };
}

/** The part of the task that {@linkcode candidatesOf} depends on. */
export interface Task {
  readonly norm: Norm;
  /** The number of classes. */
  readonly classes: number;
  /** Whether the attack has a target class, or any wrong class is a success. */
  readonly aim: "target" | "any";
}

/** All candidates with some replacements, and square. Those that are best most often come first. */
export function candidatesOf(
  replacements: readonly Replacement[],
  { norm, classes, aim }: Task,
): Candidate[] {
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
    .flatMap(([rule, loss]) => replacements.map((replacement) => candidate(replacement, rule, loss)));
  return adaptive
    ? made.toSpliced(3 * replacements.length, 0, candidate(undefined, "square", "margin"))
    : made;
}

/** The settings of one attempt of a candidate. */
export interface Attempt {
  readonly ball: AnyBall;
  readonly steps: number;
  readonly start: StartOfAttempt;
  readonly seed: number;
  /** The target classes, if there are any. */
  readonly targets: Labels | undefined;
  /** The target classes of "apgd towards", `[n]`. */
  readonly towards: Labels;
  /** The strongest images so far, `[n, h, w, c]`. */
  readonly best: Images;
}

/** A candidate as an iterated attack. Square has no such form. */
export function stepsOf({ replacement, rule, loss }: Candidate, attempt: Attempt): Iterated {
  const { ball, steps, start, seed, targets, towards, best } = attempt;
  const plain = { ball, steps, loss, ...(targets ? { targets } : {}) };
  // If the surrogate's logits are not the victim's, the surrogate must not decide which images are finished.
  const stop = replacement?.values === "the victim's" ? "on success" : "at the end";
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

/** The same attack with given images as its start, `[n, h, w, c]`. */
function startedFrom(attack: Iterated, images: Images): Iterated {
  return {
    ...attack,
    start(batch, restart): AttackState {
      const state = attack.start(batch, restart);
      return { ...state, images: images.clone(), ...(state.current ? { current: images.clone() } : {}) };
    },
  };
}

/** The largest number of passes, forward and backward, of an attempt on a batch of this size. */
export function mostPasses({ replacement, rule, loss }: Candidate, batchSize: number, steps: number): number {
  if (rule === "square") return batchSize * (steps + 1); // a query is a pass
  const each = replacement!.values === "the victim's" ? 2 : 3; // the victim is asked after each step
  const looks = loss === "dlr" ? 3 : 2; // dlr asks for the number of classes first
  return batchSize * (each * (rule === "fgs" ? 1 : steps) + looks + 2);
}

/** The number of steps that this many passes are enough for. */
export function stepsFor(candidate: Candidate, batchSize: number, passes: number): number {
  const none = mostPasses(candidate, batchSize, 0), one = mostPasses(candidate, batchSize, 1);
  return Math.floor((passes - none) / Math.max(1, one - none));
}
