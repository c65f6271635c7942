/** Compiled functions in the forms that the rules of fuse.ts must tell apart, beside plain TensorFlow.js on cpu. */
// deno-lint-ignore-file no-explicit-any -- a function for each case, of tensors of any rank
import { assertEquals, assertThrows } from "@std/assert";
import { compile, tf, useBackend } from "@gcln/kit/tensor";
import { assertAlike, on, waves } from "./_like_cpu.ts";

await useBackend("wasm");

type Case = readonly [shapes: readonly number[][], f: (...inputs: any[]) => tf.Tensor[]];

/** The gradient by the input. */
const slope = (f: (x: any) => tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.grad((x) => f(x).square().mul(waves<tf.Rank>(f(x).shape, 5)).sum())(x);

const filter = (side: number, inputs: number, outputs: number) => waves([side, side, inputs, outputs], side);
const conv = (x: any, side = 3, outputs = 8, strides: any = 1, pad: any = "same") =>
  tf.conv2d(x, filter(side, x.shape[3], outputs), strides, pad);
const image = [2, 6, 5, 8];

const cases: Readonly<Record<string, Case>> = {
  "a gradient of ReLU before the only ReLU that is needed": [[[9]], (x) => [slope(tf.relu, x), tf.relu(x)]],
  "a gradient of ReLU before and after a ReLU": [[[9]], (x) => {
    const first = slope(tf.relu, x), y = tf.relu(x);
    return [first, y, slope(tf.relu, x)];
  }],
  "a gradient of ReLU before the ReLU of a convolution": [[image, image], (x, dy) => {
    const z = conv(x), dz = tf.grad((z: any) => tf.relu(z).mul(dy).sum())(z);
    return [conv(dz), tf.relu(z)];
  }],
  "ReLUs of one value in two shapes, and the gradient of one": [[[2, 8]], (x) => {
    const flat = tf.relu(x.reshape([16]));
    return [flat, slope(tf.relu, x), slope((x) => tf.relu(x.reshape([4, 4])), x)];
  }],
  "a ReLU of a ReLU": [
    [image],
    (x) => [tf.relu(tf.relu(conv(x))), slope((x) => tf.relu(tf.relu(conv(x))), x)],
  ],
  "a gradient of ReLU by numbers that are no floats": [[[9]], (x) => {
    const whole = (x: any) => tf.relu(x.mul(3).cast("int32"));
    return [whole(x), slope(whole, x)];
  }],
  "a value that a ReLU, a sum and a result ask for": [[image], (x) => {
    const y = conv(x);
    return [y, tf.relu(y), y.add(x), y];
  }],
  "a value that is added to itself": [[image], (x) => {
    const y: any = conv(x);
    return [y.add(y), tf.relu(y.add(y)), conv(x).add(conv(x))];
  }],
  "a sum of two convolutions, and their gradients": [[image], (x) => [
    tf.relu(conv(x).add(conv(x, 1))),
    slope((x) => tf.relu(conv(tf.relu(conv(x))).add(conv(x, 1))), x),
  ]],
  "sums that only some channels or pixels share": [[image], (x) => [
    conv(x).add(waves([8], 1)),
    conv(x).add(waves([1, 1, 1, 8], 1)),
    conv(x).add(waves([5, 8], 1)),
    conv(x).add(waves([6, 1, 1], 1)),
    conv(x).add(2),
    conv(x).add(tf.tensor([2])),
    conv(x, 3, 1).add(waves([1], 1)),
    conv(x, 3, 1).add(waves([8], 1)),
    conv(x).reshape([60, 8]).add(waves([8], 1)),
    conv(x).reshape([10, 6, 8]).add(waves([8], 1)),
    conv(x).add(waves([8], 1)).add(waves([8], 2)).add(x).add(waves([8], 3)).add(x),
    tf.relu(conv(x)).add(waves([8], 1)),
    conv(x).add(waves([8], 1).cast("int32")),
  ]],
  "slices of an input gradient with -1, without sizes, empty and deep": [[image], (x) => {
    const dx = (strides = 1, side = 3) => slope((z) => conv(z, side, 8, strides, "valid"), x);
    return [
      dx().slice([0, 1, 1, 0], [2, -1, -1, 8]),
      dx().slice([0, 1, 1, 0], [-1, 2, 3, -1]),
      dx().slice([0, 1, 0, 0]),
      dx().slice([0, 1]),
      dx().slice(1),
      dx().slice(0, 1),
      dx().slice([1, 1, 1, 0], [1, 4, 3, 8]),
      dx().slice([0, 1, 1, 1], [2, 4, 3, 7]),
      dx().slice([0, 4, 3, 0], [2, 1, 1, 8]),
      dx().slice([0, 2, 2, 0], [2, 0, 2, 8]),
      dx(2).slice([0, 3, 2, 0], [2, 2, 2, 8]),
      dx(3, 1).slice([0, 1, 1, 0], [2, 2, 2, 8]),
      dx(3, 2).slice([0, 2, 2, 0], [2, 1, 1, 8]),
    ];
  }],
  "paddings of zeros, of other numbers, and of other axes": [[image], (x) => {
    const padded = (pad: [number, number][], value = 0) => (x: any) =>
      conv(tf.pad(x, pad, value), 3, 8, 2, "valid");
    return [[[0, 0], [1, 1], [0, 2], [0, 0]], [[1, 0], [1, 1], [1, 1], [0, 0]], [[0, 0], [1, 1], [1, 1], [
      0,
      1,
    ]]]
      .flatMap((
        pad: any,
      ) => [padded(pad)(x), padded(pad, 1)(x), slope(padded(pad), x), slope(padded(pad, 1), x)]);
  }],
  "convolutions with paddings by numbers, by sides, and rounded": [[image], (x) => {
    const pads = ["same", "valid", 1, 2, [[0, 0], [0, 1], [2, 0], [0, 0]], [[0, 0], [3, 3], [3, 3], [0, 0]]];
    return pads.flatMap((pad) =>
      [1, 2, [3, 1], 4].flatMap((strides) => {
        if (typeof pad === "number" && strides !== 1) return [];
        const f = (x: any) => tf.relu(conv(tf.relu(conv(x, 3, 8, strides, pad)), 1).add(waves([8], 2)));
        return [f(x), slope(f, x)];
      })
    );
  }],
  "poolings that pick pixels, padded ones too, around a pointwise convolution": [[image], (x) => {
    const fs = ["valid", "same", 1].flatMap((pad: any) =>
      ["valid", "same", [[0, 0], [1, 1], [1, 0], [0, 0]]].flatMap((own) => [
        (x: any) => conv(tf.maximum(tf.avgPool(x, 1, pad === 1 ? 1 : 2, pad), -5), 1, 8, 1, own),
        (x: any) => conv(tf.avgPool(x, 1, pad === 1 ? 1 : [2, 3] as any, pad), 1, 8, 1, own),
        (x: any) => conv(tf.avgPool(x, 1, pad === 1 ? 1 : 3, pad), 1, 8, 2, own),
        (x: any) => conv(tf.maxPool(x, 2, 2, pad), 1, 8, 1, own),
      ])
    );
    return fs.slice(0, 24).flatMap((f) => [f(x), slope(f, x)]);
  }],
  "strides beyond the filter, with an ending": [[image, [2, 2, 2, 8]], (x, y) => {
    const f = (x: any) => tf.relu(conv(tf.relu(x), 1, 8, 3, "valid").add(y));
    return [f(x), slope(f, x), slope((x) => f(tf.relu(conv(x))), x)];
  }],
  "fused convolutions with biases of every form": [
    [image],
    (x) =>
      [[8], [], [1], [1, 1, 1, 8], [1, 8], [6, 5, 8]].flatMap((shape) =>
        (["linear", "relu"] as const).map((activation) =>
          tf.fused.conv2d({
            x,
            filter: filter(3, 8, 8),
            strides: 1,
            pad: "same",
            bias: waves(shape, 3),
            activation,
          })
        )
      ),
  ],
  "fused convolutions with other activations": [
    [image],
    (x) =>
      (["relu6", "elu", "sigmoid", "leakyrelu"] as const).map((activation) =>
        tf.relu(
          tf.fused.conv2d({
            x,
            filter: filter(3, 8, 8),
            strides: 1,
            pad: "same",
            bias: waves([8], 3),
            activation,
            leakyreluAlpha: 0.2,
          }),
        )
      ),
  ],
  "dilated convolutions": [[image], (x) => [
    tf.relu(tf.conv2d(x, filter(3, 8, 8), 1, "same", "NHWC", 2).add(waves([8], 1))),
    tf.relu(tf.conv2d(x, filter(2, 8, 8), 1, "valid", "NHWC", [2, 1]).add(waves([8], 1))),
  ]],
  "transposed convolutions with an ending": [
    [image],
    (x) =>
      [1, 2, 3].map((strides) =>
        tf.relu(
          tf.conv2dTranspose(x, filter(2, 8, 8), [2, 6 * strides, 5 * strides, 8], strides, "same").add(
            waves([8], 1),
          ),
        )
      ),
  ],
  "results that are inputs, constants, parts and types": [[image, [4]], (x, y) => [
    x,
    y.reshape([2, 2]),
    waves([3], 1),
    y.greater(0),
    y.cast("bool"),
    y.mul(2).cast("int32"),
    y.mul(2).cast("int32").cast("bool").cast("float32"),
    ...tf.split(conv(x), 2, 3).map((part) => tf.relu(part)),
    ...tf.unstack(tf.relu(conv(x))),
    tf.concat([conv(x), conv(x)], 3).sum(-1),
    y.prelu(waves([4], 2)),
    x.prelu(waves([6, 1, 1], 2)),
  ]],
  "an empty batch": [[[0, 6, 5, 8]], (x) => {
    const f = (x: any) => tf.relu(conv(tf.relu(conv(x, 3, 8, 2)).add(waves([8], 1))));
    return [f(x), slope(f, x)];
  }],
};

const given = (shapes: readonly number[][]) => shapes.map((shape, i) => waves<tf.Rank>(shape, i + 20));

for (const [name, [shapes, f]] of Object.entries(cases)) {
  Deno.test(`${name}: compiled on wasm gives what plain TensorFlow.js gives on cpu`, async () => {
    const expected = await on("cpu", () => f(...given(shapes)));
    const compiled = compile((...inputs) => f(...inputs), shapes.map((shape) => tf.zeros(shape)));
    const actual = await on("wasm", () => compiled(...given(shapes)));
    compiled.dispose();
    assertAlike(await on("wasm", () => f(...given(shapes))), expected, "eager");
    assertAlike(actual, expected, "compiled");
  });
}

Deno.test("compiled functions on wasm neither lose nor free memory twice in a thousand calls", () => {
  const backend = tf.backend() as unknown as { numDataIds(): number };
  const state = () => [tf.memory().numTensors, tf.memory().numDataBuffers, backend.numDataIds()];
  for (const [name, [shapes, f]] of Object.entries(cases)) {
    const inputs = given(shapes), before = state();
    const compiled = compile((...inputs) => f(...inputs), inputs), held = state();
    for (let i = 0; i < 1000 / Object.keys(cases).length; i++) tf.dispose(compiled(...inputs));
    assertEquals(state(), held, name);
    compiled.dispose();
    assertEquals(state(), before, name);
    tf.dispose(inputs);
  }
});

Deno.test("a call of a compiled function on wasm that fails leaves nothing behind", () => {
  const backend = tf.backend() as unknown as { numDataIds(): number };
  const x = waves<tf.Rank.R1>([4], 1),
    places = tf.tensor1d([0, 3], "int32"),
    far = tf.tensor1d([0, 4], "int32");
  const compiled = compile((x, places) => [x!.mul(2).add(1), x!.square().gather(places as tf.Tensor1D)], [
    x,
    places,
  ]);
  const before = backend.numDataIds();
  assertThrows(() => compiled(x, far), RangeError, "GatherV2: the index value 4 is not in [0, 3]");
  assertEquals(backend.numDataIds(), before);
  compiled.dispose();
});

Deno.test("a function that reads what depends on its inputs can't be compiled on wasm, one that reads constants can", async () => {
  const backend = tf.backend() as unknown as { numDataIds(): number };
  const x = waves<tf.Rank.R1>([3], 1), weights = tf.tensor1d([2, 3, 4]), before = backend.numDataIds();
  for (const read of [(y: tf.Tensor) => y.dataSync(), (y: tf.Tensor) => y.mul(2).sum().arraySync()]) {
    assertThrows(
      () => compile((x) => (read(x!), [x!.square()]), [x]),
      TypeError,
      "Cannot compile a function that reads numbers which depend on its inputs",
    );
    assertEquals(backend.numDataIds(), before);
  }
  const compiled = compile((x) => [x!.mul(weights.add(1).dataSync()[2]!)], [tf.zeros([3])]);
  assertEquals([...await compiled(tf.tensor1d([1, 2, 3]))[0]!.data()], [5, 10, 15]);
  compiled.dispose();
});
