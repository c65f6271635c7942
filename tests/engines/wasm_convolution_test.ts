import { assert, assertEquals, assertLess } from "@std/assert";
import { fold, normal, random, tf, useBackend } from "@gcln/kit/tensor";
import { assemble } from "../../lib/engines/wasm/assembler.ts";
import { OUTER_PRODUCTS } from "../../lib/engines/wasm/jobs/outer_products.ts";
import { PRODUCTS } from "../../lib/engines/wasm/jobs/products.ts";
import { kernels } from "../../lib/engines/wasm/kernels.ts";
import { farthest } from "../tensor/_plain.ts";

await useBackend("wasm");

type Shape = [number, number, number, number];

interface Case {
  readonly x: Shape;
  readonly filter: Shape;
  readonly stride: number;
  /** Above, below, left and right. */
  readonly pad: readonly [number, number, number, number];
}

/** One of the values. */
const choice = <T>(next: () => number, values: readonly T[]): T =>
  values[Math.floor(next() * values.length)]!;

function drawn(seed: number): Case {
  const next = random(seed), pick = <T>(...values: T[]) => choice(next, values);
  const kernel = pick([3, 3], [3, 3], [3, 3], [1, 1], [2, 2], [5, 5], [3, 1], [1, 4]);
  const [height, width] = [0, 1].map((axis) => kernel[axis]! + Math.floor(next() * 15)) as [number, number];
  const same = [0, 1].flatMap((axis) => [Math.floor((kernel[axis]! - 1) / 2), Math.floor(kernel[axis]! / 2)]);
  const uneven = Array.from({ length: 4 }, () => Math.floor(next() * 3));
  return {
    x: [pick(1, 2, 9, 33), height, width, pick(1, 3, 4, 8, 12, 16)],
    filter: [0, 0, 0, 0],
    stride: pick(1, 1, 1, 2, 3),
    pad: pick(same, same, [0, 0, 0, 0], uneven) as unknown as Case["pad"],
    ...{ kernel },
  } as Case & { kernel: number[] };
}

/** Cases over all the ways that a convolution can take. */
function* cases(): Generator<Case> {
  for (let seed = 0; seed < 150; seed++) {
    const { kernel, ...rest } = drawn(seed) as Case & { kernel: [number, number] };
    const outputs = choice(random(fold(seed, "outputs")), [1, 3, 4, 5, 8, 13, 16, 20]);
    yield { ...rest, filter: [...kernel, rest.x[3], outputs] };
  }
  // Many small images, and one large one; several groups and channels of which some are left.
  const pad = [1, 1, 1, 1] as const;
  yield { x: [300, 4, 4, 8], filter: [3, 3, 8, 8], stride: 1, pad };
  yield { x: [1, 70, 61, 8], filter: [3, 3, 8, 12], stride: 1, pad };
  yield { x: [5, 8, 8, 128], filter: [3, 3, 128, 64], stride: 1, pad };
  yield { x: [40, 9, 10, 148], filter: [3, 3, 148, 20], stride: 1, pad };
}

function outputShape(
  { x: [n, h, w], filter: [kh, kw, , o], stride, pad: [top, bottom, left, right] }: Case,
): Shape {
  const size = (input: number, kernel: number) => Math.floor((input - kernel) / stride) + 1;
  return [n, size(h + top + bottom, kh), size(w + left + right, kw), o];
}

/** Calls `visit` with all places in x, the filter and y that go together. */
function walk(c: Case, visit: (x: number, f: number, y: number) => void): void {
  const { x: [n, h, w, inputs], filter: [kh, kw, , outputs], stride, pad: [top, , left] } = c;
  const [, oh, ow] = outputShape(c);
  for (let y = 0; y < n * oh * ow; y++) {
    const image = Math.floor(y / (oh * ow)), row = Math.floor(y / ow) % oh, column = y % ow;
    for (let tap = 0; tap < kh * kw; tap++) {
      const i = row * stride + Math.floor(tap / kw) - top, j = column * stride + (tap % kw) - left;
      if (i < 0 || j < 0 || i >= h || j >= w) continue;
      for (let k = 0; k < inputs; k++) {
        const x = ((image * h + i) * w + j) * inputs + k, f = (tap * inputs + k) * outputs;
        for (let o = 0; o < outputs; o++) visit(x, f + o, y * outputs + o);
      }
    }
  }
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b);

const explicit = ({ pad: [top, bottom, left, right] }: Case): [number, number][] => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** The largest difference over the largest value. */
function apart(actual: ArrayLike<number>, expected: Float64Array): number {
  return farthest(actual, expected) /
    expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
}

Deno.test("convolutions of many shapes on wasm, and their gradients by input and filter, are those of plain loops", async () => {
  for (const c of cases()) {
    const x = normal(c.x, 0, 1, 1), filter = normal(c.filter, 0, 1, 2), dy = normal(outputShape(c), 0, 1, 3);
    const attributes = { strides: c.stride, pad: explicit(c), dataFormat: "NHWC", dilations: 1 };
    const run = (kernel: string, inputs: tf.NamedTensorMap, more = {}) =>
      tf.engine().runKernel(
        kernel,
        inputs,
        { ...attributes, ...more } as unknown as tf.NamedAttrMap,
      ) as tf.Tensor;
    const y = run("Conv2D", { x, filter });
    const dx = run("Conv2DBackpropInput", { dy, filter }, { inputShape: c.x });
    const df = run("Conv2DBackpropFilter", { x, dy }, { filterShape: c.filter });
    const [values, taps, slopes] = await Promise.all([x.data(), filter.data(), dy.data()]);
    const [plainY, plainDx, plainDf] = [outputShape(c), c.x, c.filter].map((s) =>
      new Float64Array(size(s))
    ) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    walk(c, (x, f, y) => {
      plainY[y]! += values[x]! * taps[f]!;
      plainDx[x]! += slopes[y]! * taps[f]!;
      plainDf[f]! += values[x]! * slopes[y]!;
    });
    assertEquals(y.shape, outputShape(c));
    assertLess(apart(await y.data(), plainY), 1e-5, `forwards: ${JSON.stringify(c)}`);
    assertLess(apart(await dx.data(), plainDx), 1e-5, `backwards: ${JSON.stringify(c)}`);
    assertEquals(df.shape, c.filter);
    assertLess(apart(await df.data(), plainDf), 1e-5, `by the filter: ${JSON.stringify(c)}`);
    tf.dispose([x, filter, dy, y, dx, df]);
  }
});

Deno.test("a convolution on wasm adds a bias and takes its ReLU at once, whatever its shape", async () => {
  for (const activation of ["linear", "relu", "leakyrelu"] as const) {
    for (
      const [side, inputs, outputs, kernel] of [[9, 8, 12, 3], [9, 3, 10, 3], [4, 8, 3, 1], [
        2,
        3,
        5,
        2,
      ]] as const
    ) {
      const x = normal<tf.Rank.R4>([2, side, side, inputs], 0, 1, 1),
        bias = normal<tf.Rank.R1>([outputs], 0, 1, 2);
      const filter = normal<tf.Rank.R4>([kernel, kernel, inputs, outputs], 0, 1, 3);
      const plain = tf.conv2d(x, filter, 1, "same").add(bias);
      const expected = { linear: plain, relu: plain.relu(), leakyrelu: plain.leakyRelu(0.2) }[activation];
      const fused = tf.fused.conv2d({
        x,
        filter,
        bias,
        strides: 1,
        pad: "same",
        activation,
        leakyreluAlpha: 0.2,
      });
      assertLess(
        farthest(await fused.data(), await expected.data()),
        1e-5,
        `${activation} ${side} ${kernel}`,
      );
    }
  }
});

Deno.test("a convolution on wasm never meets a filter that is gone", async () => {
  const x = tf.ones<tf.Rank.R4>([4, 8, 8, 8]);
  for (let value = 0; value < 20; value++) {
    const filter = tf.fill<tf.Rank.R4>([3, 3, 8, 8], value);
    const y = tf.conv2d(x, filter, 1, "valid");
    assert((await y.data()).every((found) => Math.abs(found - 72 * value) < 1e-2 * (1 + value)));
    tf.dispose([filter, y]);
  }
});

Deno.test("convolutions on wasm with ever new filters do not make the heap grow", () => {
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  const x = normal<tf.Rank.R4>([4, 8, 8, 64], 0, 1, 1);
  const step = (seed: number) =>
    tf.tidy(() => void tf.conv2d(x, normal<tf.Rank.R4>([3, 3, 64, 64], 0, 1, seed), 1, "same"));
  for (let i = 0; i < 5; i++) step(i);
  const before = wasm.HEAPU8.byteLength;
  for (let i = 0; i < 60; i++) step(i);
  assertEquals(wasm.HEAPU8.byteLength, before);
});

Deno.test("functions of each number on wasm are right for any size, and for a number a channel", async () => {
  const ops: Record<string, [(a: tf.Tensor, b: tf.Tensor) => tf.Tensor, (a: number, b: number) => number]> = {
    add: [tf.add, (a, b) => a + b],
    subtract: [tf.sub, (a, b) => a - b],
    multiply: [tf.mul, (a, b) => a * b],
    divide: [tf.div, (a, b) => a / b],
    maximum: [tf.maximum, Math.max],
    minimum: [tf.minimum, Math.min],
  };
  for (const [name, [op, plain]] of Object.entries(ops)) {
    for (let trial = 0; trial < 40; trial++) {
      const next = random(fold(trial, name)), rank = 1 + Math.floor(next() * 4);
      const shape = Array.from({ length: rank }, () => 1 + Math.floor(next() * (trial < 20 ? 12 : 3)));
      if (trial % 10 === 0) shape.splice(0, rank, 20_000 + trial, shape.at(-1)!);
      const other = choice(next, [shape, shape.slice(-1), [], [1]]);
      const a = normal(shape as [number], 0, 1, 1), b = normal(other as [number], 0, 1, 2);
      const [left, right] = [await a.data(), await b.data()];
      for (const swapped of [false, true]) {
        const result = swapped ? op(b, a) : op(a, b);
        assertEquals(result.shape, shape);
        const expected = Float32Array.from(left, (value, i) => {
          const second = right[i % right.length]!;
          return swapped ? plain(second, value) : plain(value, second);
        });
        const most = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assertLess(
          farthest(await result.data(), expected) / most,
          1e-6,
          `${name} ${shape} ${other} ${swapped}`,
        );
        result.dispose();
      }
      tf.dispose([a, b]);
    }
  }
});

Deno.test("ReLU, its gradient and the sign on wasm are right for any size", async () => {
  for (const count of [1, 3, 4, 7, 64, 8193, 20_001]) {
    const x = normal<tf.Rank.R1>([count], 0, 1, count), dy = normal<tf.Rank.R1>([count], 0, 1, 7);
    const values = await x.data(), slopes = await dy.data();
    assertEquals(await x.relu().data(), values.map((value) => Math.max(value, 0)));
    assertEquals(await x.sign().data(), values.map(Math.sign));
    const gradient = tf.grad((x) => x.relu().mul(dy))(x);
    assertEquals(await gradient.data(), slopes.map((slope, i) => values[i]! > 0 ? slope : 0));
  }
});

Deno.test("the kernels of wasm do the same without fused multiplication and addition", () => {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4 }), floats = new Float32Array(memory.buffer);
  const next = random(1), [input, filter, output] = [0, 16_384, 32_768];
  for (let i = 0; i < output; i++) floats[i] = next() - 0.5;
  const results = [true, false].map((relaxed) => {
    const module = new WebAssembly.Module(assemble(kernels(relaxed), false));
    const run = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<
      string,
      (...sizes: number[]) => void
    >;
    const found = [];
    for (const [rows, columns] of PRODUCTS) {
      floats.fill(0, output);
      // Nine pixels of seven channels, to two panels.
      const [x, f, y, channels] = [4 * input, 4 * filter, 4 * output, 2 * columns];
      run[`product${rows}x${columns}`]!(x, 28, 0, f, 1, 7, y, 4 * channels, 9, channels, 0, 0, 0, 0, 1, 0, 0);
      found.push(...floats.slice(output, output + 9 * channels));
    }
    for (const [rows, columns] of OUTER_PRODUCTS) {
      floats.fill(0, output);
      // Two blocks of channels by two of 2 × 3 pixels in two images.
      const pixel = 4 * 16, [line, image] = [3 * pixel, 6 * pixel];
      const x = [4 * input, pixel, line, image, 2 * rows], dy = [4 * filter, pixel, line, image, 2 * columns];
      run[`outer${rows}x${columns}`]!(...x, ...dy, 3, 2, 2, 4 * output, 4 * 2 * columns, 1, 0, 0, 0);
      found.push(...floats.slice(output, output + 4 * rows * columns));
    }
    floats.fill(0, output);
    // Eleven pixels of five vectors.
    const [there, beyond] = [4 * (output + 100), 4 * (output + 200)];
    run.deviations!(4 * input, 4 * input, 4 * filter, 4 * output, 5, 11);
    run.slopes!(4 * input, 4 * filter, 4 * filter, there, 5, 11);
    run.blend!(4 * input, 4 * filter, beyond, 4 * (filter + 1000), 5, 11);
    found.push(...floats.slice(output, output + 420));
    floats.fill(0, output);
    // Two tiles of a vector: forwards; the slopes' points; a filter's; and back from points to taps.
    const rows = [4 * input, 4 * 64, 6, 0, 0];
    run.pixelsOfTiles!(...rows, 0, 9, 16, 4 * output, 1, 2);
    run.tilesOut!(4 * output, 16, 4 * (output + 2000), 8 * 16, 16, 1, 2, 4, 8, 0, 1, 0, 0);
    run.slopesOfTiles!(...rows, 0, 7, 16, 4 * (output + 3000), 1, 2);
    run.filtersIn!(4 * filter, 12, 4, 36, 144, 2, 4 * (output + 4000), 16, 32);
    run.filtersOut!(4 * input, 4 * (output + 5000), 32, 2);
    for (const [first, count] of [[2000, 128], [3000, 288], [4000, 288], [5000, 72]] as const) {
      found.push(...floats.slice(output + first, output + first + count));
    }
    return found;
  });
  assert(results[0]!.every((value) => Number.isFinite(value)) && results[0]!.some((value) => value !== 0));
  assertLess(farthest(results[1]!, results[0]!), 1e-5);
});
