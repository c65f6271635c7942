import { count, type Settings, size, word } from "../kinds/mod.ts";
import type { Batch, Classifier } from "../tensor/mod.ts";
import { fabSearch } from "./fab/search.ts";
import { type Attack, defineAttack, type RunSettings, type SpecOf } from "./attack.ts";
import { seed, stop } from "./steps/attack_options.ts";
import type { Ball, Norm } from "./steps/ball.ts";
import { type MinimalOptions, type MinimalResult, minimalSettings } from "./steps/minimal.ts";

/** How {@linkcode fab} searches; the defaults are the paper's. */
export interface FabOptions extends Omit<MinimalOptions, "confidence"> {
  /** How distances are measured. Default: as in the ball, or else `"linf"`. */
  readonly norm?: Norm;
  /** How many steps there are. Default 100. */
  readonly steps?: number;
  /** How often to begin: first at the image itself, then at random near it. The nearest of all stays. Default 1. */
  readonly restarts?: number;
  /** α_max, in [0, 1]: how strongly a step is drawn towards the image. Default 0.1. */
  readonly alphaMax?: number;
  /** η, at least 1: by how much a step goes over the boundary. Default 1.05. */
  readonly eta?: number;
  /** β, in [0, 1]: how much of its change a misclassified image keeps, to come back. Default 0.9. */
  readonly beta?: number;
  /**
   * Whether an image is done with when it is misclassified in the ball, or the nearest is looked for to the last step.
   * Which images have fallen is the same. Default `"at the end"`.
   */
  readonly stop?: "on success" | "at the end";
  /** Fixes the random restarts. Default 0. */
  readonly seed?: number;
}

/** {@linkcode fab} as data. */
export type FabSpec = SpecOf<"fab", FabOptions>;

const { confidence: _, ...plain } = minimalSettings;

/** The settings of {@linkcode FabOptions}. */
export const fabSettings: Settings = {
  ...plain,
  norm: word(["linf", "l2", "l1"]),
  steps: count({ least: 1, default: 100 }),
  restarts: count({ least: 1, default: 1 }),
  alphaMax: size({ most: 1, default: 0.1 }),
  eta: size({ least: 1, default: 1.05 }),
  beta: size({ most: 1, default: 0.9 }),
  stop,
  seed,
};

/** An image may rest in the ball where the surrogate's verdict is the victim's. */
export function resting<Options extends FabOptions & { readonly ball: Ball }>(
  settings: Options,
  surrogate: Classifier,
  { victim = surrogate }: RunSettings,
): Options & Pick<FabOptions, "stop"> {
  const rests = victim === surrogate && (settings.norm ?? settings.ball.norm) === settings.ball.norm;
  return { ...settings, stop: rests ? "on success" : "at the end" };
}

async function attack(
  surrogate: Classifier,
  batch: Batch,
  options: FabOptions = {},
): Promise<MinimalResult> {
  return await fabSearch(surrogate, batch, { ...options, aim: options.targets ? "target" : "nearest" });
}

/**
 * The Fast Adaptive Boundary attack (Croce & Hein 2020, "Minimally distorted adversarial examples"): a small change that
 * is misclassified, found by walking along the decision boundary. It needs no step size and no radius.
 *
 * The boundary nearest to x is that of the class k with the least |f_k − f_y| / ‖∇(f_k − f_y)‖, the dual norm. Both x and
 * the image are projected onto its linear approximation within [0, 1] (in closed form, by a sort), and the next x is
 * (1 − α) (x + η d) + α (x_orig + η d_orig), α = min(‖d‖ / (‖d‖ + ‖d_orig‖), α_max), clipped. If that is misclassified, x
 * goes back to x_orig + β (x − x_orig). Random restarts are drawn within min(‖x_out − x_orig‖, ε) / 2, ε being the ball's
 * or, without one, 0.3 (linf), 1 (l2), 5 (l1), as in the authors' code. Three steps of a search on the line back to the
 * image end it.
 *
 * Each step takes the gradients of all classes, `fabTargeted` only that of one difference of two. A target's boundary is
 * that against the best other class: one gradient, too.
 *
 * What is drawn for an image depends on the seed and its id, not on the batch. Images that are done with leave the batch
 * when it can be halved.
 *
 * Departure: the final search goes a tenth of the way beyond where it expects the boundary, since the boundary itself is
 * no success. AutoAttack's code leaves that search out, draws its restarts at ε / 2 whatever was found, and starts them
 * from nothing; ours can only be nearer. As in {@linkcode deepFool}, an image that is misclassified already is a success
 * at distance 0, and one for which nothing was found comes back as it was, with `success` false and an infinite distance.
 * What is found outside a ball is brought into it and judged anew.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The norm, a ball if there is one, and how long to search.
 * @returns The images, which of them succeeded, and how far they are from the originals.
 * @throws {RangeError} Where the surrogate does not return logits, or numbers do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { fab } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is the brighter pixel. Both have to move by 0.1.
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 2]) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.6, 0.4], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const { distance } = await fab(classifier, batch, { norm: "linf", steps: 10 });
 * assertAlmostEquals((await distance.data())[0]!, 0.1, 1e-3);
 * ```
 */
export const fab: Attack<
  (surrogate: Classifier, batch: Batch, options?: FabOptions) => Promise<MinimalResult>,
  FabSpec
> = defineAttack(attack, {
  name: "fab",
  title: "FAB",
  source: "Croce & Hein 2020",
  asks: "gradients",
  needsVictim: true,
  norms: ["linf", "l2", "l1"],
  settings: fabSettings,
  run: (surrogate, batch, settings, how) => attack(surrogate, batch, resting(settings, surrogate, how)),
  examples: ({ steps }) => ({ "FAB": { steps } }),
});
