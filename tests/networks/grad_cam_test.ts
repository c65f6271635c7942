import { assert, assertEquals, assertLess, assertStrictEquals, assertThrows } from "@std/assert";
import {
  features,
  generator,
  gradCam,
  loadParameters,
  type Network,
  network,
  type NetworkSpec,
  type Pass,
  readSafetensors,
} from "@gcln/kit/networks";
import { type Images, type Logits, type Parameters, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();
const golden = (name: string) => new URL(`../../fixtures/golden/${name}`, import.meta.url);

async function farthest(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  return (await a.sub(b).abs().max().data())[0]!;
}

interface Setting {
  readonly network: "resnet18" | "resnet18_stem2";
  readonly layer: string;
  readonly classes: number[];
  readonly predicted: boolean;
  readonly heat: number[];
}

Deno.test("gradCam() computes PyTorch's maps at every stage of ResNet-18s, of predicted and of other classes", async () => {
  const specs: Record<Setting["network"], { spec: NetworkSpec; shape: [number, number, number, number] }> = {
    resnet18: {
      spec: { architecture: "resnet18", width: 4, classes: 10, channels: 3, stem: 1 },
      shape: [2, 16, 16, 3],
    },
    resnet18_stem2: {
      spec: { architecture: "resnet18", width: 3, classes: 10, channels: 1, stem: 2 },
      shape: [2, 28, 28, 1],
    },
  };
  const settings: Setting[] = JSON.parse(await Deno.readTextFile(golden("grad_cam.json")));
  const examples = readSafetensors(await Deno.readFile(golden("networks_examples.safetensors")));
  assertEquals(settings.length, 12);
  assert(settings.filter(({ heat }) => heat.some((value) => value > 0)).length >= 8);
  for (const { network: name, layer, classes, predicted, heat } of settings) {
    const { spec, shape } = specs[name], twin = network(spec) as Network;
    const parameters = loadParameters(twin, await Deno.readFile(golden(`networks_${name}.safetensors`)));
    const images = examples[`${name}.images`]!.reshape(shape) as Images;
    const found = gradCam({ network: twin, parameters }, images, {
      layer,
      ...(predicted ? {} : { classes: tf.tensor1d(classes, "int32") }),
    });
    assertEquals(found.shape, shape.slice(0, 3));
    assertLess(await farthest(found.flatten(), tf.tensor1d(heat)), 2e-4, `${name}, ${layer}, ${classes}`);
  }
});

/** Three maps of 2 × 2 pixels, each pixel with its own weight for each class: solved by hand. */
const byHand: Network = {
  spec: { architecture: "resnet18", width: 1, classes: 2, channels: 3, stem: 1 },
  layers: ["maps"],
  declarations: [],
  batchNorms: {},
  init: () => ({}),
  apply(parameters: Parameters, images: Images, { tap, instead }: Pass = {}): Logits {
    const maps = instead?.["maps"] ?? images;
    tap?.("maps", maps);
    return maps.reshape([-1, 12]).matMul(parameters["weights"]!) as Logits;
  },
};

Deno.test("gradCam() is Eq. (1) and (2) on a model that is solved by hand", async () => {
  // Class 0 gains 4, 0, 0, 0 by the pixels of the first map, −1 by each of the second's, nothing by the third's.
  // So α = (1, −1, 0), and class 1 loses what class 0 gains.
  const gains = [[4, -1, 0], [0, -1, 0], [0, -1, 0], [0, -1, 0]].flat();
  const weights = tf.tensor2d(gains.flatMap((gain) => [gain, -gain]), [12, 2]);
  const image = [[0.75, 0.25, 1], [0.5, 0.5, 1], [0.25, 0, 1], [0, 0.5, 1]].flat(); // A¹ − A² = ½, 0, ¼, −½
  const images = tf.tensor4d([...image, ...image], [2, 2, 2, 3]);
  const heat = gradCam({ network: byHand, parameters: { weights } }, images, {
    layer: "maps",
    classes: tf.tensor1d([0, 1], "int32"),
  });
  assertEquals([...await heat.data()], [1, 0, 0.5, 0, 0, 0, 0, 1]);
  const blind = gradCam({ network: byHand, parameters: { weights: tf.zeros([12, 2]) } }, images, {
    layer: "maps",
  });
  assertEquals([...await blind.data()], Array(8).fill(0)); // nothing speaks for any class
});

/** Bilinear interpolation between pixel centres, pixel by pixel; beyond the outer centres the border goes on. */
function enlarged(map: readonly number[][], side: number): number[] {
  const last = map.length - 1, at = (i: number) => map[Math.min(last, Math.max(0, i))]!;
  return Array.from({ length: side * side }, (_, i) => {
    const place = (k: number) => (k + 0.5) * map.length / side - 0.5;
    const y = place(Math.floor(i / side)), x = place(i % side);
    const top = Math.floor(y), left = Math.floor(x), down = y - top, right = x - left;
    const across = (row: readonly number[]) =>
      row[Math.max(0, left)]! * (1 - right) + row[Math.min(last, left + 1)]! * right;
    return across(at(top)) * (1 - down) + across(at(top + 1)) * down;
  });
}

Deno.test("gradCam() at the last maps before a mean is the class activation map of Zhou et al. 2016", async () => {
  const vgg = network({ architecture: "vgg-small", width: 3, classes: 4, channels: 1 });
  const parameters = vgg.init(5), images = uniform<tf.Rank.R4>([4, 32, 32, 1], 0, 1, 2);
  const classes = [3, 0, 1, 2];
  const heat = gradCam({ network: vgg, parameters }, images, {
    layer: "relu4_1",
    classes: tf.tensor1d(classes, "int32"),
  });
  const [maps] = features(vgg, parameters, ["relu4_1"])(images) as [tf.Tensor4D]; // [4, 4, 4, 24]
  const activations = await maps.array();
  const gains = await (parameters["classifier.weight"] as tf.Tensor2D).array(); //   [24, 4]
  const expected = classes.flatMap((c, n) => {
    const small = activations[n]!.map((row) =>
      row.map((channels) => Math.max(0, channels.reduce((sum, a, k) => sum + a * gains[k]![c]!, 0)))
    );
    const large = enlarged(small, 32), most = Math.max(...large);
    return large.map((value) => value / (most || 1));
  });
  assert(expected.filter((value) => value === 1).length >= 2, "heat in two images or more");
  assertLess(await farthest(heat.flatten(), tf.tensor1d(expected)), 1e-4);
});

Deno.test("gradCam() keeps nothing but its result, and says where it can't look", () => {
  const vgg = network({ architecture: "vgg-small", width: 2, classes: 3, channels: 1 });
  const classifier = { network: vgg, parameters: vgg.init(1) }, images = tf.zeros<tf.Rank.R4>([2, 8, 8, 1]);
  const before = tf.memory().numTensors;
  gradCam(classifier, images, { layer: "relu2_1" });
  assertEquals(tf.memory().numTensors, before + 1);
  assertThrows(
    () => gradCam(classifier, images, { layer: "relu9" }),
    RangeError,
    "has no layer relu9. It has",
  );
  assertThrows(
    () => gradCam(classifier, images, { layer: "pool" }),
    RangeError,
    "of shape [2,16]: wanted maps",
  );
  assertEquals(tf.memory().numTensors, before + 1);
});

Deno.test("apply() goes on with what is given instead of a layer, and shows that to the tap", async () => {
  const vgg = network({ architecture: "vgg-small", width: 2, classes: 3, channels: 1 }),
    parameters = vgg.init(1);
  const bright = tf.ones<tf.Rank.R4>([1, 8, 8, 1]), dark = tf.zeros<tf.Rank.R4>([1, 8, 8, 1]);
  const [seen] = features(vgg, parameters, ["relu2_2"])(bright);
  const tapped: tf.Tensor[] = [], tap = (_: string, activation: tf.Tensor) => tapped.push(activation);
  const swapped = vgg.apply(parameters, dark, { instead: { relu2_2: seen! }, tap });
  assertStrictEquals(tapped[vgg.layers.indexOf("relu2_2")], seen);
  assertLess(await farthest(swapped, vgg.apply(parameters, bright)), 1e-5);
  assert(await farthest(swapped, vgg.apply(parameters, dark)) > 1e-3);
});

Deno.test("apply() of a generator goes on with what is given instead of a layer", async () => {
  const { init, apply } = generator({ architecture: "generator", width: 2, channels: 1 });
  const images = uniform<tf.Rank.R4>([1, 8, 8, 1], 0, 1, 1), correction = tf.fill([1, 8, 8, 1], 0.25);
  const changed = apply(init(1), images, { instead: { correction } });
  assertLess(await farthest(changed, images.add(0.25)), 1e-6);
});
