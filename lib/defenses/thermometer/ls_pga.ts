import type { Iterated } from "../../attacks/mod.ts";
import { crossEntropy } from "../../losses/mod.ts";
import { gradientAt, type Images, type Logits, tf } from "../../tensor/mod.ts";
import { levelsWithin, mixedCodes, thermometerCodes } from "./codes.ts";

/** How {@linkcode lsPga} goes about it. */
export interface LsPgaOptions {
  /** How far a value may move. */
  readonly epsilon: number;
  /** How many steps. */
  readonly steps: number;
  /** By what the temperature is divided after each step. */
  readonly anneal: number;
  /** How many levels the codes have. */
  readonly levels: number;
}

/** What a level outside the ball has instead of a logit. */
const NEVER = -1e9;

/**
 * Logit-space projected gradient ascent (Buckman et al. 2018, §4.2), an attack on codes instead of pixels: for each value it
 * keeps a logit for every level within ε, and shows the classifier the mixture of their codes by the logits' softmax, which
 * becomes sharper from step to step. What it ends with is the code of the likeliest level.
 *
 * Departure: the logits climb by the gradient over its mean size of the image. Buckman et al. take its sign times 0.01, by which
 * levels stay level, and leave it to chance which of them is taken; those who broke the defense take the gradient as it is.
 *
 * @param options ε, steps, annealing and levels.
 * @returns An attack whose `images` are codes. What it differentiates has to take codes.
 */
export function lsPga({ epsilon, steps, anneal, levels }: LsPgaOptions): Iterated {
  /** Logits of the levels, as sharp as at this step; those outside the ball are out of the question. */
  const sharpened = (logits: tf.Tensor, allowed: tf.Tensor, sharpness: tf.Tensor) =>
    logits.mul(sharpness.reshape([-1, 1, 1, 1, 1])).mul(allowed).add(tf.sub(1, allowed).mul(NEVER));
  return {
    steps,
    start({ images, labels }) {
      const [n] = images.shape, allowed = levelsWithin(images, epsilon, levels);
      return {
        images: thermometerCodes(images, levels),
        original: images,
        labels,
        allowed,
        logits: tf.zerosLike(allowed),
        sharpness: tf.ones([n]),
      };
    },
    step(surrogate, { allowed, logits, sharpness, ...state }) {
      const slope = gradientAt((u: tf.Tensor) => {
        const shown = mixedCodes(sharpened(u, allowed!, sharpness!).softmax());
        return crossEntropy(surrogate(shown) as Logits, state.labels).sum() as tf.Scalar;
      }, logits!);
      const climbed = logits!.add(slope.div(slope.abs().mean([1, 2, 3, 4], true).add(1e-20)));
      const best = sharpened(climbed, allowed!, tf.onesLike(sharpness!)).argMax(4);
      return {
        ...state,
        images: mixedCodes(tf.oneHot(best.cast("int32"), levels).cast("float32")) as Images,
        allowed: allowed!,
        logits: climbed,
        sharpness: sharpness!.mul(anneal),
      };
    },
  };
}
