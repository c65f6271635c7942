import { assertEquals, assertLess } from "@std/assert";
import {
  foldBatchNorms,
  loadParameters,
  loadVgg19,
  network,
  type NetworkSpec,
  readSafetensors,
} from "@gcln/kit/networks";
import { tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

// Made by PyTorch: fixtures/golden/make_networks.py.
const golden = (name: string) =>
  Deno.readFileSync(new URL(`../../fixtures/golden/networks_${name}.safetensors`, import.meta.url));
const examples = readSafetensors(golden("examples"));

const twins: Record<string, { spec: NetworkSpec; shape: [number, number, number, number] }> = {
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

async function largestDifference(name: string, output: tf.Tensor): Promise<number> {
  const expected = examples[`${name}.output`]!;
  return (await output.flatten().sub(expected).abs().max().data())[0]!;
}

for (const [name, { spec, shape }] of Object.entries(twins)) {
  Deno.test(`network() says of a ${name} what PyTorch says, with batch norms and with folded ones`, async () => {
    const twin = network(spec), parameters = loadParameters(twin as never, golden(name));
    const images = examples[`${name}.images`]!.reshape(shape) as tf.Tensor4D;
    assertLess(await largestDifference(name, twin.apply(parameters, images)), 1e-4);
    const folded = foldBatchNorms(twin as never, parameters);
    assertLess(await largestDifference(name, twin.apply(folded, images)), 1e-4);
  });
}

Deno.test("loadVgg19() says what PyTorch says, with ImageNet's normalisation", async () => {
  const { network, parameters } = loadVgg19(golden("vgg19"));
  assertEquals(network.spec, {
    architecture: "vgg19",
    width: 1,
    classes: 10,
    channels: 3,
    normalise: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  });
  const images = examples["vgg19.images"]!.reshape([2, 32, 32, 3]) as tf.Tensor4D;
  assertLess(await largestDifference("vgg19", network.apply(parameters, images)), 1e-4);
});
