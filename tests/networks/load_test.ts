import { assertEquals, assertThrows } from "@std/assert";
import {
  features,
  loadParameters,
  loadVgg19,
  network,
  readSafetensors,
  vgg,
  writeSafetensors,
} from "@gcln/kit/networks";
import { type Images, type Parameters, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

const detector = network({ architecture: "detector", width: 2, channels: 1 });
const float32 = { precision: "float32" } as const;

Deno.test("loadParameters() gives back a network's parameters in its order", async () => {
  const parameters = detector.init(1);
  const shuffled = Object.fromEntries(Object.entries(parameters).toReversed());
  const loaded = loadParameters(detector, await writeSafetensors(shuffled, float32));
  assertEquals(Object.keys(loaded), Object.keys(parameters));
  for (const [name, value] of Object.entries(parameters)) {
    assertEquals(await loaded[name]!.data(), await value.data());
    assertEquals(loaded[name]!.shape, value.shape);
  }
});

Deno.test("loadParameters() lists what is missing, left over and of another shape, and keeps no tensor", async () => {
  const { "fc.bias": _, "conv2.bias": __, ...rest } = detector.init(1);
  const bytes = await writeSafetensors(
    { ...rest, "fc.weight": tf.zeros([8, 3]), "bn1.weight": tf.ones([2]) },
    float32,
  );
  const before = tf.memory().numTensors;
  assertThrows(
    () => loadParameters(detector, bytes),
    RangeError,
    [
      "The file does not fit a detector: 2 missing, 1 left over, 1 of another shape",
      "  missing          left over",
      "  conv2.bias [4]   -",
      "  fc.bias [2]      -",
      "  -                bn1.weight [2]",
      "of another shape: fc.weight [3,8] in place of [2,8]",
    ].join("\n"),
  );
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("loadParameters() shortens long lists", async () => {
  const resnet = network({ architecture: "resnet18", width: 2, classes: 10, channels: 1, stem: 1 });
  const bytes = await writeSafetensors({}, float32);
  assertThrows(() => loadParameters(resnet, bytes), RangeError, "and 90 more");
});

Deno.test("loadParameters() knows transposed convolutions", async () => {
  const generator = network({ architecture: "generator", width: 3, channels: 1 });
  const bytes = await writeSafetensors(generator.init(1), float32);
  assertEquals(loadParameters(generator, bytes)["raise.weight"]!.shape, [2, 2, 3, 6]);
});

const vgg19 = vgg({ architecture: "vgg19", width: 1, classes: 10, channels: 3 });

async function changed(change: (parameters: Record<string, tf.Tensor>) => Parameters): Promise<Uint8Array> {
  return await writeSafetensors(change({ ...vgg19.init(1) }), float32);
}

Deno.test("loadVgg19() takes weights without the dense layers, for features", async () => {
  const bytes = await changed((parameters) =>
    Object.fromEntries(Object.entries(parameters).filter(([name]) => name.startsWith("features.")))
  );
  const { network, parameters } = loadVgg19(bytes);
  assertEquals(Object.keys(parameters).length, 32);
  const activations = features(network, parameters, ["relu1_1", "relu5_4"])(
    tf.zeros([1, 32, 32, 3]) as Images,
  );
  assertEquals(activations.map(({ shape }) => shape), [[1, 32, 32, 1], [1, 2, 2, 8]]);
});

Deno.test("loadVgg19() says what is missing or has the wrong shape", async () => {
  const half = await changed(({ "classifier.3.weight": _, ...rest }) => rest);
  assertThrows(
    () => loadVgg19(half),
    RangeError,
    "The file does not fit a vgg19: 1 missing\n  missing                       left over\n  classifier.3.weight [64,64]   -",
  );
  const bent = await changed((all) => ({ ...all, "features.5.weight": tf.zeros([5, 5, 1, 2]) }));
  assertThrows(() => loadVgg19(bent), RangeError, "features.5.weight [2,1,5,5] in place of [2,1,3,3]");
  const other = await writeSafetensors(detector.init(1), float32);
  assertThrows(() => loadVgg19(other), RangeError, "features.0.weight [64,3,3,3]");
  assertEquals(Object.keys(readSafetensors(other)).length, 8);
});
