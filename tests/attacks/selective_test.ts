import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { apgd, linf, lossGradient, pgd, selective, strongest } from "@gcln/kit/attacks";
import { frozen, type Images, type Labels, type Logits, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** Reads the left pixel: class 1 where it is brighter than 0.5; class 2 where it is darker than 0.1. */
const read = (images: Images) => {
  const left = images.reshape([-1, 2]).slice([0, 0], [-1, 1]);
  return tf.concat([tf.zerosLike(left), left.sub(0.5), tf.sub(0.1, left)], 1).mul(10) as Logits;
};
/** Refuses a right pixel above 0.4. */
const score = (images: Images) =>
  images.reshape([-1, 2]).slice([0, 1], [-1, 1]).sub(0.4).mul(10).reshape([-1]) as tf.Tensor1D;
const rejects = (images: Images) => score(images).greater(0).cast("int32") as tf.Tensor1D;
const detecting = Object.assign((images: Images) => read(images), { rejects, score });
const surrogate = selective(detecting);

/** Images of two pixels. */
const pairs = (...pixels: readonly (readonly [number, number])[]) =>
  tf.tensor4d(pixels.flat(), [pixels.length, 1, 2, 1]) as Images;
const zeros = (count: number) => tf.zeros([count], "int32") as Labels;

Deno.test("selective() has the classifier's gradient until it errs, then lowers the score of refused images", async () => {
  // Read right and refused; wrong and refused; wrong and let through; wrong, let through only just.
  const images = pairs([0.4, 0.8], [0.6, 0.8], [0.6, 0.2], [0.6, 0.38]);
  for (const loss of ["crossEntropy", "margin", "dlr"] as const) {
    const gradient = lossGradient(surrogate, images, { labels: zeros(4), loss });
    const signs = [...await gradient.sign().data()];
    assertEquals(signs, [1, 0, 0, -1, 1, 0, 0, -1], loss);
  }
});

Deno.test("selective() of a targeted attack lowers the score once the target is read", async () => {
  const images = pairs([0.4, 0.8], [0.6, 0.8]), targets = tf.tensor1d([1, 1], "int32") as Labels;
  for (const loss of ["crossEntropy", "margin"] as const) {
    const gradient = lossGradient(surrogate, images, { labels: zeros(2), targets, loss });
    assertEquals([...await gradient.sign().data()], [1, 0, 0, -1], loss);
  }
});

Deno.test("selective() keeps the order of logits, and shrinks those of refused images by 1 + score", async () => {
  const images = pairs([0.6, 0.8], [0.6, 0.2]), values = [...await surrogate(images).data()];
  [0, 1 / 5, -5 / 5, 0, 1, -5].forEach((wanted, i) => assertAlmostEquals(values[i]!, wanted, 1e-5));
});

Deno.test("a frozen selective() gives the gradients of the plain one", async () => {
  const images = pairs([0.4, 0.8], [0.6, 0.8]), graph = frozen(surrogate), labels = zeros(2);
  const [plain, compiled] = [surrogate, graph].map((one) => lossGradient(one, images, { labels }));
  const apart = plain!.sub(compiled!).abs().max();
  assertAlmostEquals((await apart.data())[0]!, 0, 1e-6);
  graph.dispose();
});

Deno.test("attacks through selective() get past a detector that stops those of the classifier alone", async () => {
  const batch = { images: pairs([0.4, 0.5], [0.45, 0.6]), labels: zeros(2) }, ball = linf(0.25);
  const passes = async (images: Images) => [...await rejects(images).data()].map((refused) => refused === 0);
  const alone = pgd(read, batch, { ball, stepSize: 0.05, steps: 20, start: "original" });
  assertEquals(await passes(alone), [false, false]);
  const through = {
    pgd: pgd(surrogate, batch, { ball, stepSize: 0.05, steps: 20 }),
    apgd: apgd(surrogate, batch, { ball, steps: 20 }),
  };
  for (const [name, attacked] of Object.entries(through)) {
    assertEquals(await passes(attacked), [true, true], name);
    assert([...await read(attacked).argMax(1).data()].every((found) => found === 1), name);
  }
  const { success } = await strongest(detecting, batch, { ball, budget: 200, surrogates: { surrogate } });
  assertEquals(success, [true, true]);
});

Deno.test("selective() wants a score", () => {
  assertThrows(() => selective(read), TypeError, "a function score(images) is wanted");
});
