import { eot, type Randomised, type Redrawable } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { callable, checkSetting } from "../kinds/mod.ts";
import type { Victim } from "../judge/mod.ts";
import type { Owner } from "../networks/mod.ts";
import {
  type Classifier,
  type Cleaner,
  fold,
  type Images,
  leavingResult,
  type Logits,
  type Progress,
  straightThrough,
  tf,
} from "../tensor/mod.ts";
import { defend } from "./defend.ts";

/** A surrogate that takes some time to make. */
export interface LateSurrogate {
  /** What it depends on beside the networks: for the keys of caches. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Makes it, when an attacker first asks for it. What it owns is freed with the defense. */
  readonly make: (given: LateSurrogateOptions) => Promise<Classifier & Partial<Owner>>;
}

/** What the making of a {@linkcode LateSurrogate} is given. */
export interface LateSurrogateOptions {
  /** The training images. */
  readonly data: () => Promise<Dataset>;
  /** Makes a progress for a stretch of work that has this label. */
  readonly progress?: (label: string) => Progress;
  /** Stops the work. */
  readonly signal?: AbortSignal;
}

/** A defense as it stands before its attackers. All functions are pure: the same images give the same, at every call. */
export interface Stand {
  /** What is scored. */
  readonly victim: Victim;
  /**
   * What attackers differentiate, by the names of their threat models. A threat model that makes no sense for the defense is
   * absent. "white-box" and "adaptive" are the victim where they are not given, and so is "straight-through" unless the
   * defense is non-differentiable.
   */
  readonly surrogates?: Readonly<Record<string, Classifier | LateSurrogate>>;
  /** What stands in front of the classifier, if anything. */
  readonly cleaner?: Cleaner;
  /** Frees tensors that it has made beside its networks. */
  readonly dispose?: () => void;
  /** Of a randomised defense, how many draws the victim and each surrogate are the mean of. */
  readonly draws?: number;
}

/** Passes of a random defense that are averaged, to attack it and, with other draws, to score it. */
export const RANDOM_DRAWS = 8;

/**
 * A classifier behind a cleaner, for the attackers that there are: "white-box" has its exact gradient, "identity" passes the
 * whole cleaner straight through, "oblivious" does not know of it, and "straight-through" passes its rounding straight
 * through, where it rounds.
 *
 * @param classifier What is defended.
 * @param cleaner From images to cleaned images of the same shape.
 * @param straight The same cleaner with its rounding passed straight through, where it rounds: for "straight-through".
 *
 * @throws {RangeError} Where one of them is no function.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { standBehind } from "@gcln/kit/defenses";
 * import { type Images, type Logits, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const darker = (images: Images) => images.mul(0.5) as Images;
 * const { surrogates } = standBehind((images) => images.mean([1, 2]) as Logits, darker);
 * assertEquals(Object.keys(surrogates!), ["identity", "oblivious"]);
 * ```
 */
export function standBehind(classifier: Classifier, cleaner: Cleaner, straight?: Cleaner): Stand {
  checkSetting("classifier", callable(), classifier);
  checkSetting("cleaner", callable(), cleaner);
  return {
    victim: defend(classifier, cleaner),
    surrogates: {
      ...(straight ? { "straight-through": defend(classifier, straight) } : {}),
      "identity": defend(classifier, straightThrough<Images>(cleaner)),
      "oblivious": classifier,
    },
    cleaner,
  };
}

/**
 * A classifier with a detector in front of it: an image whose score is above 0 is refused. "white-box" differentiates the
 * classifier and knows nothing of the detector; "detector too" and "adaptive" lower the score as well ({@linkcode selective}).
 *
 * @param classifier What is defended.
 * @param score How sure the detector is, `[n]`, with a gradient; see {@linkcode Victim.score} for its unit.
 * @throws {RangeError} Where one of them is no function.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { standDetecting } from "@gcln/kit/defenses";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Refuses images that are brighter than 0.75.
 * const score = (images: Images) => images.mean([1, 2, 3]).div(0.75).log() as tf.Tensor1D;
 * const { victim } = standDetecting((images) => images.mean([1, 2]) as Logits, score);
 * const images = tf.tensor4d([0.5, 1], [2, 1, 1, 1]);
 * assertEquals([...await victim.rejects!(images).data()], [0, 1]);
 * ```
 */
export function standDetecting(classifier: Classifier, score: NonNullable<Victim["score"]>): Stand {
  checkSetting("classifier", callable(), classifier);
  checkSetting("score", callable(), score);
  return {
    victim: Object.assign((images: Images) => classifier(images), {
      rejects: (images: Images) => leavingResult(() => score(images).greater(0).cast("int32") as tf.Tensor1D),
      score: (images: Images) => leavingResult(() => score(images)),
    }),
    surrogates: { "oblivious": classifier },
  };
}

/**
 * A classifier that draws random numbers, as the mean over 8 draws: one mean is scored, and attackers differentiate another,
 * over draws of their own (EOT, Athalye et al. 2018).
 *
 * @param randomised From images and a seed to logits.
 * @param seed Fixes all draws.
 */
export function standAveraged(randomised: Randomised, seed: number): Stand {
  const mean = (what: string): Classifier =>
    eot(randomised, { draws: RANDOM_DRAWS, seed: fold(seed, "noise", what) });
  const victim = mean("score"), surrogate = mean("attack");
  return {
    victim,
    surrogates: { "white-box": surrogate, "straight-through": surrogate, "adaptive": surrogate },
    draws: RANDOM_DRAWS,
  };
}

/**
 * A classifier that draws random numbers, scored by single passes: which of 8 draws reads an image follows from its pixels, so
 * that the same image gets the same answer, and another image another draw. Attackers by gradients differentiate the mean of 8
 * draws, which are fresh in each step ({@linkcode Redrawable}).
 *
 * @param randomised From images and a seed to logits.
 * @param seed Fixes all draws.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { standSinglePasses } from "@gcln/kit/defenses";
 * import { type Logits, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // One of two classes, by the seed alone.
 * const { victim } = standSinglePasses((images, seed) =>
 *   tf.oneHot(tf.fill([images.shape[0]], seed % 2, "int32"), 2).cast("float32") as Logits, 1);
 * const logits = await victim(tf.zeros([1, 2, 2, 1])).data();
 * assertEquals([...logits].sort(), [0, 1]); // no mean of both
 * ```
 */
export function standSinglePasses(randomised: Randomised, seed: number): Stand {
  const mean = (...step: readonly number[]): Classifier =>
    eot(randomised, { draws: RANDOM_DRAWS, seed: fold(seed, "noise", "attack", ...step) });
  const surrogate: Redrawable = Object.assign(mean(), { redraw: (step: number) => mean(step) });
  return {
    victim: (images) => leavingResult(() => ofOneDraw(randomised, images, fold(seed, "noise", "score"))),
    surrogates: { "white-box": surrogate, "straight-through": surrogate, "adaptive": surrogate },
    draws: RANDOM_DRAWS,
  };
}

/** The logits of each image by one draw, which a sum of its pixels chooses. */
function ofOneDraw(randomised: Randomised, images: Images, seed: number): Logits {
  const passes = Array.from(
    { length: RANDOM_DRAWS },
    (_, draw) => randomised(images, fold(seed, "eot", draw)),
  );
  const levels = images.mul(255).round().mod(RANDOM_DRAWS).sum([1, 2, 3]); // small whole numbers: exact in any order
  const chosen = tf.oneHot(levels.mod(RANDOM_DRAWS).cast("int32"), RANDOM_DRAWS).cast("float32").expandDims(
    2,
  );
  return tf.stack(passes, 1).mul(chosen).sum(1) as Logits; // [n, draws, classes] to [n, classes]
}
