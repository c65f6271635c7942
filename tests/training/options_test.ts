import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { dataset, streetDigits } from "@gcln/kit/data";
import { attackPool, fitGcln, fitParametricNoise } from "@gcln/kit/defenses";
import { network } from "@gcln/kit/networks";
import { type Logits, tf, useBackend } from "@gcln/kit/tensor";
import {
  adam,
  backwardThrough,
  type ClassifierSpec,
  cosine,
  fitAdvGan,
  fitClassifier,
  fitSubstitute,
  idOf,
  sgd,
  trained,
  type TrainedSpec,
  trainingLoop,
} from "@gcln/kit/training";

await useBackend();
const vgg = network({ architecture: "vgg-small", width: 2, classes: 3, channels: 1 });
const labelled = (...labels: number[]) =>
  dataset({
    name: "own",
    split: "train",
    classes: ["a", "b", "c", "d", "e"],
    shape: [8, 8, 1],
    pixels: new Uint8Array(64 * labels.length),
    labels,
  });
const run = { images: 4, batch: 2, seed: 1 };
// deno-lint-ignore no-explicit-any -- what no compiler has looked at, as in a notebook
const unchecked = (options: object) => options as any;

Deno.test("fitClassifier() refuses labels that no output stands for, also of networks that don't say how many they have", async () => {
  const message = "Cannot train on label 3 of image 1 of own: the network's 3 outputs stand for 0 to 2";
  await assertRejects(() => fitClassifier(vgg, labelled(0, 3), run), RangeError, message);
  const silent = { ...vgg, spec: unchecked({}) };
  await assertRejects(() => fitClassifier(silent, labelled(0, 3), run), RangeError, message);
  const attack = { attack: "fgs", ball: linf(0.1) } as const;
  await assertRejects(
    () => fitParametricNoise(vgg, labelled(4), { ...run, adversary: { attack } }),
    RangeError,
    "Cannot train on label 4 of image 0",
  );
  await assertRejects(() => fitClassifier(vgg, labelled(), run), RangeError, "Cannot train on no images");
});

Deno.test("training says which option it does not know, lacks or can't use", async () => {
  const two = labelled(0, 1), digits = await streetDigits("train", { size: 8 });
  const all: [() => unknown, string][] = [
    [() => fitClassifier(vgg, two, unchecked({ ...run, sed: 2 })), 'did you mean "seed"?'],
    [() => fitClassifier(vgg, two, unchecked({ images: 4 })), "Cannot run fitClassifier without seed"],
    [() => fitClassifier(vgg, two, { ...run, batch: 0 }), "Cannot use batch 0: a whole number of at least 1"],
    [() => fitClassifier(vgg, two, { ...run, images: NaN }), "Cannot use images NaN"],
    [() => fitClassifier(vgg, two, { ...run, seed: NaN }), "Cannot use seed NaN"],
    [() => fitClassifier(vgg, two, unchecked({ ...run, precision: "bfloat" })), 'did you mean "bfloat16"?'],
    [
      () => fitClassifier(vgg, two, unchecked({ ...run, adversary: { atack: {} } })),
      'did you mean "attack"?',
    ],
    [() => fitGcln(digits, unchecked({ ...run, classifer: 1 })), 'did you mean "classifier"?'],
    [() => fitGcln(digits, unchecked(run)), "Cannot run fitGcln without classifier"],
    [
      () => fitSubstitute((x) => x.mean([1, 2]) as Logits, vgg, two, unchecked({ sed: 1 })),
      'did you mean "seed"?',
    ],
    [
      () => fitAdvGan((x) => x.mean([1, 2]) as Logits, two, unchecked({ ...run, bal: 1 })),
      'did you mean "ball"?',
    ],
    [() => backwardThrough((x) => x, two, unchecked({ ...run, reech: 1 })), 'did you mean "reach"?'],
    [
      () => attackPool((x) => x.mean([1, 2]) as Logits, two, { attacks: [], seed: 1 }),
      "Cannot use attacks []",
    ],
    [() => trained(unchecked({}), {}), "a spec with a kind is wanted"],
    [() => trained({ kind: "clasifier", seed: 1 }), 'did you mean "classifier"?'],
    [() => trained({ kind: "mine", seed: 1 }), "once the file that defines it is imported"],
    [
      () => trained({ kind: "classifier", seed: 1 } as ClassifierSpec, unchecked({ foldr: "x" })),
      '"folder"?',
    ],
    [() => trainingLoop(unchecked({ steps: -1 })), "Cannot use steps -1"],
  ];
  const before = tf.memory().numTensors;
  for (const [call, message] of all) {
    await assertRejects(async () => await call(), Error, message);
  }
  assertEquals(tf.memory().numTensors, before);
  assertThrows(() => sgd(unchecked({ momentun: 1 })), RangeError, 'did you mean "momentum"?');
  assertThrows(() => adam({ beta1: 2 }), RangeError, "Cannot use beta1 2");
  assertThrows(() => cosine(0.1, { warmUp: NaN }), RangeError, "Cannot use warmUp NaN");
});

Deno.test("a training that is stopped says so to its progress", async () => {
  const endings: unknown[] = [], stop = new AbortController();
  const progress = {
    update: () => stop.abort(),
    done: (...ending: unknown[]) => void endings.push(...ending),
  };
  const options = {
    steps: 60,
    imagesPerStep: 1,
    init: () => ({ x: tf.scalar(1) }),
    step: () => ({ state: { x: tf.scalar(1) }, facts: { loss: tf.scalar(1) as tf.Scalar } }),
    progress,
  };
  await assertRejects(() => trainingLoop({ ...options, signal: stop.signal }), DOMException);
  assertEquals(endings, ["stopped"]);
  tf.dispose(Object.values((await trainingLoop(options)).state));
  assertEquals(endings, ["stopped"]);
});

Deno.test("idOf() refuses specs whose fields are missing or null by what they are", async () => {
  const id = (spec: object) => idOf(spec as TrainedSpec);
  await assertRejects(() => id({ kind: "gcln", seed: 1 }), TypeError, "Cannot name the network of");
  const halved = { kind: "classifier", network: null, data: "street-digits", training: {}, seed: 1 };
  await assertRejects(() => id(halved), TypeError, "network is missing");
});
