import { assertAlmostEquals, assertEquals, assertLess, assertNotEquals, assertRejects } from "@std/assert";
import { smoothedLabels, softCrossEntropy } from "@gcln/kit/losses";
import { classifierOf } from "@gcln/kit/networks";
import { fold, tf, useBackend } from "@gcln/kit/tensor";
import { type ClassifierSpec, fitClassifier, idOf, sampler, trainingOf } from "@gcln/kit/training";
import { gratings, reader } from "./_gratings.ts";

await useBackend();
const data = gratings(1000, 1), test = gratings(300, 1, "test").all();

Deno.test("fitClassifier() with smoothing minimises the cross-entropy of smoothed labels", async () => {
  const { parameters, history } = await fitClassifier(reader, data, {
    images: 32,
    batch: 32,
    seed: 3,
    smoothing: 0.3,
  });
  const { images, labels } = data.batch(sampler(data.size, 32, 3)(0)), first = reader.init(fold(3, "init"));
  const logits = reader.apply(first, images, { mode: "training" });
  const [loss] = await softCrossEntropy(logits, smoothedLabels(labels, 4, 0.3)).mean().data();
  assertAlmostEquals(history[0]!.loss!, loss!, 1e-4);
  tf.dispose([...Object.values(parameters), ...Object.values(first), images, labels, logits]);
});

Deno.test("A classifier trained with smoothing 0.1 is about 90 % sure, one without is surer", async () => {
  const sureness = async (smoothing: number) => {
    const options = { images: 10_000, batch: 50, seed: 1, smoothing };
    const { parameters } = await fitClassifier(reader, data, options);
    const classifier = classifierOf(reader, parameters);
    const [sure] = await tf.tidy(() => classifier(test.images).softmax().max(1).mean()).data();
    classifier.dispose();
    tf.dispose(Object.values(parameters));
    return sure!;
  };
  const [plain, smoothed] = [await sureness(0), await sureness(0.1)];
  assertAlmostEquals(smoothed, 0.9, 0.03);
  assertLess(smoothed + 0.05, plain);
});

Deno.test("Smoothing is a part of a spec, and a spec without it keeps its id", async () => {
  const spec: ClassifierSpec = {
    kind: "classifier",
    network: { architecture: "resnet18", width: 16, classes: 10, channels: 3, stem: 2 },
    data: "street-digits",
    training: { examples: 8_000, images: 300_000, batch: 128, rate: 0.1, augment: { shift: 2 } },
    seed: 1,
  };
  assertEquals(await idOf(spec), "street-digits-resnet18-6db6fb913e89");
  const smoothed = { ...spec, training: { ...spec.training, smoothing: 0.1 } };
  assertNotEquals(await idOf(smoothed), await idOf(spec));
  const optionsOf = ({ training }: ClassifierSpec) =>
    trainingOf({ ...training, examples: 1000 }, data).options;
  assertEquals(optionsOf(smoothed).smoothing, 0.1);
  assertEquals("smoothing" in optionsOf(spec), false);
});

Deno.test("fitClassifier() refuses a smoothing that leaves nothing of the labels", async () => {
  for (const smoothing of [1, -0.1, NaN]) {
    await assertRejects(
      () => fitClassifier(reader, data, { images: 32, batch: 32, seed: 1, smoothing }),
      RangeError,
      `Cannot use smoothing ${smoothing}: a number of at least 0 and below 1 is wanted`,
    );
  }
});
