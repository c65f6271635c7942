import type { Victim } from "../judge/mod.ts";
import { logitsOf } from "../judge/mod.ts";
import { type Classifier, type Logits, tf } from "../tensor/mod.ts";

/** How far below 0 an attacker wants the score, so that the next step does not lead back above it. */
const BELOW = 0.5;

/**
 * A victim that detects, as an attacker differentiates it who knows of the detector: while an image is read right, the
 * gradient is the classifier's; where it is read as the attacker wants but refused, it lowers the detector's score. This is
 * selective PGD (Bryniarski et al. 2021), for every attack by gradients. Carlini and Wagner (2017) add both losses up instead,
 * and the two pull against each other.
 *
 * A surrogate does not know what an attack is after. But the attack tells it on the way back: where the loss would rise
 * with the largest logit, the attacker is content with how the image is read.
 *
 * The logits keep their order, and those of refused images shrink by 1 + score. So an attack that keeps its strongest image
 * (APGD) prefers one that is not refused.
 *
 * @param victim A classifier with a score that has a gradient; the score is lowered until it is at most −0.5.
 * @returns A surrogate.
 * @throws {TypeError} Where the victim has no score.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bim, linf, selective } from "@gcln/kit/attacks";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the left pixel is bright; refused where the right one is.
 * const read = (x: Images) => x.reshape([-1, 2]).matMul(tf.tensor2d([[-1, 1], [0, 0]])).add([0.5, -0.5]) as Logits;
 * const score = (x: Images) => x.reshape([-1, 2]).matMul(tf.tensor2d([[0], [9]])).sub(4).reshape([-1]) as tf.Tensor1D;
 * const surrogate = selective(Object.assign(read, { score }));
 * const batch = { images: tf.fill([1, 1, 2, 1], 0.5) as Images, labels: tf.tensor1d([0], "int32") };
 * const attacked = bim(surrogate, batch, { ball: linf(0.25), stepSize: 0.125, steps: 2 });
 * assertEquals([...await attacked.data()], [0.625, 0.375]);
 * ```
 */
export function selective(victim: Victim): Classifier {
  const { score } = victim;
  if (typeof score !== "function") {
    throw new TypeError(
      "Cannot lower the score of a victim that has none: a function score(images) is wanted",
    );
  }
  return (images) => weighed(logitsOf(victim, images), score(images));
}

/** Logits of which refused images have smaller ones, and whose gradient goes to the logits or to the score. */
function weighed(logits: Logits, score: tf.Tensor1D): Logits {
  const choose = tf.customGrad((...[z, s, save]: unknown[]) => {
    const read = z as Logits, over = (s as tf.Tensor).expandDims(1);
    const top = tf.oneHot(read.argMax(1), read.shape[1]).cast("float32"), lower = over.greater(-BELOW);
    (save as tf.GradSaveFunc)([top, lower]);
    return {
      value: read.div(over.relu().add(1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [top, lower] = saved as [tf.Tensor, tf.Tensor];
        const isContent = dy.mul(top).sum(1, true).greater(0);
        const turns = isContent.logicalAnd(lower).cast("float32"); // to the detector
        return [dy.mul(tf.sub(1, turns)), dy.abs().sum(1, true).mul(turns).neg().squeeze([1])];
      },
    };
  });
  return choose(logits, score) as Logits;
}
