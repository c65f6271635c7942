import { assertLess } from "@std/assert";
import { fold, gradientAt, normal, tf, useBackend } from "@gcln/kit/tensor";
import { present } from "../tensor/_backends.ts";
import { farthest } from "../tensor/_plain.ts";

interface Case {
  readonly shape: [number, number, number, number];
  readonly size: number;
  readonly stride: number;
  readonly pad: "same" | "valid";
}

function* cases(): Generator<Case> {
  for (const shape of [[1, 6, 6, 1], [2, 7, 5, 3], [3, 4, 9, 16]] as Case["shape"][]) {
    for (const size of [1, 2, 3]) {
      for (const stride of [1, 2, 3]) {
        for (const pad of ["same", "valid"] as const) yield { shape, size, stride, pad };
      }
    }
  }
}

/** The positions of each window of one channel, windows in the order of the output. */
function* windows({ shape: [n, height, width, channels], size, stride, pad }: Case): Generator<number[]> {
  const count = (side: number) =>
    pad === "same" ? Math.ceil(side / stride) : Math.floor((side - size) / stride) + 1;
  const before = (side: number) =>
    pad === "same" ? Math.floor(Math.max(0, (count(side) - 1) * stride + size - side) / 2) : 0;
  for (let b = 0; b < n; b++) {
    for (let i = 0; i < count(height); i++) {
      for (let j = 0; j < count(width); j++) {
        for (let c = 0; c < channels; c++) {
          const found: number[] = [];
          for (let r = 0; r < size; r++) {
            for (let s = 0; s < size; s++) {
              const y = i * stride + r - before(height), x = j * stride + s - before(width);
              if (y >= 0 && y < height && x >= 0 && x < width) {
                found.push(((b * height + y) * width + x) * channels + c);
              }
            }
          }
          yield found;
        }
      }
    }
  }
}

const pools = {
  maxPool(x: ArrayLike<number>, window: number[], give: (position: number, part: number) => void): number {
    const best = window.reduce((best, at) => x[at]! > x[best]! ? at : best);
    give(best, 1);
    return x[best]!;
  },
  avgPool(x: ArrayLike<number>, window: number[], give: (position: number, part: number) => void): number {
    for (const at of window) give(at, 1 / window.length);
    return window.reduce((sum, at) => sum + x[at]!, 0) / window.length;
  },
};

for (const backend of await present("tensorflow", "wasm")) {
  for (const [name, plain] of Object.entries(pools)) {
    Deno.test(`${name} on ${backend} has the values and the gradient of a plain loop, at padded borders too`, async () => {
      await useBackend(backend);
      for (const [i, given] of [...cases()].entries()) {
        const { shape, size, stride, pad } = given;
        const pool = (x: tf.Tensor4D) => tf[name as keyof typeof pools](x, size, stride, pad);
        const x = normal<tf.Rank.R4>(shape, 0, 1, fold(i, "x")), y = pool(x);
        const dy = normal<tf.Rank.R4>(y.shape, 0, 1, fold(i, "dy"));
        const [xs, dys] = await Promise.all([x.data(), dy.data()]);
        const dx = new Float64Array(x.size);
        const values = [...windows(given)].map((window, o) =>
          plain(xs, window, (position, part) => dx[position]! += part * dys[o]!)
        );
        assertLess(farthest(await y.data(), values), 1e-5, JSON.stringify(given));
        const slope = gradientAt((x: tf.Tensor4D) => pool(x).mul(dy).sum(), x);
        assertLess(farthest(await slope.data(), dx), 1e-5, JSON.stringify(given));
      }
    });
  }
}
