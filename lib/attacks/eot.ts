import { checkSettings, count, type Settings, word } from "../kinds/mod.ts";
import { type Classifier, fold, type Images, leavingResult, type Logits, tf } from "../tensor/mod.ts";
import { drawsOf } from "./steps/draws_of.ts";
import { type AttackLoss, attackLoss } from "./steps/attack_loss.ts";
import { logitsOf } from "../judge/mod.ts";
import { seed } from "./steps/attack_options.ts";

/** A defense that draws random numbers, all of them from the seed: the same seed, the same function of the images. */
export type Randomised = (images: Images, seed: number) => Logits;

/** How {@linkcode eot} averages. */
export interface EotOptions {
  /** How many draws there are. Default 10. */
  readonly draws?: number;
  /** Fixes them. Default 0. */
  readonly seed?: number;
  /**
   * What the classifier returns: the mean of the draws' `"logits"`, or the logarithm of the mean of their
   * `"probabilities"`, which no draw that is very sure outvotes. Default `"logits"`. For the mean of the *losses*, that
   * is of their gradients, give the attack the loss {@linkcode eotLoss}.
   */
  readonly average?: "logits" | "probabilities";
}

const settings: Settings = {
  draws: count({ least: 1, default: 10 }),
  seed,
  average: word(["logits", "probabilities"], { default: "logits" }),
};

/**
 * Expectation over transformation (Athalye et al. 2018): of a randomised defense the classifier to attack, whose
 * gradient is that of many draws at once instead of a single one's.
 *
 * Averages that differ, by name:
 * - `average: "logits"` gives the gradient of loss(mean of logits);
 * - `average: "probabilities"` the gradient of loss(log of mean of softmax): crossEntropy is then −log of the
 *   mean probability of the label;
 * - the attack's `loss: eotLoss("crossEntropy")` the gradient of the mean of loss(logits), which is the mean of the
 *   gradients; this is what Athalye et al. raise. The classifier's values remain what `average` says.
 *
 * The same draws are made at each call: what is returned is a plain function of the images, and so are attacks on it.
 * To draw anew in each step, as Athalye et al. do, wrap the attack in `redrawn`. Score with other seeds than those that
 * were attacked. A gradient takes `draws` times the work and the memory of one draw's.
 *
 * @param forward The defense, images `[n, h, w, c]` and a seed to logits `[n, classes]`.
 * @param options How many draws, and what is averaged.
 * @throws {RangeError} Where there is no draw; when called, where `forward` does not return logits.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { eot, eotLoss, fgs, linf } from "@gcln/kit/attacks";
 * import { normal, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the left pixel is brighter than the right one, hidden under much noise.
 * const defense = (x: tf.Tensor4D, seed: number) =>
 *   x.mul(normal<tf.Rank.R4>([1, 1, 2, 1], 1, 0.5, seed)).reshape([1, 2]).reverse(1) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const surrogate = eot(defense, { draws: 50 });
 * const attacked = fgs(surrogate, batch, { ball: linf(0.125), loss: eotLoss("crossEntropy") });
 * assertEquals([...await attacked.data()], [0.375, 0.375]);
 * ```
 */
export function eot(
  forward: Randomised,
  options: EotOptions = {},
): Classifier {
  checkSettings("eot", settings, options);
  const { draws = 10, seed: given = 0, average = "logits" } = options;
  return (images: Images): Logits =>
    leavingResult(() => {
      const drawn = Array.from(
        { length: draws },
        (_, draw) => tf.tidy(() => logitsOf((x) => forward(x, fold(given, "eot", draw)), images)),
      );
      const mean = averageOf(drawn, average);
      drawsOf.set(mean, drawn);
      return mean;
    });
}

function averageOf(drawn: readonly Logits[], average: "logits" | "probabilities"): Logits {
  if (average === "logits") return tf.stack([...drawn]).mean(0); // [draws, n, classes] to [n, classes]
  return tf.stack(drawn.map((logits) => logits.logSoftmax()))
    .logSumExp<tf.Tensor>(0).sub<Logits>(Math.log(drawn.length));
}

/**
 * The mean of a loss over the draws of {@linkcode eot}: its gradient is the mean of the draws' gradients.
 *
 * @param loss The loss of one draw. Default `"crossEntropy"`.
 * @returns A loss for attacks on what `eot` has returned.
 * @throws {TypeError} When called with logits that do not come from `eot` directly, or whose draws were freed.
 */
export function eotLoss(loss: AttackLoss = "crossEntropy"): AttackLoss {
  return (logits, labels, targets) => {
    const drawn = drawsOf.get(logits);
    if (drawn === undefined) {
      throw new TypeError(
        "Cannot average a loss over draws: the surrogate has to be what eot() returns, unchanged",
      );
    }
    if (drawn.some(({ isDisposed }) => isDisposed)) {
      throw new TypeError(
        "Cannot average a loss over draws that were freed: call the surrogate and the loss within one tf.tidy",
      );
    }
    const losses = drawn.map((logits) => attackLoss(loss, logits, labels, targets));
    return tf.stack(losses).mean<tf.Tensor1D>(0);
  };
}
