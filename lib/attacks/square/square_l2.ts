import { type Images, tf } from "../../tensor/mod.ts";
import { project, radii } from "../steps/ball.ts";
import { mark, place, sign, type SquareSearch } from "./square_search.ts";

const TINY = 1e-12;

/** Square Attack's Algorithm 3: the length that two windows use between them is spent anew in one of the two. */
export const squareL2: SquareSearch = {
  around(ball, original) {
    return [original, tf.zeros([original.shape[0], 1, 1, 1]).add(radii(ball, original.shape[0]))];
  },
  start([original, radius], [count, height, width, channels], draws) {
    const tile = Math.max(1, Math.floor(Math.min(height, width) / 5));
    const change = new Float32Array(count * height * width * channels);
    const margins = [height, width].map((length) => Math.floor((length % tile) / 2));
    draws.forEach((next, image) => {
      for (let top = margins[0]!; top + tile <= height; top += tile) {
        for (let left = margins[1]!; left + tile <= width; left += tile) {
          const pattern = twoHumps(tile), turned = next() < 0.5;
          for (let channel = 0; channel < channels; channel++) {
            const towards = sign(next);
            for (let i = 0; i < tile * tile; i++) {
              const [y, x] = at(i, tile, turned);
              const pixel = (image * height + top + y) * width + left + x;
              change[pixel * channels + channel] = towards * pattern[i]!;
            }
          }
        }
      }
    });
    return stretched(original as Images, radius!, tf.tensor(change, [count, height, width, channels]));
  },
  draw([count, height, width, channels], side, draws) {
    const rows = new Float32Array(count * height), columns = new Float32Array(count * width);
    const otherRows = new Float32Array(count * height), otherColumns = new Float32Array(count * width);
    const signs = new Float32Array(count * channels), humps = new Float32Array(count * height * width);
    const pattern = twoHumps(side);
    draws.forEach((next, image) => {
      const top = place(next, height, side), left = place(next, width, side), turned = next() < 0.5;
      mark(rows, height, image, top, side);
      mark(columns, width, image, left, side);
      mark(otherRows, height, image, place(next, height, side), side);
      mark(otherColumns, width, image, place(next, width, side), side);
      for (let channel = 0; channel < channels; channel++) signs[image * channels + channel] = sign(next);
      for (let i = 0; i < side * side; i++) {
        const [y, x] = at(i, side, turned);
        humps[(image * height + top + y) * width + left + x] = pattern[i]!;
      }
    });
    return [
      tf.tensor(rows, [count, height, 1, 1]),
      tf.tensor(columns, [count, 1, width, 1]),
      tf.tensor(otherRows, [count, height, 1, 1]),
      tf.tensor(otherColumns, [count, 1, width, 1]),
      tf.tensor(signs, [count, 1, 1, channels]),
      tf.tensor(humps, [count, height, width, 1]),
    ];
  },
  propose(images, [original, radius], [rows, columns, otherRows, otherColumns, signs, humps]) {
    const change = images.sub(original!), window = rows!.mul(columns!); //                  [m, h, w, 1]
    const both = window.maximum(otherRows!.mul(otherColumns!));
    const inside = change.mul(window);
    const direction = humps!.mul(signs!).add(inside.div(perChannel(inside).add(TINY))); //  [m, h, w, c]
    const unused = radius!.square().sub(change.square().sum([1, 2, 3], true)).maximum(0);
    const available = perChannel(change.mul(both)).square().add(unused.div(images.shape[3])).sqrt();
    const renewed = direction.div(perChannel(direction).add(TINY)).mul(available);
    return stretched(original as Images, radius!, change.mul(tf.sub(1, both)).add(renewed));
  },
  side(p, height, width) {
    const side = Math.max(3, Math.round(Math.sqrt(p * height * width)));
    return Math.min(height, width, side + (side % 2 === 0 ? 1 : 0));
  },
};

/** The length in each channel, `[m, 1, 1, c]`. */
function perChannel(change: tf.Tensor): tf.Tensor {
  return change.square().sum([1, 2], true).sqrt();
}

/** The original, changed by the whole radius in a direction, then brought into [0, 1]. */
function stretched(original: Images, radius: tf.Tensor, direction: tf.Tensor): Images {
  const length = direction.square().sum([1, 2, 3], true).sqrt();
  const change = direction.div(length.add(TINY)).mul(radius);
  return project({ norm: "l2", epsilon: radius }, original, original.add(change) as Images);
}

function at(index: number, side: number, turned: boolean): [number, number] {
  const y = Math.floor(index / side), x = index % side;
  return turned ? [x, y] : [y, x];
}

/** η of the paper's Section 3.3: a hump over the upper half of a square, one below under the other half; length 1. */
function twoHumps(side: number): Float32Array {
  const upper = Math.floor(side / 2), values = new Float32Array(side * side);
  for (const [from, height, towards] of [[0, upper, 1], [upper, side - upper, -1]] as const) {
    const hump = pyramid(height, side), length = Math.hypot(...hump);
    hump.forEach((value, i) => values[from * side + i] = towards * value / length);
  }
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** Σ 1/(k + 1)² over the rings k that a pixel is within, counted from the middle. */
function pyramid(height: number, width: number): number[] {
  const middle = [Math.floor(height / 2), Math.floor(width / 2)] as const, rings = Math.max(...middle) + 1;
  return Array.from({ length: height * width }, (_, i) => {
    const ring = Math.max(Math.abs(Math.floor(i / width) - middle[0]), Math.abs(i % width - middle[1]));
    let sum = 0;
    for (let k = ring; k < rings; k++) sum += 1 / (k + 1) ** 2;
    return sum;
  });
}
