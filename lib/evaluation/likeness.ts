import { tf } from "../tensor/mod.ts";
import type { AttackDescription, ResultHead } from "./result.ts";

/** A mean over images. */
export interface Mean {
  /** The mean. */
  readonly mean: number;
  /** Its 95 % interval: 1.96 standard errors to either side. */
  readonly interval: readonly [number, number];
}

/** How like the originals some images look to a network, layer by layer. */
export interface Likeness {
  /** The share of the images that the network classifies right. */
  readonly accuracy?: number;
  /** Wilson's 95 % interval of the accuracy. */
  readonly interval?: readonly [number, number];
  /** By layer: how far the activations are from the original's, {@linkcode relativeDistances}. */
  readonly distances: Readonly<Record<string, Mean>>;
  /** By layer of maps: how far Grad-CAM's heat falls on the same pixels, {@linkcode overlaps}. */
  readonly overlaps: Readonly<Record<string, Mean>>;
}

/** One attack, and what cleaning makes of it. */
export interface CleaningLikeness {
  /** What attacked. */
  readonly attack: AttackDescription;
  /** What it differentiated. */
  readonly surrogate: string;
  /** The attacked images, as the classifier alone sees them. */
  readonly attacked: Likeness;
  /** The same, cleaned. */
  readonly cleaned: Likeness;
}

/**
 * What a network sees in attacked and in cleaned images, compared with what it sees in the originals: the numbers of
 * Figure 2. Two comparisons are there to measure by: {@linkcode LikenessResult.untouched} is the best that cleaning could do, and
 * {@linkcode LikenessResult.unrelated} is nothing in common.
 */
export interface LikenessResult extends ResultHead {
  /** The row: what cleans. */
  readonly row: string;
  /** Images compared. */
  readonly n: number;
  /** The layers that the picture shows, and that findings are about: whose feature maps, and whose Grad-CAM. */
  readonly layers: { readonly maps: string; readonly heat: string };
  /** The originals themselves: how many the classifier gets right. */
  readonly original?: Pick<Likeness, "accuracy" | "interval">;
  /** The originals cleaned, without an attack. */
  readonly untouched: Likeness;
  /** Another test image in the place of each original. */
  readonly unrelated: Likeness;
  /** By the attack's column. */
  readonly attacks: Readonly<Record<string, CleaningLikeness>>;
}

/**
 * How far activations are from others, image by image: ‖a − b‖ / ‖b‖ in L2.
 *
 * @param activations `[n, …]`.
 * @param original Of the same shape.
 * @returns `[n]`, the caller's to free: 0 where they are alike, about 1.4 where two of one length have nothing in common.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { relativeDistances } from "@gcln/kit/evaluation";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const found = relativeDistances(tf.tensor2d([[3, 4], [3, 0]]), tf.tensor2d([[3, 4], [3, 4]]));
 * assertEquals([...await found.data()].map((x) => Math.round(10 * x)), [0, 8]);
 * ```
 */
export function relativeDistances(activations: tf.Tensor, original: tf.Tensor): tf.Tensor1D {
  return tf.tidy(() => {
    const length = (x: tf.Tensor) => x.square().sum(x.shape.slice(1).map((_, i) => i + 1)).sqrt();
    const far = length(activations.sub(original)), whole = length(original);
    return far.div(whole).where(far.greater(0), 0) as tf.Tensor1D;
  });
}

/**
 * How far two heat maps fall on the same pixels, image by image: Σ min(a, b) / Σ max(a, b), the intersection over the union
 * of two fuzzy sets.
 *
 * Heat from a few large pixels overlaps with any other: compare with what another image's gives.
 *
 * @param a `[n, h, w]`, not negative.
 * @param b Of the same shape.
 * @returns `[n]` in [0, 1], the caller's to free; 1 where both are zero everywhere.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { overlaps } from "@gcln/kit/evaluation";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const left = tf.tensor3d([1, 0.5, 0, 0], [1, 2, 2]), right = tf.tensor3d([0.5, 0.5, 0, 1], [1, 2, 2]);
 * assertEquals([...await overlaps(left, right).data()].map((x) => Math.round(100 * x)), [40]);
 * ```
 */
export function overlaps(a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor1D {
  return tf.tidy(() => {
    const both = tf.minimum(a, b).sum([1, 2]), either = tf.maximum(a, b).sum([1, 2]);
    return both.div(either).where(either.greater(0), 1) as tf.Tensor1D;
  });
}

/**
 * The mean of numbers that were found image by image, with its interval.
 *
 * @param values At least one; the interval of one alone is its value.
 * @throws {RangeError} Where there is none.
 */
export function meanOf(values: readonly number[]): Mean {
  const n = values.length;
  if (n === 0) throw new RangeError("The mean of no images is not defined");
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1);
  const radius = 1.96 * Math.sqrt(variance / n);
  return { mean, interval: [mean - radius, mean + radius] };
}
