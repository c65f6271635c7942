import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import {
  classifierOf,
  countParameters,
  defineArchitecture,
  features,
  foldBatchNorms,
  generator,
  type Network,
  network,
  type NetworkSpec,
  type Pass,
  trainable,
  unet,
} from "@gcln/kit/networks";
import { count as wholeNumber } from "@gcln/kit/kinds";
import {
  gradientAt,
  type Images,
  type Parameters,
  tf,
  uniform,
  useBackend,
  valueAndGradients,
} from "@gcln/kit/tensor";

await useBackend();

const specs: Record<string, NetworkSpec> = {
  resnet18: { architecture: "resnet18", width: 2, classes: 10, channels: 1, stem: 2 },
  resnet34: { architecture: "resnet34", width: 2, classes: 7, channels: 3, stem: 1 },
  vgg19: { architecture: "vgg19", width: 1, classes: 10, channels: 3 },
  "vgg-small": { architecture: "vgg-small", width: 2, classes: 10, channels: 1 },
  generator: { architecture: "generator", width: 4, channels: 3 },
  unet: { architecture: "unet", width: 4, levels: 3, blocks: 1, norm: "batch", channels: 3 },
  detector: { architecture: "detector", width: 4, channels: 1 },
  "noise-generator": { architecture: "noise-generator", width: 2, channels: 3 },
};

const imagesFor = ({ channels }: { readonly channels: number }, n = 2) =>
  uniform([n, 32, 32, channels], 0, 1, 3) as Images;
const valuesOf = async (tensor: tf.Tensor) => [...await tensor.data()];

/** Parameters with statistics and slopes as training leaves them: not zeros and ones. */
function worn(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value], i) => {
      if (value.rank !== 1) return [name, value];
      const [low, high] = name.endsWith("_var") || name.endsWith(".weight") ? [0.5, 1.5] : [-0.5, 0.5];
      return [name, uniform([value.size], low!, high!, i)];
    }),
  );
}

for (const [name, spec] of Object.entries(specs)) {
  const it = network(spec);

  Deno.test(`apply() of a ${name} taps every layer once, in order`, () => {
    const tapped: string[] = [];
    it.apply(it.init(1), imagesFor(spec), { tap: (layer) => tapped.push(layer) });
    assertEquals(tapped, [...it.layers]);
  });

  Deno.test(`init() of a ${name} makes what is declared, from the seed`, async () => {
    const [one, same, other] = [it.init(1), it.init(1), it.init(2)];
    assertEquals(
      Object.entries(one).map(([name, { shape }]) => ({ name, shape })),
      it.declarations.map(({ name, shape }) => ({ name, shape: [...shape] })),
    );
    const kernel = it.declarations[0]!.name;
    assertEquals(await valuesOf(one[kernel]!), await valuesOf(same[kernel]!));
    assertGreater((await one[kernel]!.sub(other[kernel]!).abs().max().data())[0], 0);
  });

  Deno.test(`foldBatchNorms() of a ${name} changes its output by less than 1e-4`, async () => {
    const parameters = worn(it.init(1)), images = imagesFor(spec);
    const plain: tf.Tensor = it.apply(parameters, images);
    const folded: tf.Tensor = it.apply(foldBatchNorms(it, parameters), images);
    const [scale] = await plain.abs().max().data();
    assertLess((await plain.sub(folded).abs().max().data())[0]!, 1e-4 * Math.max(1, scale!));
  });

  Deno.test(`apply() of a ${name} frees everything but its result in a tidy`, () => {
    const parameters = it.init(1), images = imagesFor(spec, 1);
    const step = () =>
      tf.tidy(() => gradientAt((x: Images) => (it.apply(parameters, x) as tf.Tensor).sum(), images))
        .dispose();
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) step();
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("apply() has the input gradient that finite differences find", async () => {
  const spec = { architecture: "vgg-small", width: 4, classes: 3, channels: 1 } as const;
  const vgg = network(spec), parameters = vgg.init(5);
  const loss = (x: Images) => vgg.apply(parameters, x).square().sum().mul(100) as tf.Scalar;
  const images = uniform([1, 16, 16, 1], 0.2, 0.8, 1) as Images;
  const direction = uniform([1, 16, 16, 1], -1, 1, 2) as Images;
  const h = 2e-4; // small: a step over a kink of a ReLU would count
  const [ahead] = await loss(images.add(direction.mul(h))).data();
  const [behind] = await loss(images.sub(direction.mul(h))).data();
  const [slope] = await gradientAt(loss, images).mul(direction).sum().data();
  assertAlmostEquals((ahead! - behind!) / (2 * h), slope!, 0.02 * Math.abs(slope!));
});

Deno.test("apply() has an input gradient that takes no gradient of a kernel", async () => {
  const resnet = network(specs["resnet18"]!), parameters = resnet.init(1), images = imagesFor(resnet.spec);
  const { kernelNames } = await tf.profile(() =>
    gradientAt((x: Images) => (resnet.apply(parameters, x) as tf.Tensor).sum(), images)
  );
  assert(kernelNames.includes("Conv2DBackpropInput"));
  assert(!kernelNames.includes("Conv2DBackpropFilter"), kernelNames.join(", "));
});

Deno.test("apply() can be trained on a batch of one image", async () => {
  const resnet = network({ architecture: "resnet18", width: 2, classes: 10, channels: 1, stem: 2 });
  const parameters = resnet.init(1), images = uniform([1, 64, 64, 1], 0, 1, 1) as Images;
  for (let i = 0; i < 5; i++) {
    const { gradients } = valueAndGradients((trained) => ({
      loss: resnet.apply({ ...parameters, ...trained }, images, { mode: "training" }).square()
        .mean() as tf.Scalar,
      aux: {},
    }), trainable(parameters));
    const [largest] = await gradients["layer2.0.downsample.0.weight"]!.abs().max().data();
    assert(Number.isFinite(largest), `${largest}`);
  }
});

Deno.test("init() draws kernels with the deviation of He et al.", async () => {
  const { init } = network({ architecture: "resnet18", width: 16, classes: 10, channels: 3, stem: 1 });
  const kernel = init(1)["layer4.1.conv2.weight"]!;
  const { mean, variance } = tf.moments(kernel);
  assertAlmostEquals((await mean.data())[0]!, 0, 1e-3);
  assertAlmostEquals((await variance.data())[0]!, 2 / (9 * 128), 1e-4);
});

Deno.test("init() gives a layer the same values whatever the other layers are", async () => {
  const narrow = network({ architecture: "resnet18", width: 4, classes: 10, channels: 3, stem: 1 });
  const deeper = network({ architecture: "resnet34", width: 4, classes: 5, channels: 3, stem: 2 });
  const name = "layer1.0.conv1.weight";
  assertEquals(await valuesOf(narrow.init(1)[name]!), await valuesOf(deeper.init(1)[name]!));
});

Deno.test("resnet() has torchvision's names", () => {
  const names = Object.keys(network(specs["resnet18"]!).init(1));
  assertEquals(names.slice(0, 6), [
    "conv1.weight",
    "bn1.weight",
    "bn1.bias",
    "bn1.running_mean",
    "bn1.running_var",
    "layer1.0.conv1.weight",
  ]);
  for (
    const name of [
      "layer2.0.downsample.0.weight",
      "layer2.0.downsample.1.running_var",
      "fc.weight",
      "fc.bias",
    ]
  ) assert(names.includes(name), name);
  assert(!names.includes("layer1.0.downsample.0.weight"));
});

Deno.test("countParameters() finds the published sizes", () => {
  const sizes = { width: 64, channels: 3, stem: 1 } as const;
  const count = (spec: NetworkSpec) =>
    network(spec).declarations.filter(({ name }) => !name.includes("running")).reduce(
      (sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1),
      0,
    );
  assertEquals(count({ architecture: "resnet18", classes: 10, ...sizes }), 11_173_962);
  assertEquals(count({ architecture: "resnet34", classes: 10, ...sizes }), 21_282_122);
  assertEquals(count({ architecture: "vgg19", width: 64, classes: 1000, channels: 3 }), 143_667_240);
  const small = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 }),
    parameters = small.init(1);
  assertEquals(countParameters(parameters), count(small.spec as NetworkSpec));
  assertEquals(countParameters(trainable(parameters)), countParameters(parameters));
});

Deno.test("generator() is the identity before training, on any sides that are multiples of 4", async () => {
  for (const [h, w] of [[32, 32], [28, 28], [4, 12]] as const) {
    const { init, apply } = generator({ architecture: "generator", width: 16, channels: 3 });
    const images = uniform([2, h, w, 3], 0, 1, h) as Images;
    assertEquals(await valuesOf(apply(init(7), images)), await valuesOf(images));
  }
});

Deno.test("unet() is the identity before training, with and without batch norms, on sides that its levels halve", async () => {
  for (const norm of ["none", "batch"] as const) {
    const { init, apply } = unet({ architecture: "unet", width: 4, levels: 3, blocks: 2, norm, channels: 1 });
    const images = uniform([2, 24, 8, 1], 0, 1, 1) as Images, parameters = init(7);
    assertEquals(await valuesOf(apply(parameters, images)), await valuesOf(images));
    assertEquals(await valuesOf(apply(parameters, images, { mode: "training" })), await valuesOf(images));
    assertThrows(
      () => apply(parameters, tf.zeros([1, 12, 8, 1])),
      RangeError,
      "Cannot repair images of 12 × 8: the sides must be multiples of 8",
    );
  }
});

Deno.test("unet() of three levels of 48, 96 and 192 channels has 1.3 million weights", () => {
  const sizes = { width: 48, levels: 3, blocks: 1, channels: 3 } as const;
  const convolutions = 2 * (2 * (9 * 48 ** 2 + 48) + 2 * (9 * 96 ** 2 + 96)) + 2 * (9 * 192 ** 2 + 192);
  const down = 4 * (3 * 48 + 48 * 96 + 96 * 192) + 48 + 96 + 192;
  const up = 4 * (192 * 96 + 96 * 48 + 48 * 3) + 96 + 48 + 3;
  const plain = unet({ architecture: "unet", ...sizes, norm: "none" });
  assertEquals(countParameters(plain.init(1)), convolutions + down + up);
  assertEquals(convolutions + down + up, 1_265_187);
});

Deno.test("unet() starts with activations that neither vanish nor explode", async () => {
  for (const norm of ["none", "batch"] as const) {
    const { init, apply, layers } = unet({
      architecture: "unet",
      width: 16,
      levels: 3,
      blocks: 1,
      norm,
      channels: 3,
    });
    const found: Record<string, number> = {}, images = uniform([4, 32, 32, 3], 0, 1, 1) as Images;
    const taps: Record<string, tf.Tensor> = {};
    apply(init(1), images, { tap: (name, activation) => taps[name] = activation, mode: "training" });
    for (const name of layers.slice(0, -1)) {
      found[name] = Math.sqrt((await taps[name]!.square().mean().data())[0]!);
    }
    for (const size of Object.values(found)) assert(size > 0.1 && size < 4, JSON.stringify(found));
  }
});

Deno.test("generator() starts with activations that neither vanish nor explode", async () => {
  const { init, apply } = generator({ architecture: "generator", width: 16, channels: 3 });
  const sizes: number[] = [], images = uniform([4, 32, 32, 3], 0, 1, 1) as Images;
  const taps: tf.Tensor[] = [];
  apply(init(1), images, { tap: (_, activation) => taps.push(activation) });
  for (const tap of taps.slice(0, 3)) sizes.push(Math.sqrt((await tap.square().mean().data())[0]!));
  for (const size of sizes) assert(size > 0.1 && size < 3, `${sizes}`);
});

Deno.test("apply() in training uses the batch's statistics, not the running ones", async () => {
  const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
  const parameters = vgg.init(1), images = imagesFor(vgg.spec, 4);
  const changed = { ...parameters, "features.1.running_mean": tf.fill([2], 9) };
  const training = { mode: "training" } as const;
  assertEquals(
    await valuesOf(vgg.apply(parameters, images, training)),
    await valuesOf(vgg.apply(changed, images, training)),
  );
  assertGreater(
    (await vgg.apply(parameters, images).sub(vgg.apply(changed, images)).abs().max().data())[0],
    0,
  );
});

Deno.test("apply() normalises images by the spec", async () => {
  const plain = network({ architecture: "detector", width: 2, channels: 1 });
  const spec = { architecture: "vgg-small", width: 2, classes: 4, channels: 1 } as const;
  const bare = network(spec),
    normalising = network({ ...spec, normalise: { mean: [0.25], deviation: [0.5] } });
  const parameters = bare.init(1), images = imagesFor(plain.spec);
  const expected = await valuesOf(bare.apply(parameters, images.sub(0.25).div(0.5)));
  const actual = await valuesOf(normalising.apply(parameters, images));
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-5));
});

Deno.test("classifierOf() owns its parameters and lets go of them", async () => {
  const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
  const images = imagesFor(vgg.spec), before = tf.memory().numTensors;
  const parameters = vgg.init(1);
  const expected = tf.tidy(() => vgg.apply(parameters, images));
  const made: ReturnType<typeof classifierOf>[] = [];
  tf.tidy(() => void made.push(classifierOf(vgg, parameters)));
  const [classifier] = made;
  tf.dispose(Object.values(parameters));
  const logits = tf.tidy(() => classifier!(images));
  const [want, got] = [await valuesOf(expected), await valuesOf(logits)];
  want.forEach((value, i) => assertAlmostEquals(got[i]!, value, 1e-5));
  tf.dispose([expected, logits]);
  classifier!.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("features() gives the tapped activations in the order asked, twice where asked twice", async () => {
  const resnet = network(specs["resnet18"]!), parameters = worn(resnet.init(1));
  const images = imagesFor(resnet.spec), taps = new Map<string, tf.Tensor>();
  resnet.apply(foldBatchNorms(resnet, parameters), images, { tap: (layer, x) => taps.set(layer, x) });
  const layers = ["pool", "conv1", "layer3", "conv1"];
  const found = features(resnet, parameters, layers)(images);
  for (const [i, layer] of layers.entries()) {
    assertEquals(await valuesOf(found[i]!), await valuesOf(taps.get(layer)!));
  }
  assertEquals(features(resnet, parameters, [])(images), []);
});

Deno.test("features() gives the logits of the same pass under the name logits", async () => {
  const resnet = network(specs["resnet18"]!),
    parameters = worn(resnet.init(1)),
    images = imagesFor(resnet.spec);
  const [logits, pool] = features(resnet, parameters, ["logits", "pool"])(images);
  const [plain] = features(resnet, parameters, ["pool"])(images);
  assertEquals(logits!.shape, [2, 10]);
  assertLess(
    (await logits!.sub(classifierOf(resnet as Network, parameters)(images)).abs().max().data())[0]!,
    1e-6,
  );
  assertEquals(await valuesOf(pool!), await valuesOf(plain!));
});

Deno.test("features() has a gradient and computes nothing after the last wanted layer", async () => {
  const vgg = network(specs["vgg19"]!), parameters = vgg.init(1);
  const convolutions = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => name.startsWith("features.")),
  );
  const activations = features(vgg, convolutions, ["relu1_2", "relu5_4"]);
  const gradient = gradientAt((x: Images) => activations(x)[1]!.sum(), imagesFor(vgg.spec));
  assertGreater((await gradient.abs().max().data())[0], 0);
  assertThrows(
    () => vgg.apply(convolutions, imagesFor(vgg.spec)),
    RangeError,
    "classifier.0.weight is missing",
  );
});

Deno.test("features() frees its copies", () => {
  const vgg = network(specs["vgg-small"]!), parameters = vgg.init(1), before = tf.memory().numTensors;
  const activations = features(vgg, parameters, ["relu2_1"]);
  tf.tidy(() => void activations(imagesFor(vgg.spec)));
  activations.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("network() refuses what makes no network", () => {
  const resnet = { architecture: "resnet18", width: 4, classes: 10, channels: 3, stem: 1 } as const;
  const refused: [unknown, string][] = [
    [{ ...resnet, architecture: "resnet50" }, 'No network is called "resnet50", did you mean "resnet18"?'],
    [{ ...resnet, architecture: "ResNet34" }, 'did you mean "resnet34"?'],
    [
      { ...resnet, architecture: undefined },
      "No network is called undefined. There are conv-stack, detector",
    ],
    [null, "No network is called undefined"],
    [{ ...resnet, width: 0 }, "Cannot use width 0: a whole number of at least 1 is wanted"],
    [{ ...resnet, width: 2.5 }, "Cannot use width 2.5"],
    [{ ...resnet, width: "16" }, 'Cannot use width "16"'],
    [{ ...resnet, classes: 1 }, "Cannot use classes 1: a whole number of at least 2 is wanted"],
    [{ ...resnet, classes: NaN }, "Cannot use classes NaN"],
    [{ ...resnet, channels: 0 }, "Cannot use channels 0: a whole number of at least 1 is wanted"],
    [{ ...resnet, stem: 3 }, "Cannot use stem 3: a whole number from 1 to 2 is wanted"],
    [{ ...resnet, stem: undefined }, "Cannot run resnet18 without stem"],
    [{ ...resnet, clases: 4 }, 'Cannot give resnet18 an option "clases", did you mean "classes"?'],
    [
      { architecture: "detector", width: 4, channels: 1, classes: 2 },
      'Cannot give detector an option "classes"',
    ],
    [{ ...resnet, normalise: { mean: [0, 0, 0], std: [1, 1, 1] } }, "{ mean, deviation }"],
    [{ ...resnet, normalise: { mean: [0, 0, NaN], deviation: [1, 1, 1] } }, "Cannot use normalise"],
    [
      { ...resnet, normalise: { mean: [0.5], deviation: [1, 1, 1] } },
      "Cannot normalise images of 3 channels by the mean [0.5]: 3 numbers are wanted",
    ],
    [{ ...resnet, normalise: { mean: [0, 0, 0], deviation: [1, 0, 1] } }, "deviations above 0"],
    [{ architecture: "generator", width: 0, channels: 1 }, "Cannot use width 0"],
  ];
  for (const [spec, message] of refused) {
    assertThrows(() => network(spec as NetworkSpec), RangeError, message);
  }
});

Deno.test("network() makes classifiers of 2 to thousands of classes, of images with any number of channels", () => {
  const sizes = { width: 2, stem: 2 } as const;
  for (const classes of [2, 3, 100, 1000, 5000]) {
    for (const channels of [1, 2, 3, 4, 13]) {
      const resnet = network({ architecture: "resnet18", ...sizes, classes, channels });
      assertEquals(resnet.apply(resnet.init(1), tf.zeros([1, 12, 20, channels])).shape, [1, classes]);
    }
  }
  for (const channels of [2, 5]) {
    const repair = network({ architecture: "generator", width: 2, channels });
    assertEquals(repair.apply(repair.init(1), tf.zeros([1, 8, 12, channels])).shape, [1, 8, 12, channels]);
  }
});

Deno.test("vgg() refuses images that are too small for its pools, in place of logits of NaN", () => {
  const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 }),
    parameters = vgg.init(1);
  assertEquals(vgg.apply(parameters, tf.zeros([1, 8, 8, 1])).shape, [1, 10]);
  assertThrows(
    () => vgg.apply(parameters, tf.zeros([1, 7, 8, 1])),
    RangeError,
    "Cannot pool activations of 1 × 2: the images are too small for the network",
  );
});

const small = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });

Deno.test("apply() and init() refuse what TypeScript would", () => {
  const parameters = small.init(1), images = imagesFor(small.spec);
  const apply = (images: unknown, pass?: unknown) => () =>
    small.apply(parameters, images as Images, pass as Pass);
  for (const what of [undefined, [[1]], tf.zeros([16, 16, 1]), tf.zeros([1, 16, 16, 1], "int32")]) {
    assertThrows(apply(what), TypeError, "images [n, height, width, channels] in float32");
  }
  assertThrows(apply(images, { mode: "train" }), RangeError, 'did you mean "training"?');
  assertThrows(apply(images, { mdoe: "training" }), RangeError, 'did you mean "mode"?');
  for (const seed of [undefined, NaN, 0.5, "1"]) {
    assertThrows(() => small.init(seed as number), RangeError, "a whole number is wanted");
  }
});

Deno.test("classifierOf() refuses parameters of another network, and networks that give no logits", () => {
  const { "classifier.bias": _, ...rest } = small.init(1);
  const wide = network({ architecture: "vgg-small", width: 3, classes: 10, channels: 1 });
  const made = (network: unknown, parameters: unknown) => () =>
    classifierOf(network as Network, parameters as Parameters);
  const held = tf.memory().numTensors;
  assertThrows(made(small, rest), RangeError, "Parameter classifier.bias is missing");
  assertThrows(made(small, undefined), TypeError, "Cannot use parameters undefined");
  assertThrows(made(small.spec, rest), TypeError, "as a network: what network() gives is wanted");
  assertThrows(() => features(small.spec as unknown as Network, rest, []), TypeError, "as a network");
  assertThrows(
    () => features(small, rest, "pool" as unknown as string[]),
    RangeError,
    'Cannot use layers "pool"',
  );
  assertThrows(() => foldBatchNorms(small.spec as unknown as Network, rest), TypeError, "as a network");
  assertThrows(
    () => tf.tidy(() => void classifierOf(small, wide.init(1))),
    RangeError,
    "Parameter features.0.weight of a vgg-small has shape [3,3,1,3] in place of [3,3,1,2]",
  );
  assertEquals(tf.memory().numTensors, held);
  const repair = generator({ architecture: "generator", width: 2, channels: 1 });
  const classifier = classifierOf(repair as unknown as Network, repair.init(1));
  assertThrows(() => classifier(tf.zeros([1, 8, 8, 1])), RangeError, "Cannot take logits of shape [1,8,8,1]");
});

Deno.test("classifierOf() takes parameters whose batch norms are folded", async () => {
  const parameters = worn(small.init(1)), images = imagesFor(small.spec);
  const [plain, folded] = [parameters, foldBatchNorms(small, parameters)].map((some) =>
    classifierOf(small, some)(images)
  );
  assertLess((await plain!.sub(folded!).abs().max().data())[0]!, 1e-6);
});

Deno.test("defineArchitecture() makes a network that specs name, and takes no name of the kit", () => {
  const { name: _, ...given } = generator;
  const options = { ...given, settings: {}, make: () => small };
  const own = defineArchitecture({
    ...options,
    name: "test-own",
    settings: { depth: wholeNumber({ least: 1 }) },
  });
  const spec = { architecture: "test-own", channels: 1, depth: 2 };
  const facts = ({ apply: _, ...facts }: Network) => facts;
  assertEquals(facts(own(spec)), facts(small));
  assertEquals(facts(network(spec as unknown as NetworkSpec) as Network), facts(small));
  assertEquals([own.name, own.source], ["test-own", "the paper, Figure 1"]);
  assertThrows(() => own({ ...spec, depth: 0 } as typeof spec), RangeError, "Cannot use depth 0");
  assertThrows(() => own({ architecture: "test-own", channels: 1 }), RangeError, "without depth");
  assertThrows(() => own({ ...spec, architecture: "vgg19" }), RangeError, "Cannot make a test-own of a spec");
  assertThrows(
    () => defineArchitecture({ ...options, name: 3 as unknown as string }),
    RangeError,
    "Cannot use name 3",
  );
  assertThrows(
    () => defineArchitecture({ name: "x" } as unknown as typeof options & { name: string }),
    RangeError,
    "without source",
  );
  for (const name of ["generator", "resnet18", "vgg-small", "detector"]) {
    assertThrows(() => defineArchitecture({ ...options, name }), RangeError, "the kit has one of that name");
  }
});

Deno.test("apply() refuses images that it was not made for", () => {
  const grey = network(specs["resnet18"]!);
  assertThrows(() => grey.apply(grey.init(1), tf.zeros([2, 32, 32, 3])), RangeError, "made for 1 channels");
  const repair = generator({ architecture: "generator", width: 2, channels: 1 });
  assertThrows(
    () => repair.apply(repair.init(1), tf.zeros([1, 30, 32, 1])),
    RangeError,
    "Cannot repair images of 30 × 32: the sides must be multiples of 4",
  );
});

Deno.test("apply() in training refuses folded parameters", () => {
  const vgg = network(specs["vgg-small"]!), folded = foldBatchNorms(vgg, vgg.init(1));
  assertThrows(
    () => vgg.apply(folded, imagesFor(vgg.spec), { mode: "training" }),
    RangeError,
    "features.1.weight is missing",
  );
});

Deno.test("features() refuses a layer that is not there", () => {
  const vgg = network(specs["vgg-small"]!);
  assertThrows(() => features(vgg, vgg.init(1), ["relu9_1"]), RangeError, "has no layer relu9_1");
});

Deno.test("classifierOf() leaves the logits of a call and nothing else, and no gradient changes by that", async () => {
  const vgg = network(specs["vgg-small"]!) as Network, parameters = vgg.init(1), images = imagesFor(vgg.spec);
  const classifier = classifierOf(vgg, parameters);
  const before = tf.memory().numTensors, logits = classifier(images);
  assertEquals(tf.memory().numTensors, before + 1);
  const [kept, plain] = tf.tidy(() => {
    const folded = foldBatchNorms(vgg, parameters);
    return [classifier, (x: tf.Tensor4D) => vgg.apply(folded, x)].map((of) =>
      tf.grad((x: tf.Tensor) => of(x as tf.Tensor4D).square().sum())(images)
    );
  });
  assertEquals([...await kept!.data()], [...await plain!.data()]);
  tf.dispose([logits, kept!, plain!]);
  assertEquals(tf.memory().numTensors, before);
});
