import type { Classifier, Labels } from "../../tensor/mod.ts";
import type { Ball } from "../steps/ball.ts";
import type { InSequenceOptions } from "../sequence.ts";

/** Which attacks `autoAttack` runs, in order. */
export type AutoAttackVersion = "standard" | "plus" | "rand";

/** How `autoAttack` goes about it. All budgets are the authors' unless given. */
export interface AutoAttackOptions extends Omit<InSequenceOptions, "targets"> {
  /** The images that are allowed, linf or l2. */
  readonly ball: Ball<number | readonly number[]>;
  /** Default `"standard"`. */
  readonly version?: AutoAttackVersion;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels;
  /** What is differentiated, where the victim's own gradient is of no use. Default: the victim. */
  readonly surrogate?: Classifier;
  /** The steps of each APGD and FAB. Default 100. */
  readonly steps?: number;
  /** How many wrong classes APGD-T and FAB-T try. Default 9. */
  readonly targetCount?: number;
  /** The queries of Square. Default 5000. */
  readonly queries?: number;
  /** How often APGD and FAB begin. Default 1, in version plus 5. */
  readonly restarts?: number;
  /** Version rand: how many draws of the defense a gradient, and the verdict, is the mean of. Default 20. */
  readonly draws?: number;
  /** Fixes what is random. Default 0. */
  readonly seed?: number;
}
