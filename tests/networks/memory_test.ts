import { assertEquals, assertThrows } from "@std/assert";
import { classifierOf, features, network, type NetworkSpec } from "@gcln/kit/networks";
import { eot } from "@gcln/kit/attacks";
import { type Images, leavingResult, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** The spec of a network without its channels, which are 3; and the shape of what it takes, if that is not images. */
interface Small extends Readonly<Record<string, unknown>> {
  readonly architecture: string;
  readonly takes?: readonly number[];
}

/** One of each architecture, as small as can be. */
const specs: readonly Small[] = [
  { architecture: "resnet18", width: 1, classes: 4, stem: 2 },
  { architecture: "resnet34", width: 1, classes: 4, stem: 2 },
  { architecture: "resnet18-denoising", width: 2, classes: 4, stem: 2, similarity: "gaussian" },
  { architecture: "vgg19", width: 1, classes: 4 },
  { architecture: "vgg-small", width: 1, classes: 4 },
  { architecture: "detector", width: 2 },
  { architecture: "generator", width: 2 },
  { architecture: "unet", width: 2, levels: 2, blocks: 1, norm: "batch" },
  { architecture: "noise-generator", width: 1 },
  { architecture: "conv-stack", widths: [2, 3], activation: "elu" },
  { architecture: "latent-generator", latent: 3, width: 1, sides: [16, 16], takes: [2, 1, 1, 3] },
  { architecture: "pixelcnn", width: 2, blocks: 1, mixtures: 1 },
  { architecture: "diffusion-unet", width: 2, takes: [2, 16, 16, 4] },
];

/** How many tensors a call leaves. */
function left(call: () => unknown): number {
  const before = tf.memory().numTensors;
  call();
  return tf.memory().numTensors - before;
}

Deno.test("A call of any network of the kit leaves its result alone, without a tidy", () => {
  const known = assertThrows(() => network({ architecture: "none" } as never), RangeError).message;
  assertEquals(
    specs.map(({ architecture }) => architecture).toSorted(),
    known.slice(known.indexOf("There are ") + 10).split(", ").toSorted(),
  );
  for (const { takes = [2, 32, 32, 3], ...sizes } of specs) {
    const it = network({ channels: 3, ...sizes } as unknown as NetworkSpec), parameters = it.init(1);
    const images = uniform([...takes] as [number, number, number, number], 0, 1, 2) as Images;
    assertEquals(left(() => it.apply(parameters, images)), 1, it.spec.architecture);
    if (it.spec.classes === undefined) continue;
    const classifier = classifierOf(it as never, parameters), maps = features(it, parameters, ["logits"]);
    assertEquals(left(() => classifier(images)), 1, it.spec.architecture);
    assertEquals(left(() => maps(images)), 1, it.spec.architecture);
    assertEquals(left(() => eot((images) => classifier(images), { draws: 3 })(images)), 1);
  }
});

Deno.test("features() leaves the activations that were asked for, however deep they are", () => {
  const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
  const maps = features(vgg, vgg.init(1), ["pixels", "relu1_2", "relu2_2"]);
  const images = uniform([2, 16, 16, 1], 0, 1, 1) as Images;
  assertEquals(left(() => maps(images)), 2); // the pixels are the images themselves
  assertEquals(images.isDisposed, false);
});

Deno.test("What a network shows on the way is its listener's", () => {
  const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
  const parameters = vgg.init(1), images = uniform([2, 16, 16, 1], 0, 1, 1) as Images, seen: tf.Tensor[] = [];
  tf.tidy(() => {
    vgg.apply(parameters, images, { tap: (_, activation) => seen.push(activation) });
    assertEquals(seen.filter(({ isDisposed }) => isDisposed), []);
  });
});

Deno.test("leavingResult() leaves to an open tidy what is its own", () => {
  const inner: tf.Tensor[] = [], count = () => inner.filter(({ isDisposed }) => isDisposed).length;
  tf.tidy(() => {
    leavingResult(() => (inner.push(tf.scalar(1)), tf.scalar(2)));
    assertEquals(count(), 0);
  });
  assertEquals(count(), 1);
  leavingResult(() => (inner.push(tf.scalar(1)), tf.scalar(2))).dispose();
  assertEquals(count(), 2);
});
