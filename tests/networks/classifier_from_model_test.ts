import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { classifierFromModel, type ClassifierFromModelOptions, type Model } from "@gcln/kit/networks";
import { linf, pgd } from "@gcln/kit/attacks";
import {
  type Classifier,
  frozen,
  gradientAt,
  type Images,
  type Labels,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import * as tf from "@tensorflow/tfjs";
import { fusedGraphModel, graphModel, type GraphWeights } from "./_graph_model.ts";

await useBackend();

const valuesOf = async (tensor: tf.Tensor) => [...await tensor.data()];
const images = uniform([4, 6, 5, 2], 0.1, 0.9, 1) as Images;

async function assertClose(actual: tf.Tensor, expected: tf.Tensor, most = 1e-5): Promise<void> {
  assertEquals(actual.shape, expected.shape);
  assertLess((await actual.sub(expected).abs().max().data())[0]!, most);
}

/** A layers model with batch norm (of worn statistics) and dropout, saved and loaded again. */
async function layersModel(
  last: "linear" | "softmax" | "sigmoid" = "linear",
  units = 3,
): Promise<tf.LayersModel> {
  const { layers } = tf;
  const built = tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 5, 2], filters: 4, kernelSize: 3, padding: "same" }),
      layers.batchNormalization(),
      layers.activation({ activation: "relu" }),
      layers.dropout({ rate: 0.5 }),
      layers.globalAveragePooling2d({}),
      layers.gaussianNoise({ stddev: 1 }),
      layers.dense({ units, activation: last }),
    ],
  });
  built.setWeights(
    built.getWeights().map(({ shape }, i) => uniform(shape as [number], 0.2, 0.8, i).sub(i === 0 ? 0.5 : 0)),
  );
  let saved: tf.io.ModelArtifacts | undefined;
  await built.save(tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
  }));
  return await tf.loadLayersModel(tf.io.fromMemory(saved!));
}

const weights: GraphWeights = {
  kernel: uniform([3, 3, 2, 4], -0.5, 0.5, 1),
  scale: uniform([4], 0.5, 1.5, 2),
  offset: uniform([4], -0.2, 0.4, 3),
  mean: uniform([4], -0.3, 0.3, 4),
  variance: uniform([4], 0.3, 2, 5),
  dense: uniform([4, 3], -2, 2, 6),
  bias: uniform([3], -1, 1, 7),
};

/** The graph model's logits by hand. */
function byHand(x: tf.Tensor4D): tf.Tensor2D {
  const { kernel, scale, offset, mean, variance, dense, bias } = weights;
  const normed = tf.conv2d(x, kernel, 1, "same").sub(mean).div(variance.add(1e-3).sqrt()).mul(scale).add(
    offset,
  );
  return normed.relu().mean<tf.Tensor2D>([1, 2]).matMul(dense).add(bias);
}

const layered = await layersModel(), graph = await graphModel(weights);
const classifiers: Record<string, Classifier> = {
  "a layers model": classifierFromModel(layered, { range: [-1, 1] }),
  "a layers model's probabilities": classifierFromModel(await layersModel("softmax"), {
    range: [0, 255],
    normalise: { mean: [100, 120], deviation: [60, 50] },
    output: "probabilities",
  }),
  "a graph model": classifierFromModel(graph, { range: [0, 1], node: "logits" }),
  "a graph model's probabilities": classifierFromModel(graph, { range: [0, 1], output: "probabilities" }),
  "a graph model with fused operations": classifierFromModel(await fusedGraphModel(weights), {
    range: [0, 1],
  }),
  "a graph model of single images": classifierFromModel(await graphModel(weights, 1), {
    range: [0, 1],
    node: "logits",
  }),
};

for (const [what, classifier] of Object.entries(classifiers)) {
  Deno.test(`classifierFromModel() of ${what} has the gradient that finite differences find`, async () => {
    const weigh = tf.tensor2d([[1, -2, 0.5]]), direction = uniform([4, 6, 5, 2], -1, 1, 2) as Images;
    const loss = (x: Images) => classifier(x).mul(weigh).sum() as tf.Scalar;
    const h = 1e-3, [slope] = await gradientAt(loss, images).mul(direction).sum().data();
    const [ahead] = await loss(images.add(direction.mul(h))).data();
    const [behind] = await loss(images.sub(direction.mul(h))).data();
    assertGreater(Math.abs(slope!), 1e-3);
    assertAlmostEquals((ahead! - behind!) / (2 * h), slope!, 0.02 * Math.abs(slope!) + 1e-3);
  });

  Deno.test(`classifierFromModel() of ${what} is always the same, and the same when frozen`, async () => {
    const once = await valuesOf(classifier(images));
    assertEquals(await valuesOf(classifier(images)), once);
    const compiled = frozen(classifier);
    await assertClose(compiled(images), tf.tensor2d(once, [4, 3]));
    compiled.dispose();
  });

  Deno.test(`classifierFromModel() of ${what} can be attacked, and frees everything but the attacked images`, async () => {
    const labels = classifier(images).argMax<Labels>(1), batch = { images, labels };
    const options = { ball: linf(0.3), stepSize: 0.05, steps: 10, start: "original" } as const;
    const lead = async (x: Images) => {
      const logits = classifier(x), own = tf.oneHot(labels, 3).cast("float32");
      return await valuesOf(logits.mul(own).sum(1).sub(logits.sub(own.mul(1e3)).max(1)));
    };
    const attacked = pgd(classifier, batch, options);
    const [before, after] = [await lead(images), await lead(attacked)];
    after.forEach((margin, i) => assertLess(margin, before[i]!));
    const held = tf.memory().numTensors;
    tf.tidy(() => void pgd(classifier, batch, options));
    assertEquals(tf.memory().numTensors, held);
  });

  Deno.test(`classifierFromModel() of ${what} leaves one tensor behind, its logits`, () => {
    classifier(images).dispose();
    const held = tf.memory().numTensors;
    classifier(images).dispose();
    assertEquals(tf.memory().numTensors, held);
  });
}

Deno.test("classifierFromModel() brings images into the model's range, then normalises", async () => {
  const expected = layered.predict(images.mul(2).sub(1)) as tf.Tensor;
  await assertClose(classifiers["a layers model"]!(images), expected);
  const scaled = images.mul(255).sub(tf.tensor1d([100, 120])).div(tf.tensor1d([60, 50]));
  const classifier = classifierFromModel(layered, {
    range: [0, 255],
    normalise: { mean: [100, 120], deviation: [60, 50] },
  });
  await assertClose(classifier(images), layered.predict(scaled) as tf.Tensor);
});

Deno.test("classifierFromModel() of a graph model computes what is computed by hand", async () => {
  await assertClose(classifiers["a graph model"]!(images), byHand(images));
  await assertClose(classifiers["a graph model of single images"]!(images), byHand(images));
  const exact = gradientAt((x: Images) => byHand(x).square().sum(), images);
  const found = gradientAt((x: Images) => classifiers["a graph model"]!(x).square().sum(), images);
  await assertClose(found, exact, 1e-4);
});

Deno.test("classifierFromModel() of probabilities gives logits whose softmax they are", async () => {
  const { "a graph model's probabilities": classifier } = classifiers;
  await assertClose(tf.softmax(classifier!(images)), tf.softmax(byHand(images)));
  // A probability of 0 has a finite logarithm and no NaN in its gradient.
  const sure = await graphModel({ ...weights, dense: weights.dense.mul(1e4) });
  const certain = classifierFromModel(sure, { range: [0, 1], output: "probabilities" });
  const logits = await valuesOf(certain(images));
  assert(logits.every((value) => Number.isFinite(value)) && Math.min(...logits) < -87, `${logits}`);
  const gradient = await valuesOf(gradientAt((x: Images) => certain(x).sum(), images));
  assert(gradient.every((value) => Number.isFinite(value)), `${gradient}`);
});

Deno.test("classifierFromModel() takes the logits before a softmax layer by the name of their node", async () => {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.flatten({ inputShape: [6, 5, 2] }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({
        units: 3,
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        biasInitializer: tf.initializers.constant({ value: -1 }), // so that some logit is below 0
      }),
      layers.softmax(),
    ],
  });
  const node = (model.layers.at(-2)!.output as tf.SymbolicTensor).name;
  const classifier = classifierFromModel(model, { range: [0, 1], node });
  await assertClose(tf.softmax(classifier(images)), model.predict(images) as tf.Tensor);
  assertLess(Math.min(...await valuesOf(classifier(images))), 0);
  const { execute: _, ...without } = { ...classifiable, inputs: model.inputs, outputs: model.outputs };
  assertThrows(refused(without, { range, node }), RangeError, "of a model without execute(images, node)");
});
const classifiable = { predict: (x: tf.Tensor) => x.mean([1, 2]), execute: undefined };

Deno.test("classifierFromModel() drops nothing out and leaves running statistics alone", async () => {
  const model = await layersModel(), statistics = await valuesOf(model.getWeights().at(-3)!);
  const classifier = classifierFromModel(model, { range: [0, 1] });
  const alone = tf.concat(tf.split(images, 4).map((image) => classifier(image as Images)));
  await assertClose(classifier(images), alone as tf.Tensor2D);
  gradientAt((x: Images) => classifier(x).sum(), images);
  assertEquals(await valuesOf(model.getWeights().at(-3)!), statistics);
});

Deno.test("classifierFromModel() takes models with channels first, and flat ones", async () => {
  const flat = tf.sequential({ layers: [tf.layers.dense({ inputShape: [60], units: 3 })] });
  const [kernel, bias] = flat.getWeights() as [tf.Tensor2D, tf.Tensor1D];
  const expected = images.reshape<tf.Tensor2D>([4, 60]).matMul(kernel).add(bias);
  await assertClose(classifierFromModel(flat, { range: [0, 1], layout: "flat" })(images), expected);
  const normalise = { mean: [0.1, 0.2], deviation: [0.5, 2] };
  const less = images.sub(tf.tensor1d(normalise.mean)).div(tf.tensor1d(normalise.deviation));
  await assertClose(
    classifierFromModel(flat, { range: [0, 1], layout: "flat", normalise })(images),
    less.reshape<tf.Tensor2D>([4, 60]).matMul(kernel).add(bias),
  );
  const first = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [2, 6, 5] }), tf.layers.dense({ units: 3 })],
  });
  const [weight, offset] = first.getWeights() as [tf.Tensor2D, tf.Tensor1D];
  const moved = images.transpose([0, 3, 1, 2]).reshape<tf.Tensor2D>([4, 60]).matMul(weight).add(offset);
  await assertClose(classifierFromModel(first, { range: [0, 1], layout: "nchw" })(images), moved);
});

Deno.test("classifierFromModel() takes images of any size where the model does", () => {
  const open = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [null, null, 3] as unknown as number[], filters: 2, kernelSize: 3 }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 2 }),
    ],
  });
  const classifier = classifierFromModel(open, { range: [0, 1] });
  assertEquals(classifier(tf.zeros([1, 9, 12, 3])).shape, [1, 2]);
  const sure = tf.sequential({ layers: [...open.layers, tf.layers.softmax()] });
  assertThrows(refused(sure, { range }), RangeError, 'Say output: "probabilities"');
  const large = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [null, null, 3] as unknown as number[], filters: 2, kernelSize: 65 }),
      tf.layers.globalAveragePooling2d({}),
    ],
  });
  assertEquals(classifierFromModel(large, { range: [0, 1] })(tf.zeros([1, 70, 65, 3])).shape, [1, 2]);
});

const refused = (model: unknown, options: unknown) => () =>
  classifierFromModel(model as Model, options as ClassifierFromModelOptions);
const range = [0, 1];

Deno.test("classifierFromModel() wants its range named, and options that it knows", () => {
  const cases: [unknown, string][] = [
    [{}, "Cannot run classifierFromModel without range: [black, white]"],
    [{ range: [1, 0] }, "Cannot use range [1,0]"],
    [{ range: 255 }, "Cannot use range 255"],
    [{ range, normalize: {} }, 'did you mean "normalise"?'],
    [{ range, output: "softmax" }, '"logits" or "probabilities" is wanted'],
    [{ range, layout: "nwhc" }, 'did you mean "nhwc"?'],
    [{ range, normalise: { mean: [0], std: [1] } }, "Cannot use normalise"],
    [
      { range, normalise: { mean: [0], deviation: [1] } },
      "Cannot normalise images of 2 channels by the mean [0]",
    ],
  ];
  for (const [options, message] of cases) assertThrows(refused(layered, options), RangeError, message);
  assertThrows(refused(layered, undefined), TypeError, "an object of options is wanted");
});

Deno.test("classifierFromModel() refuses what is no model, or cannot be attacked", async () => {
  for (const model of [undefined, null, {}, Promise.resolve(layered), (x: Images) => x]) {
    assertThrows(refused(model, { range }), TypeError, "a model of TensorFlow.js is wanted");
  }
  assertThrows(
    refused(tf.sequential(), { range }),
    TypeError,
    "a model without inputs: it has no layers yet",
  );
  const whole = await graphModel(weights, -1, "DT_INT32");
  assertThrows(refused(whole, { range }), TypeError, "a model that takes int32");
  const input = tf.input({ shape: [6, 5, 2] }), other = tf.input({ shape: [6, 5, 2] });
  const flat = (x: tf.SymbolicTensor) => tf.layers.flatten().apply(x) as tf.SymbolicTensor;
  const two = tf.model({
    inputs: [input, other],
    outputs: flat(tf.layers.add().apply([input, other]) as tf.SymbolicTensor),
  });
  assertThrows(refused(two, { range }), RangeError, "with 2 inputs");
  const forked = tf.model({ inputs: input, outputs: [flat(input), flat(input)] });
  assertThrows(refused(forked, { range }), RangeError, "with 2 outputs");
  const maps = tf.model({
    inputs: input,
    outputs: tf.layers.activation({ activation: "relu" }).apply(input) as tf.SymbolicTensor,
  });
  assertThrows(refused(maps, { range }), RangeError, "Cannot take logits of shape [2,6,5,2] for 2 images");
});

Deno.test("classifierFromModel() refuses one output, and probabilities under another name", async () => {
  assertThrows(
    refused(await layersModel("sigmoid", 1), { range, output: "probabilities" }),
    RangeError,
    "two classes need two outputs",
  );
  assertThrows(refused(await layersModel("softmax"), { range }), RangeError, 'Say output: "probabilities"');
  assertThrows(refused(graph, { range }), RangeError, "Cannot take probabilities for logits");
  assertThrows(refused(layered, { range, output: "probabilities" }), RangeError, "that sum to 1 are wanted");
  assertThrows(
    refused(await layersModel("sigmoid"), { range, output: "probabilities" }),
    RangeError,
    "Of separate sigmoids give what stands before them",
  );
});

Deno.test("classifierFromModel() refuses images of another size, and says what layout would do", async () => {
  const classifier = classifierFromModel(layered, { range: [0, 1] });
  assertThrows(
    () => classifier(tf.zeros([2, 6, 5, 3])),
    RangeError,
    "Cannot take images of shape [2,6,5,3], given to the model as [2,6,5,3]: it takes [n,6,5,2]",
  );
  for (const what of [images.cast("int32"), images.flatten(), [[1]]]) {
    assertThrows(() => classifier(what as Images), TypeError, "in float32, from 0 to 1, are wanted");
  }
  const first = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [2, 6, 5] }), tf.layers.dense({ units: 3 })],
  });
  const wrong = classifierFromModel(first, { range: [0, 1] });
  assertThrows(() => wrong(images), RangeError, 'it takes [n,2,6,5], did you mean layout: "nchw"?');
  const pairs = classifierFromModel(await graphModel(weights, 2), { range: [0, 1], node: "logits" });
  assertEquals(pairs(images).shape, [4, 3]);
  assertThrows(() => pairs(tf.zeros([3, 6, 5, 2])), RangeError, "a multiple of 2 is wanted");
});
