/** The kernels that the kit brings to wasm, on random shapes with special values, beside plain TensorFlow.js on cpu. */
// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import fc from "fast-check";
import { fold, random, tf, useBackend } from "@gcln/kit/tensor";
import { assertAlike, on } from "./_like_cpu.ts";

await useBackend("wasm");

const SPECIAL = [0, -0, NaN, Infinity, -Infinity, 1e-40, -1e-40, 1e-7, -1e-7, 1, -1, 3e38];

/** What numbers a tensor holds: any, or such that sums of them are exact, in whatever order. */
type Kind = "any" | "small";

function drawn(
  shape: readonly number[],
  seed: number,
  kind: Kind,
  dtype: tf.DataType = "float32",
): tf.Tensor {
  const next = random(seed), odd = next() < 0.5;
  const values = Array.from({ length: tf.util.sizeFromShape(shape as number[]) }, () => {
    const value = Math.floor(next() * 17) - 8;
    if (dtype === "bool") return value > 0 ? 1 : 0;
    if (kind === "any" && dtype === "float32" && odd && next() < 0.3) {
      return SPECIAL[Math.floor(next() * SPECIAL.length)]!;
    }
    return dtype === "int32" ? value : value / 4;
  });
  return tf.tensor(values, shape as number[], dtype as "float32");
}

const side = (most: number) => fc.integer({ min: 1, max: most });
/** Rarely none at all. */
const size = (most: number) =>
  fc.oneof({ weight: 12, arbitrary: side(most) }, { weight: 1, arbitrary: fc.constant(0) });
const seed = fc.nat();

/** A kernel's name, and how one call of it is drawn: functions that make its tensors anew on each backend. */
type Call = { kernel: string; inputs: () => Record<string, tf.Tensor>; attrs: Record<string, unknown> };

const convolution: fc.Arbitrary<Call> = fc.record({
  seed,
  images: size(3),
  sides: fc.tuple(side(9), side(9)),
  channels: fc.tuple(
    fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16),
    fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16),
  ),
  taps: fc.constantFrom([3, 3], [3, 3], [1, 1], [2, 2], [1, 3], [5, 4]),
  strides: fc.constantFrom([1, 1], [1, 1], [2, 2], [3, 1], [2, 3]),
  pad: fc.constantFrom("same", "valid", 1, 2, [[0, 0], [1, 0], [0, 2], [0, 0]], [[0, 0], [2, 2], [1, 1], [
    0,
    0,
  ]]),
  activation: fc.constantFrom("linear", "relu"),
  kernel: fc.constantFrom("Conv2D", "FusedConv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
}).map(
  ({ seed, images, sides: [h, w], channels: [from, to], taps: [kh, kw], kernel, activation, ...rest }) => {
    const height = Math.max(h, kh!), width = Math.max(w, kw!);
    const x = [images, height, width, from], filter = [kh!, kw!, from, to];
    const attributes = { ...rest, dataFormat: "NHWC", dilations: 1 };
    const y =
      tf.backend_util.computeConv2DInfo(x as any, filter as any, rest.strides as any, 1, rest.pad as any)
        .outShape;
    const one = (shape: readonly number[], name: string, kind: Kind = "small") =>
      drawn(shape, fold(seed, name), kind);
    const calls: Record<string, [() => Record<string, tf.Tensor>, object]> = {
      Conv2D: [() => ({ x: one(x, "x"), filter: one(filter, "filter") }), {}],
      FusedConv2D: [
        () => ({ x: one(x, "x"), filter: one(filter, "filter"), bias: one([to], "bias", "any") }),
        { activation },
      ],
      Conv2DBackpropInput: [() => ({ dy: one(y, "dy"), filter: one(filter, "filter") }), { inputShape: x }],
      Conv2DBackpropFilter: [() => ({ x: one(x, "x"), dy: one(y, "dy") }), { filterShape: filter }],
    };
    const [inputs, more] = calls[kernel]!;
    return { kernel, inputs, attrs: { ...attributes, ...more } };
  },
);

const pool: fc.Arbitrary<Call> = fc.record({
  seed,
  shape: fc.tuple(size(2), side(8), side(8), side(9)),
  filterSize: fc.constantFrom(1, 2, 3, [2, 3], [1, 2]),
  strides: fc.constantFrom(1, 2, 3, [1, 2]),
  pad: fc.constantFrom("same", "valid", 1, 2, [[0, 0], [1, 0], [0, 2], [0, 0]]),
  dimRoundingMode: fc.constantFrom("floor", "ceil", "round"),
  kernel: fc.constantFrom("MaxPoolGrad", "MaxPool", "AvgPool"),
}).map(({ seed, shape, kernel, ...attrs }) => {
  const [n, h, w, c] = shape,
    sides = [attrs.filterSize].flat(),
    input = [n, Math.max(h, ...sides), Math.max(w, ...sides), c];
  const { filterSize, strides, pad, dimRoundingMode } = attrs as any;
  const { outShape } = tf.backend_util.computePool2DInfo(
    input as any,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const x = (kind: Kind) => drawn(input, seed, kind);
  const inputs = kernel !== "MaxPoolGrad" ? () => ({ x: x("small") }) : () => ({
    dy: drawn(outShape, seed + 1, "small"),
    input: x("any"),
    output: drawn(outShape, seed + 2, "small"),
  });
  return { kernel, inputs, attrs };
});

const product: fc.Arbitrary<Call> = fc.record({
  seed,
  outer: fc.constantFrom([[], []], [[1], [1]], [[3], [3]], [[2], [1]], [[1], [2]], [[2, 1], [1, 3]]),
  sides: fc.tuple(side(9), side(9), side(9)),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
}).map(({ seed, outer: [left, right], sides: [m, k, n], transposeA, transposeB }) => ({
  kernel: "BatchMatMul",
  inputs: () => ({
    a: drawn([...left!, ...(transposeA ? [k, m] : [m, k])], seed, "small"),
    b: drawn([...right!, ...(transposeB ? [n, k] : [k, n])], seed + 1, "small"),
  }),
  attrs: { transposeA, transposeB },
}));

const shape = fc.array(size(9), { minLength: 0, maxLength: 4 });
const dtype = fc.constantFrom<tf.DataType>("float32", "float32", "int32", "bool");

const moved: fc.Arbitrary<Call> = fc.record({
  seed,
  shape,
  dtype,
  to: dtype,
  kernel: fc.constantFrom("Slice", "Cast", "Identity", "GatherV2"),
})
  .map(({ seed, shape, dtype, to, kernel }) => {
    const next = random(seed), upTo = (most: number) => Math.floor(next() * (most + 1));
    // A cast of what int32 can't hold is the machine's affair.
    const kind: Kind = kernel === "Cast" && to === "int32" ? "small" : "any";
    const inputs = () => ({ x: drawn(shape, seed, kind, dtype) });
    if (kernel === "Slice" && shape.length > 0) {
      const begin = shape.map(upTo),
        size = shape.map((side, i) => next() < 0.2 ? -1 : upTo(side - begin[i]!));
      return { kernel, inputs, attrs: { begin, size } };
    }
    const axis = upTo(Math.max(0, shape.length - 1)), batchDims = upTo(axis);
    if (kernel === "GatherV2" && shape.length > 0 && !shape.includes(0)) {
      const own = [...shape.slice(0, batchDims), upTo(3), 2];
      const places = Array.from({ length: tf.util.sizeFromShape(own) }, () => upTo(shape[axis]! - 1));
      const attrs = { axis: next() < 0.5 ? axis : axis - shape.length, batchDims };
      return { kernel, inputs: () => ({ ...inputs(), indices: tf.tensor(places, own, "int32") }), attrs };
    }
    return kernel === "Cast"
      ? { kernel, inputs, attrs: { dtype: to } }
      : { kernel: "Identity", inputs, attrs: {} };
  });

const single: fc.Arbitrary<Call> = fc.record({
  seed,
  shape,
  kernel: fc.constantFrom("Sign", "Log1p", "Relu", "ClipByValue"),
})
  .map(({ seed, shape, kernel }) => ({
    kernel,
    inputs: () => ({ x: drawn(shape, seed, "any") }),
    attrs: { clipValueMin: -1, clipValueMax: 0.5 },
  }));

const pairs: fc.Arbitrary<Call> = fc.record({
  seed,
  shape,
  kernel: fc.constantFrom("Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum"),
}).map(({ seed, shape, kernel }) => {
  const next = random(seed);
  /** The same axes, some of them 1, and the first ones left out. */
  const part = () =>
    shape.map((side) => next() < 0.3 ? 1 : side).slice(Math.floor(next() * (shape.length + 1)));
  const shapes = [[shape, part()], [part(), shape], [part(), part()], [shape, shape.slice(-1)], [
    shape,
    [],
  ]][Math.floor(next() * 5)]!;
  return {
    kernel,
    inputs: () => ({ a: drawn(shapes[0]!, seed, "any"), b: drawn(shapes[1]!, seed + 1, "any") }),
    attrs: {},
  };
});

const all = { convolution, pool, product, moved, single, pairs } as const;

for (const [name, calls] of Object.entries(all)) {
  Deno.test(`kernels on wasm give what those on cpu give, whatever they are called with: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(calls, async ({ kernel, inputs, attrs }) => {
        const run = () =>
          [tf.engine().runKernel(kernel, inputs(), attrs as tf.NamedAttrMap)].flat() as tf.Tensor[];
        assertAlike(await on("wasm", run), await on("cpu", run), kernel);
      }),
      { numRuns: 300, seed: 13 },
    );
  });
}

Deno.test("functions of tensors without numbers give on wasm what they give on cpu", async () => {
  const functions: Record<string, () => tf.Tensor> = {
    ...Object.fromEntries(
      (["max", "min", "sum", "mean", "prod", "logSumExp"] as const).flatMap((name) => [
        [`${name} of no columns`, () => tf[name](tf.zeros([2, 0]), 1)],
        [`${name} of no images`, () => tf[name](tf.zeros([0, 4, 4, 2]), [1, 2])],
      ]),
    ),
    "any": () => tf.any(tf.zeros([2, 0], "bool"), 1),
    "a product over no columns": () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])),
    "a product with a transpose over no columns": () =>
      tf.matMul(tf.zeros([2, 0]), tf.zeros([3, 0]), false, true),
    "a product of no rows": () => tf.matMul(tf.zeros([0, 3]), tf.ones([3, 2])),
    "softmax": () => tf.softmax(tf.zeros([0, 4])),
    "argMax": () => tf.argMax(tf.zeros([0, 4]), 1),
    "concat": () => tf.concat([tf.zeros([0, 2]), tf.ones([1, 2])]),
    "pad": () => tf.pad(tf.zeros([0, 2]), [[1, 0], [0, 0]]),
    "cumsum": () => tf.cumsum(tf.zeros([2, 0]), 1),
    "a pool": () => tf.avgPool(tf.zeros([0, 4, 4, 2]) as tf.Tensor4D, 2, 2, "valid"),
    "a batch norm": () =>
      tf.batchNorm(
        tf.zeros([0, 4, 4, 2]) as tf.Tensor4D,
        tf.zeros([2]) as tf.Tensor1D,
        tf.ones([2]) as tf.Tensor1D,
      ),
    "the gradient of a filter": () =>
      tf.grad((w) => tf.conv2d(tf.zeros([0, 4, 4, 2]) as tf.Tensor4D, w as tf.Tensor4D, 1, "same").sum())(
        tf.ones([3, 3, 2, 4]),
      ),
  };
  for (const [name, f] of Object.entries(functions)) {
    assertAlike(await on("wasm", () => [f()]), await on("cpu", () => [f()]), name);
  }
});

Deno.test("functions of numbers that are no floats, and of NaN, are on wasm what they are on cpu", async () => {
  const f = () => {
    const x = tf.tensor1d([NaN, -0.5, 0, 300, -Infinity, 1e-40]),
      whole = tf.tensor1d([-5, 3, 0, 256], "int32");
    return [
      ...[
        whole.acos(),
        whole.asin(),
        whole.atan(),
        whole.asinh(),
        whole.expm1(),
        whole.square().add(1).reciprocal(),
      ],
      ...[whole.abs().add(1).acosh(), whole.atanh(), x.atan(), x.expm1()],
      ...[x.cast("bool"), whole.cast("bool"), x.cast("bool").cast("float32"), x.cast("bool").cast("int32")],
      ...[
        x.relu6(),
        whole.relu6(),
        x.clipByValue(-1, 1),
        whole.clipByValue(-1, 1),
        whole.sign(),
        whole.relu(),
      ],
    ];
  };
  assertAlike(await on("wasm", f), await on("cpu", f), "bounds and casts");
});
