import type { Classifier, Progress } from "../../../tensor/mod.ts";
import type { FollowedAttack } from "../followed_attack.ts";
import type { IndicatorFinding, IndicatorName } from "./names.ts";

/** What {@linkcode indicators} tell of an attack. */
export interface Indicators {
  /** How many images the victim gets right without an attack. The others can't tell whether an attack fails. */
  readonly attacked: number;
  /** The means over those images, in [0, 1]; 0 is good. */
  readonly numbers: Readonly<Record<IndicatorName, number>>;
  /** The six by image, in [0, 1]; NaN for an image that the victim gets wrong without an attack. */
  readonly byImage: Readonly<Record<IndicatorName, readonly number[]>>;
  /** The attack's loss by image, before the first step and after each. */
  readonly losses: readonly (readonly number[])[];
  /** Whether the victim still gets each image right after the attack. */
  readonly correct: readonly boolean[];
  /** The indicators that fire, and what to do. */
  readonly findings: readonly IndicatorFinding[];
}

/** Fields of {@linkcode indicators}. */
export interface IndicatorsOptions {
  /**
   * What is looked into: `{ attack: "pgd", ball: linf(8 / 255), … }`, or one's own, `{ attack: pgdAttack, ball }`, where
   * `attack` makes it. Of restarts only the first is followed.
   */
  readonly attack: FollowedAttack;
  /** What the attacker differentiates; default: the victim. */
  readonly surrogate?: Classifier;
  /** Points around each image at which the predictions are looked at. Default 100. */
  readonly draws?: number;
  /** The side of the box that they are drawn from. Default 8/255. */
  readonly side?: number;
  /** Of a data set: images at a time. Default 100. */
  readonly batch?: number;
  /** Fixes all that is drawn. Default 0. */
  readonly seed?: number;
  /** Is told how many images are done. */
  readonly progress?: Progress;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}
