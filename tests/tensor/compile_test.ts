import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import {
  backendName,
  batchNormTraining,
  type Classifier,
  compile,
  evaluated,
  frozen,
  gradientAt,
  type Images,
  normal,
  tf,
  useBackend,
  valueAndGradients,
} from "@gcln/kit/tensor";

await useBackend();

async function farthest(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  return (await a.sub(b).abs().max().data())[0]!;
}

/** A training step of a tiny network: convolution, batch norm, ReLU, a loss, and all gradients. */
function step(...[x, kernel, scale, offset]: tf.Tensor[]): tf.Tensor[] {
  const { value, gradients, aux } = valueAndGradients(({ kernel, scale, offset }) => {
    const sum = tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, "same");
    const { output, mean, variance } = batchNormTraining(sum, scale as tf.Tensor1D, offset as tf.Tensor1D);
    return { loss: output.relu().square().sum() as tf.Scalar, aux: { mean, variance } };
  }, { kernel: kernel!, scale: scale!, offset: offset! });
  return [value, ...Object.values(gradients), ...Object.values(aux)];
}

function inputs(seed: number): tf.Tensor[] {
  return [
    normal<tf.Rank.R4>([4, 6, 6, 3], 0, 1, seed),
    normal<tf.Rank.R4>([3, 3, 3, 5], 0, 0.3, seed + 1),
    normal<tf.Rank.R1>([5], 1, 0.1, seed + 2),
    normal<tf.Rank.R1>([5], 0, 0.1, seed + 3),
  ];
}

Deno.test("compile() gives what the function gives, on other inputs than it was recorded with", async () => {
  const compiled = compile(step, inputs(1));
  const other = inputs(100);
  const expected = tf.tidy(() => step(...other)), actual = compiled(...other);
  for (const [i, tensor] of expected.entries()) {
    assertEquals(actual[i]!.shape, tensor.shape);
    assertLess(await farthest(actual[i]!, tensor), 1e-3 * (1 + (await tensor.abs().max().data())[0]!));
  }
  compiled.dispose();
});

Deno.test("compile() keeps inputs apart that were one tensor when it was recorded", async () => {
  for (const dtype of ["float32", "int32", "bool"] as const) {
    const x = tf.tensor1d([1, 0, 1], dtype), compiled = compile((a, b) => [b!, a!], [x, x.clone()]);
    const before = tf.memory().numTensors;
    const [b, a] = compiled(tf.tensor1d([1, 1, 0], dtype), tf.tensor1d([0, 1, 1], dtype));
    assertEquals([[...await a!.data()], [...await b!.data()]], [[1, 1, 0], [0, 1, 1]]);
    assertEquals(tf.memory().numTensors, before + 4);
    compiled.dispose();
  }
});

Deno.test("compile() takes outputs that are inputs, constants, or one tensor twice", async () => {
  const compiled = compile((x) => [x!, tf.tensor1d([7]), x!.add(1), x!.add(1)], [tf.tensor1d([0, 0])]);
  const [same, constant, a, b] = compiled(tf.tensor1d([2, 3]));
  assertEquals([...await same!.data()], [2, 3]);
  assertEquals([...await constant!.data()], [7]);
  assertEquals([...await a!.data()], [...await b!.data()]);
  compiled.dispose();
});

Deno.test("compile() lets live what a function closes over and returns", () => {
  const x = tf.tensor1d([1, 2]), weights = tf.tensor1d([3, 4]), compiled = compile((x) => [weights, x!], [x]);
  tf.dispose(compiled(x));
  tf.dispose(compiled(x));
  assertEquals([...weights.dataSync(), ...x.dataSync()], [3, 4, 1, 2]);
  compiled.dispose();
});

Deno.test("compile() leaves no tensor behind", () => {
  const example = inputs(1);
  const before = tf.memory().numTensors;
  const compiled = compile(step, example);
  assertEquals(tf.memory().numTensors, before);
  tf.dispose(compiled(...example));
  assertEquals(tf.memory().numTensors, before);
  compiled.dispose();
});

Deno.test("A compiled function refuses what it was not compiled for, on each engine", () => {
  const x = tf.zeros([3]), disposed = tf.zeros([3]), compiled = compile((x, y) => [x!.add(y!)], [x, x]);
  disposed.dispose();
  // deno-lint-ignore no-explicit-any -- what plain JavaScript may pass
  const run = (...inputs: any[]) => () => compiled(...inputs);
  const before = tf.memory().numTensors;
  assertThrows(run(x), TypeError, "Compiled for 2 inputs, got 1");
  assertThrows(run(x, x, x), TypeError, "Compiled for 2 inputs, got 3");
  assertThrows(run(x, tf.zeros([4])), RangeError, "Compiled for input 1 of shape [3], got [4]");
  assertThrows(run(tf.zeros([3, 1]), x), RangeError, "Compiled for input 0 of shape [3], got [3,1]");
  for (const dtype of ["int32", "bool"] as const) {
    assertThrows(run(x, x.cast(dtype)), TypeError, `Compiled for input 1 of type float32, got ${dtype}`);
  }
  assertThrows(run(x, disposed), Error, "Compiled for input 1 of shape [3], got a tensor that is disposed");
  assertThrows(
    run(x, [1, 2, 3]),
    TypeError,
    "Compiled for input 1 of shape [3], got [1,2,3]: a tensor is wanted",
  );
  assertThrows(run(undefined, x), TypeError, "got undefined: a tensor is wanted");
  assertEquals(tf.memory().numTensors, before + 4);
  compiled.dispose();
});

Deno.test("A compiled function can't be called after its dispose(), which may be called twice", () => {
  const x = tf.zeros([3]), compiled = compile((x) => [x!.square()], [x]);
  compiled.dispose();
  compiled.dispose();
  assertThrows(() => compiled(x), Error, "Cannot call a compiled function after its dispose()");
});

Deno.test("compile() refuses a function that returns no list of tensors, and tensors that are disposed", () => {
  const x = tf.zeros([3]), disposed = tf.zeros([3]);
  disposed.dispose();
  // deno-lint-ignore no-explicit-any -- what plain JavaScript may pass
  const compiling = (made: any) => () => compile(() => made, [x])(x);
  assertThrows(compiling(x), TypeError, "returns a tensor of shape [3]: a list of tensors is wanted");
  assertThrows(compiling([x, 1]), TypeError, "a list of tensors is wanted");
  assertThrows(compiling(undefined), TypeError, "returns undefined");
  assertThrows(() => compile((x) => [x!], [disposed]), Error, "Cannot compile for a tensor that is disposed");
  // What fails leaves nothing behind that would keep others from being recorded.
  assertEquals(compile((x) => [x!.add(1)], [x])(x)[0]!.dataSync()[0], 1);
});

Deno.test("compile() records no numbers that are read on the way from its inputs, but takes those of constants", () => {
  const x = tf.tensor1d([1, 2, 3]), weights = tf.tensor1d([2, 4]), indices = tf.tensor1d([1, 0], "int32");
  const reading = (x: tf.Tensor) => [x.mul(x.max().dataSync()[0]!)];
  if (backendName() === "tensorflow") {
    assertThrows(
      () => compile((x) => reading(x!), [x]),
      TypeError,
      "Cannot compile a function that reads numbers which depend on its inputs",
    );
  }
  const compiled = compile((x, indices) => [x!.gather(indices!).mul(weights.max().dataSync()[0]!)], [
    x,
    indices,
  ]);
  assertEquals([...compiled(tf.tensor1d([5, 6, 7]), tf.tensor1d([2, 1], "int32"))[0]!.dataSync()], [28, 24]);
  compiled.dispose();
  assertEquals(x.dataSync()[2], 3); // and all can be read again
});

Deno.test("compile() gives what the function gives for no images at all", () => {
  const none = tf.zeros<tf.Rank.R4>([0, 4, 4, 2]), filter = tf.ones<tf.Rank.R4>([3, 3, 2, 8]);
  const deeper = tf.ones<tf.Rank.R4>([3, 3, 2, 3]);
  const network = (x: tf.Tensor) => [
    tf.conv2d(x as tf.Tensor4D, filter, 1, "same").relu(),
    tf.depthwiseConv2d(x as tf.Tensor4D, deeper, 2, "same"),
    x.cast("int32"),
  ];
  const compiled = compile((x) => network(x!), [none]), made = compiled(none);
  assertEquals(made.map(({ shape }) => shape), [[0, 4, 4, 8], [0, 2, 2, 6], [0, 4, 4, 2]]);
  assertEquals(made.map(({ dtype }) => dtype), ["float32", "float32", "int32"]);
  compiled.dispose();
});

Deno.test("evaluated() makes another graph for another type of an input", () => {
  const classifier = frozen((images) => images.mean([1, 2]));
  const images = tf.ones<tf.Rank.R4>([1, 2, 2, 3]);
  for (const dtype of ["float32", "int32"] as const) {
    const label = tf.tensor1d([2], dtype);
    const [sum] = evaluated(classifier, "sum", [images, label], (x, y) => [
      classifier(x as Images).sum(1).add(y!),
    ]);
    assertEquals([...sum!.dataSync()], [5]);
  }
  classifier.dispose();
});

Deno.test("compile() inside a function that is being compiled runs plainly", async () => {
  const outer = compile((x) => {
    const inner = compile((y) => [y!.mul(2)], [x!]);
    return inner(x!.add(1));
  }, [tf.scalar(1)]);
  assertEquals((await outer(tf.scalar(4))[0]!.data())[0], 10);
  outer.dispose();
});

Deno.test("evaluated() compiles once for each shape of a frozen classifier, and never for another", () => {
  let calls = 0;
  const plain: Classifier = (images) => {
    calls++;
    return images.mean([1, 2]);
  };
  const marked = frozen(plain);
  const ask = (classifier: Classifier, n: number) => {
    const images = tf.ones([n, 2, 2, 3]) as Images;
    tf.dispose(evaluated(classifier, "logits", [images], (x) => [classifier(x as Images)]));
  };
  [1, 1, 1].forEach((n) => ask(plain, n));
  assertEquals(calls, 3);
  calls = 0;
  [1, 1, 2, 1, 2].forEach((n) => ask(marked, n));
  assertEquals(calls, tf.getBackend() === "webgpu" ? 5 : 2);
  marked.dispose();
});

Deno.test("a frozen classifier can be differentiated", async () => {
  const marked = frozen((images) => images.square().sum([1, 2]));
  const slope = gradientAt((x: Images) => marked(x).sum() as tf.Scalar, tf.fill([1, 1, 1, 2], 3) as Images);
  assertEquals([...await slope.data()], [6, 6]);
  assert(!slope.isDisposed);
});

Deno.test("evaluated() within a gradient lets it through", async () => {
  const classifier = frozen((x) => x.square().mean([1, 2]));
  const doubled = (x: tf.Tensor) =>
    evaluated(classifier, "doubled", [x], (x) => [classifier(x as Images).mul(2)])[0]!;
  const x = normal<tf.Rank.R4>([2, 3, 3, 2], 0, 1, 1);
  doubled(x); // so that there is a graph
  const slope = gradientAt((x: Images) => doubled(x).sum() as tf.Scalar, x);
  assertLess(await farthest(slope, x.mul(4 / 9)), 1e-6);
  classifier.dispose();
});

/** A network like those of the kit, and its gradient with respect to the images. */
function attackStep(kernels: readonly tf.Tensor4D[]): (x: tf.Tensor) => tf.Tensor[] {
  const loss = (x: tf.Tensor) =>
    kernels.reduce<tf.Tensor4D>((map, kernel) => tf.conv2d(map, kernel, 1, "same").relu(), x as tf.Tensor4D)
      .mean([1, 2]).square().sum<tf.Scalar>();
  return (x) => [loss(x), tf.grad(loss)(x)];
}

Deno.test("compile() in bfloat16 gives nearly what float32 gives, as float32", async () => {
  const kernels = [[3, 8], [8, 8], [8, 6]].map(([from, to], i) =>
    normal<tf.Rank.R4>([3, 3, from!, to!], 0, 0.3, i)
  );
  const x = normal<tf.Rank.R4>([4, 12, 12, 3], 0, 1, 9), step = attackStep(kernels);
  const exact = compile(step, [x]), fast = compile(step, [x], { precision: "bfloat16" });
  const expected = exact(x), actual = fast(x);
  for (const [i, tensor] of expected.entries()) {
    assertEquals([actual[i]!.shape, actual[i]!.dtype], [tensor.shape, "float32"]);
    const [far] = await actual[i]!.sub(tensor).norm().div(tensor.norm()).data();
    assertLess(far!, 0.05); // a ReLU here and there falls on its other side
    if (backendName() === "tensorflow") assert(far! > 1e-6, "no lower precision was used");
  }
  exact.dispose();
  fast.dispose();
});

Deno.test("compile() in bfloat16 rounds what float32 rounds: a quantizer's images are the same", async () => {
  const basis = normal<tf.Rank.R4>([3, 3, 1, 4], 0, 0.3, 1), x = normal<tf.Rank.R4>([8, 9, 9, 1], 0, 1, 2);
  const quantized = (x: tf.Tensor) => [tf.conv2d(x as tf.Tensor4D, basis, 1, "same").mul(50).round()];
  const fast = compile(quantized, [x], { precision: "bfloat16" });
  assertEquals(await fast(x)[0]!.data(), await quantized(x)[0]!.data());
  fast.dispose();
});
