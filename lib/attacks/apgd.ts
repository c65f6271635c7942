import { count, type Settings, size, word } from "../kinds/mod.ts";
import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import { adaptiveAscent } from "./steps/adaptive_ascent.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { type AttackOptions, attackSettings, checkMaker } from "./steps/attack_options.ts";
import { runRestarts } from "./steps/restarts.ts";
import type { Iterated } from "./steps/iterated.ts";

/** How {@linkcode apgd} goes about it. There is no step size to choose: that is what it is for. */
export interface ApgdOptions extends AttackOptions {
  /** How many steps there are. Default 100. */
  readonly steps?: number;
  /** Uniformly in the ball, or at the image itself. Default `"random"`. */
  readonly start?: "random" | "original";
  /** How often to begin anew; of all results the strongest stays, image by image. Default 1. */
  readonly restarts?: number;
  /** α, in (0, 1]: how much of a step is new; the rest is the step before it. Default 0.75. */
  readonly momentum?: number;
  /** ρ, in [0, 1]: the share of steps that has to raise the loss, or else the step is halved. Default 0.75. */
  readonly rho?: number;
}

/**
 * The steps after which {@linkcode apgd} looks whether to halve its step: w_j = ⌈p_j N⌉, p_1 = 0.22,
 * p_{j+1} = p_j + max(p_j − p_{j−1} − 0.03, 0.06).
 *
 * @param steps N.
 * @returns Rising, N at most.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { apgdCheckpoints } from "@gcln/kit/attacks";
 *
 * assertEquals(apgdCheckpoints(100), [22, 41, 57, 70, 80, 87, 93, 99]);
 * ```
 */
export function apgdCheckpoints(steps: number): number[] {
  const found = new Set<number>();
  // In whole percent, where ⌈ ⌉ meets no rounding error.
  for (let percent = 22, gap = 22; percent <= 100; percent += gap = Math.max(gap - 3, 6)) {
    found.add(Math.ceil(percent * steps / 100));
  }
  return [...found];
}

/** {@linkcode apgd} as data. */
export type ApgdSpec = Ascent & SpecOf<"apgd", ApgdOptions, "steps">;

/** The settings of {@linkcode ApgdOptions}. */
export const apgdSettings: Settings = {
  ...attackSettings,
  steps: count({ default: 100 }),
  start: word(["random", "original"], { default: "random" }),
  restarts: count({ least: 1, default: 1 }),
  momentum: size({ above: 0, most: 1, default: 0.75 }),
  rho: size({ most: 1, default: 0.75 }),
};

/**
 * {@linkcode apgd} as a start and a step. Its state's `images` are the strongest seen so far.
 *
 * @param options As for `apgd`; `restarts` is for who runs it.
 * @throws {RangeError} Where an option makes no sense, or the ball is an l1 ball.
 */
export function apgdAttack(options: ApgdOptions): Iterated {
  checkMaker("apgd", apgdSettings, options, { norms: ["linf", "l2"] });
  const { steps = 100, start = "random" } = options;
  return adaptiveAscent({ ...options, steps, start, checkpoints: apgdCheckpoints(steps), goal: "target" });
}

function attack(surrogate: Classifier, batch: Batch, options: ApgdOptions): Images {
  return runRestarts(apgdAttack(options), surrogate, batch, options);
}

/**
 * Auto-PGD (Croce & Hein 2020, Algorithm 1): PGD with momentum that finds its own step size.
 *
 * z = Π(x⁽ᵏ⁾ + η steepest ∇ loss), x⁽ᵏ⁺¹⁾ = Π(x⁽ᵏ⁾ + α (z − x⁽ᵏ⁾) + (1 − α) (x⁽ᵏ⁾ − x⁽ᵏ⁻¹⁾)), from η = 2 ε. At the
 * {@linkcode apgdCheckpoints} an image whose loss rose in a share of ρ of the steps or less, or whose best loss has not
 * risen at all with an unchanged η, halves its η and goes back to its best. `loss: "dlr"` with targets is the targeted
 * ratio.
 *
 * Departure: the paper returns the image of the largest loss, its authors' code the last that was misclassified. Here it
 * is the one of the largest margin, as with restarts of {@linkcode pgd}: misclassified if any was. As in the authors'
 * code, a share of exactly ρ is too little. The start is uniform in the ball, theirs touches its surface.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball (linf or l2), and how to search it.
 * @returns The strongest image on the way, in the ball and in [0, 1]; the caller's to free.
 * @throws {RangeError} Where the surrogate does not return logits, counts do not fit, or an option makes no sense.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { apgd, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright.
 * const classifier = (x: tf.Tensor4D) => {
 *   const bright = x.mean([1, 2, 3]).sub(0.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.25) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const attacked = apgd(classifier, batch, { ball: linf(0.125), steps: 10 });
 * assertEquals([...await attacked.data()], [0.375, 0.375, 0.375, 0.375]);
 * ```
 */
export const apgd: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: ApgdOptions) => Images,
  ApgdSpec
> = defineAttack(attack, {
  name: "apgd",
  title: "APGD",
  source: "Croce & Hein 2020",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2"],
  settings: apgdSettings,
  required: ["steps"],
  iterated: apgdAttack,
  examples: ({ steps }) => ({ "APGD-CE": { steps }, "APGD-DLR": { steps, loss: "dlr" } }),
});
