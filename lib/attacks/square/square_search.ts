import type { Images, Random, tf } from "../../tensor/mod.ts";
import type { AnyBall } from "../steps/ball.ts";

/** How a search by random squares goes about one norm. Of all images `[m, h, w, c]` at once. */
export interface SquareSearch {
  /** What goes along with each image and never changes, `[m, …]`. */
  around(ball: AnyBall, original: Images): readonly tf.Tensor[];
  /** The images of the first query; there is a stream of random numbers for each. */
  start(fixed: readonly tf.Tensor[], shape: Images["shape"], draws: readonly Random[]): Images;
  /** Draws a square of so many pixels a side for each image. */
  draw(shape: Images["shape"], side: number, draws: readonly Random[]): tf.Tensor[];
  /** The images with their squares changed. It is compiled: it may depend on its arguments only. */
  propose(images: Images, fixed: readonly tf.Tensor[], drawn: readonly tf.Tensor[]): Images;
  /** The side of a square that covers the share p of an image. */
  side(p: number, height: number, width: number): number;
}

/** −1 or 1. */
export function sign(next: Random): number {
  return next() < 0.5 ? -1 : 1;
}

/** Where a window of so many pixels begins: any place at which it fits. */
export function place(next: Random, length: number, side: number): number {
  return Math.floor(next() * (length - side + 1));
}

/** 1 for the `side` numbers from `from`, else 0; row `image` of `[m, length]`. */
export function mark(mask: Float32Array, length: number, image: number, from: number, side: number): void {
  mask.fill(1, image * length + from, image * length + from + side);
}
