import { bpda } from "../../attacks/mod.ts";
import { checkSetting, count } from "../../kinds/mod.ts";
import { tf } from "../../tensor/mod.ts";

/** So that the distance of a point to itself has a logarithm and a slope. */
const LEAST = 1e-9;

/**
 * Local intrinsic dimensionality by maximum likelihood (Ma et al. 2018, Eq. (4)): −k / Σ log(dᵢ / d_k) over the distances
 * d₁ … d_k to the k nearest of some other points. How fast their number grows with the distance tells in how many dimensions
 * they lie around the point.
 *
 * It has a gradient with respect to the points: which of the others are nearest is taken as given.
 *
 * @param points `[n, d]`.
 * @param others `[m, d]`, m ≥ k, none of them one of the points.
 * @param k How many are near.
 * @returns `[n]`.
 * @throws {RangeError} Where there are fewer than k others, or k is below 2.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { localDimension } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Others at distances 1, 2 and 4 on a line: −3 / (log 1/4 + log 2/4 + log 1).
 * const others = tf.tensor2d([[1], [-2], [4], [9]]);
 * const [found] = await localDimension(tf.tensor2d([[0]]), others, 3).data();
 * assertAlmostEquals(found!, 3 / Math.log(8), 1e-5);
 * ```
 */
export function localDimension(points: tf.Tensor2D, others: tf.Tensor2D, k: number): tf.Tensor1D {
  checkSetting("k of localDimension", count({ least: 2, most: others.shape[0] }), k);
  const squares = points.square().sum(1, true).sub(points.matMul(others, false, true).mul(2))
    .add(others.square().sum(1)).maximum(0).add(LEAST); // [n, m], d²
  const near = bpda((squares: tf.Tensor) => {
    const { values } = tf.topk(squares.neg(), k); // [n, k], the nearest first
    return squares.lessEqual(values.slice([0, k - 1], [-1, 1]).neg()).cast("float32");
  }, { backward: "skip" })(squares);
  const farthest = squares.mul(near).max(1, true), ratios = squares.div(farthest).log().mul(near);
  return ratios.sum(1).mul(0.5).reciprocal().mul(-k) as tf.Tensor1D; // log d is half of log d²
}
