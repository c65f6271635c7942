import { assertAlmostEquals, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { softCrossEntropy } from "@gcln/kit/losses";
import { classifierOf } from "@gcln/kit/networks";
import { fold, type Images, type Labels, tf, useBackend } from "@gcln/kit/tensor";
import { fitClassifier, sampler } from "@gcln/kit/training";
import { gratings, reader, share, trainedReader } from "./_gratings.ts";

await useBackend();
const data = gratings(1000, 1), test = gratings(300, 1, "test").all();
/** A teacher that is wrong in a way that labels are not: it takes every class for the next one. */
const teacher = await trainedReader();
const shifted = (images: Images) => {
  const logits = teacher(images);
  return tf.concat([logits.slice([0, 3], [-1, 1]), logits.slice([0, 0], [-1, 3])], 1) as tf.Tensor2D;
};

Deno.test("A student learns what its teacher says, not what the labels say", async () => {
  const { parameters, history } = await fitClassifier(reader, data, {
    images: 6000,
    batch: 50,
    seed: 2,
    teacher: shifted,
  });
  const student = classifierOf(reader, parameters);
  const said: Labels = tf.tidy(() => shifted(test.images).argMax(1));
  assertGreater(await share(student, test.images, { labels: said }), 0.9);
  assertLess(await share(student, test.images, test), 0.1);
  assertLess(history.at(-1)!.accuracy!, 0.1); // of the labels
  student.dispose();
  tf.dispose([...Object.values(parameters), said]);
});

Deno.test("A student's loss is the cross-entropy with the teacher's softmax", async () => {
  const before = tf.memory().numTensors;
  const { parameters, history } = await fitClassifier(reader, data, {
    images: 32,
    batch: 32,
    seed: 3,
    teacher,
  });
  const { images, labels } = data.batch(sampler(data.size, 32, 3)(0)), first = reader.init(fold(3, "init"));
  const loss = tf.tidy(() =>
    softCrossEntropy(reader.apply(first, images, { mode: "training" }), teacher(images).softmax()).mean()
  );
  assertAlmostEquals(history[0]!.loss!, (await loss.data())[0]!, 1e-4);
  tf.dispose([...Object.values(parameters), ...Object.values(first), images, labels, loss]);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("A teacher goes with neither an adversary nor smoothing", async () => {
  const run = { images: 32, batch: 32, seed: 1, teacher };
  const attack = { attack: "fgs", ball: linf(0.1) } as const;
  for (
    const [other, message] of [
      [{ adversary: { attack } }, "Cannot train with a teacher and an adversary: one of them is wanted"],
      [{ smoothing: 0.1 }, "Cannot train with a teacher and smoothing"],
    ] as const
  ) {
    await assertRejects(() => fitClassifier(reader, data, { ...run, ...other }), RangeError, message);
  }
});
