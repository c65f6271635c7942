import { assertEquals, assertThrows } from "@std/assert";
import { bim, fgs, linf, withPredictedLabels } from "@gcln/kit/attacks";
import { type Classifier, frozen, type Images, type Labels, tf, useBackend } from "@gcln/kit/tensor";
import { bent, scattered } from "./_models.ts";

await useBackend();

Deno.test("withPredictedLabels() gives the classes that the surrogate sees, whatever the labels were", async () => {
  const given = { ...scattered(), ids: [3, 1, 4, 1, 5, 9] },
    wrong = given.labels.add(1).mod(5).cast<Labels>("int32");
  for (const classifier of [bent, frozen(bent)]) {
    const { images, labels, ids } = withPredictedLabels(classifier, { ...given, labels: wrong });
    assertEquals(labels.dtype, "int32");
    assertEquals(await labels.data(), await given.labels.data());
    assertEquals([images, ids], [given.images, given.ids]);
  }
});

Deno.test("On predicted labels the labels have no say in what an attack does", async () => {
  const given = scattered(), wrong = { ...given, labels: given.labels.add(1).mod(5).cast("int32") as Labels };
  for (const attack of [fgs, bim]) {
    const attacked = (labels: typeof given) => attack(bent, labels, { ball: linf(0.05) }).data();
    assertEquals(
      await attacked(withPredictedLabels(bent, wrong)),
      await attacked(withPredictedLabels(bent, given)),
    );
  }
});

Deno.test("withPredictedLabels() leaves no tensor behind but the labels, and refuses what is no classifier", () => {
  const given = scattered(), count = tf.memory().numTensors;
  withPredictedLabels(bent, given).labels.dispose();
  assertEquals(tf.memory().numTensors, count);
  const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
  assertThrows(() => withPredictedLabels(flat, given), RangeError, "logits [6, classes]");
});
