import { assertEquals, assertLess } from "@std/assert";
import { fold, gradientAt, normal, tf, useBackend } from "@gcln/kit/tensor";
import { present } from "../tensor/_backends.ts";
import { farthest } from "../tensor/_plain.ts";

interface Case {
  readonly shape: [number, number, number, number];
  readonly size: number;
  readonly stride: number;
  readonly pad: "same" | "valid" | 1;
}

function* cases(): Generator<Case> {
  for (const shape of [[1, 6, 6, 1], [2, 7, 5, 3], [3, 4, 9, 16]] as Case["shape"][]) {
    for (const size of [1, 2, 3]) {
      for (const stride of [1, 2, 3]) {
        for (const pad of ["same", "valid", 1] as const) {
          if (pad !== 1 || size > 1) yield { shape, size, stride, pad }; // else a window would lie beyond the image
        }
      }
    }
  }
}

/** The positions of each window of one channel, windows in the order of the output. */
function* windows({ shape: [n, height, width, channels], size, stride, pad }: Case): Generator<number[]> {
  const given = pad === 1 ? 1 : 0;
  const count = (side: number) =>
    pad === "same" ? Math.ceil(side / stride) : Math.floor((side + 2 * given - size) / stride) + 1;
  const before = (side: number) =>
    pad === "same" ? Math.floor(Math.max(0, (count(side) - 1) * stride + size - side) / 2) : given;
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
        const pool = (x: tf.Tensor4D) =>
          tf[name as keyof typeof pools](x, size, stride, pad, pad === 1 ? "floor" : undefined);
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

for (const backend of await present("tensorflow", "wasm")) {
  Deno.test(`Pools and convolutions on ${backend} have the shape that TensorFlow.js foretells`, async () => {
    await useBackend(backend);
    const x = normal<tf.Rank.R4>([2, 8, 7, 3], 0, 1, 1), filter = normal<tf.Rank.R4>([3, 2, 3, 4], 0, 1, 2);
    for (const strides of [[2, 1], [1, 2], [2, 2]] as [number, number][]) {
      for (const pad of ["same", "valid", 0, 1, [[0, 0], [1, 0], [0, 1], [0, 0]]] as const) {
        const rounding = typeof pad === "string" ? undefined : "floor", given = pad as "same";
        const pool = tf.backend_util.computePool2DInfo(x.shape, [3, 2], strides, 1, given, rounding).outShape;
        const { outShape } = tf.backend_util.computeConv2DInfo(
          x.shape,
          filter.shape,
          strides,
          1,
          given,
          rounding,
        );
        const what = `${backend}, strides ${strides}, padding ${pad}`;
        assertEquals(tf.maxPool(x, [3, 2], strides, given, rounding).shape, pool, what);
        assertEquals(tf.avgPool(x, [3, 2], strides, given, rounding).shape, pool, what);
        assertEquals(tf.conv2d(x, filter, strides, given, "NHWC", 1, rounding).shape, outShape, what);
      }
    }
  });

  Deno.test(`Whole numbers that are rounded on ${backend} stay what they are`, async () => {
    await useBackend(backend);
    assertEquals([...await tf.round(tf.tensor1d([-3, 0, 5, 2 ** 24], "int32")).data()], [-3, 0, 5, 2 ** 24]);
  });
}
