import { type Images, tf } from "../../tensor/mod.ts";
import type { Norm } from "../steps/ball.ts";

/** Where a linear function of the pixels is 0, one hyperplane for each point. */
export interface Hyperplane {
  /** w, `[n, h, w, c]`. */
  readonly normals: Images;
  /** What the linear function is at the points, `[n]`. */
  readonly values: tf.Tensor1D;
}

const SMALLEST = 2 ** -126; // of the normal float32 numbers
const FAR = 1e30;

/**
 * The smallest change that takes each point onto its hyperplane without leaving [0, 1]: arg min ‖δ‖ with
 * w · δ = −value. Where the hyperplane does not cut [0, 1], the change leads to the corner nearest to it.
 *
 * A pixel without slope does not move. What the others have to make up for is c = |value|, and pixel i can give
 * |w_i| room_i of it. No search is needed, only one sort.
 *
 * Departure: where several changes are the smallest (l1, equal slopes), pixels of equal slope share what is left in
 * proportion to their room.
 *
 * @param norm Which change is small.
 * @param points `[n, h, w, c]` in [0, 1].
 * @param hyperplane Where they have to go.
 * @returns δ, `[n, h, w, c]`.
 */
export function ontoHyperplane(norm: Norm, points: Images, { normals, values }: Hyperplane): Images {
  const [count, ...shape] = points.shape, pixels = tf.util.sizeFromShape(shape);
  const x = points.reshape<tf.Tensor2D>([count, pixels]), w = normals.reshape<tf.Tensor2D>([count, pixels]);
  const scale = w.abs().max(1, true).maximum(SMALLEST); // so that no square underflows
  const uphill = values.less(0).cast("float32").mul(2).sub(1).reshape([count, 1]);
  const direction = w.sign().mul(uphill),
    room = tf.where(direction.greater(0), tf.sub(1, x), x) as tf.Tensor2D;
  const slope = w.abs().div<tf.Tensor2D>(scale);
  const wanted = values.abs().reshape<tf.Tensor2D>([count, 1]).div<tf.Tensor2D>(scale).minimum<tf.Tensor2D>(
    FAR,
  );
  const length = norm === "l1" ? steepestFirst(slope, room, wanted) : together(norm, slope, room, wanted);
  return direction.mul(length).reshape(points.shape);
}

/**
 * linf: all pixels move by λ, l2: by λ |w_i|, and each stops where its room ends.
 *
 * What they give is Σ min(a_i λ, m_i): the least of the linear functions M_k + A_k λ, where the k pixels that stop
 * first have stopped. So λ = max_k (c − M_k) / A_k.
 */
function together(
  norm: "linf" | "l2",
  slope: tf.Tensor2D,
  room: tf.Tensor2D,
  wanted: tf.Tensor2D,
): tf.Tensor2D {
  const speed = norm === "linf" ? tf.onesLike(slope) : slope, full = slope.mul(room);
  const stops = norm === "linf" ? room : room.div(slope.maximum(SMALLEST)).minimum(FAR);
  const { indices } = tf.topk(stops.neg(), stops.shape[1]!);
  const inOrder = (values: tf.Tensor2D) => tf.gather(values, indices as tf.Tensor2D, 1, 1);
  const stopped = inOrder(full as tf.Tensor2D).cumsum(1, true); //                             M_k
  const moving = inOrder(slope.mul(speed)).cumsum(1, false, true); //                           A_k
  const lambda = tf.where(moving.greater(0), wanted.sub(stopped).div(moving.maximum(SMALLEST)), 0).max(
    1,
    true,
  );
  return speed.mul(lambda.minimum(FAR)).minimum(room);
}

/** l1: the pixels of the largest slope go as far as they can, until what is wanted is there. */
function steepestFirst(slope: tf.Tensor2D, room: tf.Tensor2D, wanted: tf.Tensor2D): tf.Tensor2D {
  const full = slope.mul<tf.Tensor2D>(room), { values, indices } = tf.topk(slope, slope.shape[1]!);
  const given = tf.gather(full, indices as tf.Tensor2D, 1, 1).cumsum(1);
  const last = tf.where(given.greaterEqual(wanted), values, 0).max(1, true); // the least slope that is needed
  const before = slope.greater(last).cast("float32");
  const ties = slope.equal(last).logicalAnd(last.greater(0)).cast("float32");
  const rest = wanted.sub(full.mul(before).sum(1, true)), shared = full.mul(ties).sum(1, true);
  const share = rest.div(shared.maximum(SMALLEST)).clipByValue(0, 1);
  return before.add(ties.mul(share)).mul(room);
}
