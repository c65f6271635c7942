import { type Images, tf } from "../../tensor/mod.ts";
import { steepest } from "./ball.ts";

const PIXELS = [1, 2, 3];

/** What rounding may leave of a step. */
const ROUNDING = 1e-5;

/**
 * A step in l1 that is spent to the end: that of {@linkcode steepest}, on the 1 % steepest pixels, where they have room for it.
 * Where black and white would cut it short, the steepest pixels go as far as they can, one after the other, until it is
 * spent: the step that raises a linear loss most.
 *
 * @param images Where the step begins, `[n, h, w, c]` in [0, 1].
 * @param uphill The gradient, `[n, h, w, c]`.
 * @param size How far the step goes: a number, or `[n, 1, 1, 1]`.
 * @returns The change, `[n, h, w, c]`.
 */
export function fullStep(images: Images, uphill: Images, size: number | tf.Tensor): Images {
  const [count, ...shape] = images.shape, pixels = tf.util.sizeFromShape(shape);
  const even = steepest({ norm: "l1" }, uphill).mul<Images>(size), towards = uphill.sign();
  const room = tf.where(towards.greater(0), tf.sub(1, images), images).mul<Images>(towards.abs());
  const rows = (x: tf.Tensor) => x.reshape<tf.Tensor2D>([count, pixels]);
  const { indices } = tf.topk(rows(uphill.abs()), pixels); // the steepest first
  const inOrder = tf.gather(rows(room), indices as tf.Tensor2D, 1, 1);
  const left = tf.sub(tf.mul(tf.ones([count, 1, 1, 1]), size).reshape([count, 1]), inOrder.cumsum(1, true));
  const places = tf.topk(indices.neg(), pixels).indices as tf.Tensor2D; // where each pixel stands in that order
  const filled = tf.gather(left.clipByValue(0, 1).minimum(inOrder) as tf.Tensor2D, places, 1, 1);
  const spent = even.abs().minimum(room).sum(PIXELS, true);
  const isShort = spent.less(tf.mul(size, 1 - ROUNDING));
  return tf.where(isShort, filled.reshape<Images>(images.shape).mul(towards), even) as Images;
}
