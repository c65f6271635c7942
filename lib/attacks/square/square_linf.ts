import { type Images, tf } from "../../tensor/mod.ts";
import { bounds } from "../steps/ball.ts";
import { mark, place, sign, type SquareSearch } from "./square_search.ts";

/** Square Attack's Algorithm 2: a square's pixels go to one corner of the ball in each channel. */
export const squareLinf: SquareSearch = {
  around(ball, original) {
    const { lower, upper } = bounds(ball, original);
    return [lower, upper];
  },
  start([lower, upper], [count, , width, channels], draws) {
    const stripes = Float32Array.from(
      { length: count * width * channels },
      (_, i) => sign(draws[Math.floor(i / (width * channels))]!),
    );
    return tf.where(tf.tensor(stripes, [count, 1, width, channels]).greater(0), upper!, lower!) as Images;
  },
  draw([count, height, width, channels], side, draws) {
    const rows = new Float32Array(count * height), columns = new Float32Array(count * width);
    const signs = new Float32Array(count * channels);
    draws.forEach((next, image) => {
      mark(rows, height, image, place(next, height, side), side);
      mark(columns, width, image, place(next, width, side), side);
      for (let channel = 0; channel < channels; channel++) signs[image * channels + channel] = sign(next);
    });
    return [
      tf.tensor(rows, [count, height, 1, 1]),
      tf.tensor(columns, [count, 1, width, 1]),
      tf.tensor(signs, [count, 1, 1, channels]),
    ];
  },
  propose(images, [lower, upper], [rows, columns, signs]) {
    const change = rows!.mul(columns!).mul(signs!); // [m, h, w, c]: −1, 0 or 1
    return tf.where(change.greater(0), upper!, tf.where(change.less(0), lower!, images)) as Images;
  },
  side(p, height, width) {
    return Math.max(1, Math.min(height, width, Math.round(Math.sqrt(p * height * width))));
  },
};
