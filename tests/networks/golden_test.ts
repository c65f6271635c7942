import { assert, assertEquals, assertLess } from "@std/assert";
import {
  foldBatchNorms,
  loadParameters,
  loadVgg19,
  network,
  type NetworkSpec,
  readSafetensors,
} from "@gcln/kit/networks";
import { gradientAt, type Images, type tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

// Made by PyTorch: fixtures/golden/make_networks.py.
const golden = (name: string) =>
  Deno.readFileSync(new URL(`../../fixtures/golden/networks_${name}.safetensors`, import.meta.url));
const examples = readSafetensors(golden("examples"));

type Shape = [number, number, number, number];
const twins: Record<string, { spec: NetworkSpec; shape: Shape }> = {
  resnet18: {
    spec: { architecture: "resnet18", width: 4, classes: 10, channels: 3, stem: 1 },
    shape: [2, 16, 16, 3],
  },
  resnet18_stem2: {
    spec: { architecture: "resnet18", width: 3, classes: 10, channels: 1, stem: 2 },
    shape: [2, 28, 28, 1],
  },
  resnet34: {
    spec: { architecture: "resnet34", width: 2, classes: 10, channels: 3, stem: 2 },
    shape: [2, 15, 15, 3],
  },
  vgg_small: {
    spec: { architecture: "vgg-small", width: 3, classes: 10, channels: 1 },
    shape: [2, 28, 28, 1],
  },
  generator: { spec: { architecture: "generator", width: 4, channels: 3 }, shape: [2, 16, 20, 3] },
  detector: { spec: { architecture: "detector", width: 4, channels: 3 }, shape: [2, 17, 14, 3] },
};

async function largestDifference(actual: tf.Tensor, name: string): Promise<number> {
  return (await actual.flatten().sub(examples[name]!).abs().max().data())[0]!;
}

/** Compares values and gradients to 1e-5 of the largest: a generator's go up to 112. */
async function assertSame(f: (images: Images) => tf.Tensor, name: string, shape: Shape): Promise<void> {
  const images = examples[`${name}.images`]!.reshape(shape) as Images;
  const gradient = gradientAt((x: Images) => f(x).square().sum(), images);
  for (const [kind, actual] of Object.entries({ output: f(images), gradient })) {
    const [scale] = await examples[`${name}.${kind}`]!.abs().max().data();
    assertLess(await largestDifference(actual, `${name}.${kind}`), 1e-5 * scale!, kind);
  }
}

for (const [name, { spec, shape }] of Object.entries(twins)) {
  const twin = network(spec), parameters = loadParameters(twin, golden(name));

  Deno.test(`network() computes the outputs and gradients of PyTorch's ${name}`, async () => {
    await assertSame((images) => twin.apply(parameters, images), name, shape);
  });

  Deno.test(`foldBatchNorms() keeps the outputs and gradients of ${name}`, async () => {
    const folded = foldBatchNorms(twin, parameters);
    assertEquals(Object.keys(folded).filter((key) => /running|bn/.test(key)), []);
    await assertSame((images) => twin.apply(folded, images), name, shape);
  });
}

Deno.test("apply() normalises by the batch in training as PyTorch does, and reports its statistics", async () => {
  const { spec } = twins["resnet18_stem2"]!;
  const twin = network(spec), parameters = loadParameters(twin, golden("resnet18_stem2"));
  const statistics: Record<string, tf.Tensor> = {};
  const images = examples["resnet18_stem2.training.images"]!.reshape([5, 28, 28, 1]) as Images;
  const output = twin.apply(parameters, images, {
    mode: "training",
    statistics: (name, value) => statistics[name] = value,
  });
  assertLess(await largestDifference(output, "resnet18_stem2.training.output"), 1e-4);
  assertEquals(
    Object.keys(statistics).toSorted(),
    Object.keys(parameters).filter((name) => name.includes("running")).toSorted(),
  );
  for (const [name, value] of Object.entries(statistics)) {
    assertLess(await largestDifference(value, `resnet18_stem2.training.${name}`), 1e-4);
  }
});

const published = golden("vgg19");

Deno.test("loadVgg19() computes PyTorch's logits, with ImageNet's normalisation", async () => {
  const { network, parameters } = loadVgg19(published);
  assertEquals(network.spec, {
    architecture: "vgg19",
    width: 1,
    classes: 10,
    channels: 3,
    normalise: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  });
  await assertSame((images) => network.apply(parameters, images), "vgg19", [2, 32, 32, 3]);
});

Deno.test("vgg() pools larger images to 7 × 7 as PyTorch does", async () => {
  const { network, parameters } = loadVgg19(published);
  await assertSame((images) => network.apply(parameters, images), "vgg19.wide", [1, 64, 96, 3]);
});

Deno.test("readSafetensors() leaves PyTorch's integer counters out", () => {
  const header = new TextDecoder().decode(golden("resnet18").subarray(8, 20000));
  assert(header.includes("bn1.num_batches_tracked"));
  assert(!("bn1.num_batches_tracked" in readSafetensors(golden("resnet18"))));
});
