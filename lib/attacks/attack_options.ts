import type { Batch, Labels, tf } from "../tensor/mod.ts";
import type { AttackLoss } from "./attack_loss.ts";
import type { AnyBall } from "./ball.ts";

/** What every attack within a ball is told. */
export interface AttackOptions {
  /** The images that are allowed: `linf(8 / 255)`. */
  readonly ball: AnyBall;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels;
  /** What the attack raises. Default `"crossEntropy"`. */
  readonly loss?: AttackLoss;
  /** Fixes what is random. Default 0. */
  readonly seed?: number;
}

/** The same for attacks of several steps. */
export interface IteratedOptions extends AttackOptions {
  /** How far one step goes, in the ball's norm. Default ε / 8, the paper's 1/255 for 8/255. */
  readonly stepSize?: number;
  /** How many steps there are. Default 10, as in the paper. */
  readonly steps?: number;
  /**
   * `"at the end"`: every image takes every step, and may be lost again on the way. `"on success"`: an image that the
   * surrogate gets wrong (with targets: that reaches its target) moves no more. Default `"at the end"`, as in the papers.
   */
  readonly stop?: Stop;
}

/** When an image is done: after its last step, or as soon as it has fallen. */
export type Stop = "on success" | "at the end";

/** Throws where images can't be a batch of them. */
export function checkImageShapes(images: tf.Tensor): void {
  if (images.rank !== 4 || images.dtype !== "float32") {
    throw new TypeError(
      `Cannot attack images of shape [${images.shape}] and type ${images.dtype}: [n, h, w, c], float32 are wanted`,
    );
  }
}

/** Throws where shapes or types can't be right. It looks at no values; for those there is `checkBatch`. */
export function checkBatchShapes({ images, labels }: Batch, targets?: Labels): void {
  checkImageShapes(images);
  for (const [name, classes] of Object.entries(targets ? { labels, targets } : { labels })) {
    if (classes.rank !== 1 || classes.dtype !== "int32") {
      throw new TypeError(
        `Cannot use ${name} of shape [${classes.shape}] and type ${classes.dtype}: [n], int32 are wanted`,
      );
    }
    if (classes.shape[0] !== images.shape[0]) {
      throw new RangeError(`Cannot use ${classes.shape[0]} ${name} with ${images.shape[0]} images`);
    }
  }
}

/** Throws where a count is not a whole number, or is too small. */
export function checkCount(name: string, value: number, least = 0): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`Cannot use ${name} ${value}: a whole number of at least ${least} is wanted`);
  }
}

/** Throws where a size is negative or not finite. */
export function checkSize(name: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) {
    throw new RangeError(`Cannot use ${name} ${value}: it must be finite and at least 0`);
  }
}
