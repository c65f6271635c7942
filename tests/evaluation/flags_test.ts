import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { dlr, margin } from "../../lib/losses/mod.ts";
import { type Flag, flags, type Measurement, squareStronger } from "@gcln/kit/evaluation";
import {
  type Batch,
  type Classifier,
  frozen,
  gradientAt,
  type Images,
  type Labels,
  type Logits,
  normal,
  straightThrough,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { bent, scattered } from "../attacks/_bent.ts";
import { dark, plain } from "./_victims.ts";

await useBackend();

const raised = async (victim: Classifier, batch: Batch = scattered(), surrogate: Classifier = victim) =>
  (await flags(victim, batch, { surrogate })).map(({ flag }) => flag);
const rounded: Classifier = (images) => bent(images.round());
let draw = 0;

Deno.test("No flag is raised for a plain network", async () => {
  assertEquals(await raised(bent), []);
  const victim = frozen(bent);
  assertEquals(await raised(victim), []);
  victim.dispose();
});

Deno.test("A classifier that draws random numbers is flagged, frozen or not", async () => {
  const noisy: Classifier = (images) => bent(images.add(normal(images.shape, 0, 0.01, draw++)));
  assertEquals(await raised(noisy), ["randomised"]);
  assertEquals(await raised(frozen(noisy)), ["randomised"]);
  const [flag] = await flags(noisy, scattered());
  assertMatch(flag!.remedy, /EOT/);
});

Deno.test("Noise that no attack would see is not flagged", async () => {
  const faint: Classifier = (images) => bent(images).mul(1 + 1e-6 * (draw++ % 2));
  assertEquals(await raised(faint), []);
});

Deno.test("A classifier whose number of right answers alone differs is flagged", async () => {
  // Logits of almost equal size, whose order changes by less than 1e-4 of their length.
  const torn: Classifier = (images) => {
    const bias = tf.tensor2d([[1, 1, 0]]).add(tf.tensor2d([[1e-5, -1e-5, 0]]).mul(draw++ % 2 === 0 ? 1 : -1));
    return images.mean([1, 2, 3]).mul(0).reshape([-1, 1]).add(bias) as Logits;
  };
  const { images, labels } = scattered();
  assertEquals((await raised(torn, { images, labels: tf.zerosLike(labels) })).at(0), "randomised");
  assertEquals(await raised(torn, { images, labels: tf.onesLike(labels).mul(2).cast("int32") as Labels }), [
    "few classes", // no answer is right in either order
  ]);
});

Deno.test("A classifier that looks at the whole batch is flagged", async () => {
  const normalised: Classifier = (images) => bent(images.sub(images.mean(0)) as Images);
  assertEquals(await raised(normalised), ["other images matter"]);
  const { images, labels } = scattered();
  const one = { images: images.slice(0, 1), labels: labels.slice(0, 1) };
  assert(!(await raised(normalised, one)).includes("other images matter"));
});

Deno.test("Probabilities are flagged, logits that happen to sum up to 1 are not", async () => {
  assertEquals(await raised((images) => bent(images).mul(0.01).softmax() as Logits), ["probabilities"]);
  const likely: Classifier = (images) => {
    const logits = bent(images);
    return logits.sub(logits.mean<tf.Tensor>(1, true)).add(1 / 5) as Logits;
  };
  assertEquals(await raised(likely), []);
});

Deno.test("A gradient of zero is flagged, unless another is put in its place", async () => {
  assertEquals(await raised(rounded), ["zero gradients"]);
  const through: Classifier = (images) => bent(straightThrough((x: Images) => x.round() as Images)(images));
  assertEquals(await raised(rounded, scattered(), through), []);
  const [flag] = await flags(rounded, scattered());
  assertEquals(flag!.severity, "serious");
  assertMatch(flag!.message, /100\.0% of the images that are classified right/);
  assertMatch(flag!.remedy, /BPDA/);
});

Deno.test("A classifier that is only too sure has a gradient", async () => {
  const batch = scattered(), sure: Classifier = (images) => bent(images).mul(1e4);
  assertEquals(await raised(sure, batch), []);
});

Deno.test("Two and three classes are noted, since dlr() is not defined for them", async () => {
  const classes = (count: number): Classifier => (images) => bent(images).slice([0, 0], [-1, count]);
  const batch = (count: number): Batch => ({
    ...scattered(),
    labels: classes(count)(scattered().images).argMax(1),
  });
  const [two] = await flags(classes(2), batch(2)), [three] = await flags(classes(3), batch(3));
  assertEquals([two?.flag, two?.severity, three?.flag], ["few classes", "note", "few classes"]);
  assertMatch(two!.message, /three/);
  assertMatch(three!.message, /targets/);
  assertEquals(await raised(classes(4), batch(4)), []);
  const { images, labels } = batch(3);
  assertThrows(() => dlr(classes(3)(images), labels, labels), RangeError);
  assertThrows(() => dlr(classes(2)(images), labels), RangeError);
});

Deno.test("A classifier that optimises while it classifies is flagged, however it takes its gradients", async () => {
  const sure = (images: Images): tf.Scalar => bent(images).max(1).sum();
  const cleaned: Record<string, (images: Images) => Images> = {
    "gradientAt": (images) => images.add(gradientAt(sure, images).sign().mul(0.01)),
    "valueAndGrad": (images) => images.add(tf.valueAndGrad((x) => sure(x as Images))(images).grad.mul(0.001)),
    "valueAndGrads": (images) =>
      images.add(tf.valueAndGrads((x) => sure(x as Images))([images]).grads[0]!.mul(0.001)),
    "an optimiser": (images) => {
      const variable = tf.variable(images);
      tf.train.sgd(0.001).minimize(() => sure(variable as unknown as Images), false, [variable]);
      const moved = variable.clone();
      variable.dispose();
      return moved as unknown as Images;
    },
  };
  for (const [name, clean] of Object.entries(cleaned)) {
    // Its gradient, a gradient through a gradient, is of no interest here.
    const names = await raised((images) => bent(clean(images)), scattered(), bent);
    assertEquals(names, ["dynamic"], name);
  }
});

Deno.test("The engine is left as it was, also where the classifier throws", async () => {
  const engine = tf.engine(), before = engine.gradients;
  const broken: Classifier = () => {
    throw new TypeError("Broken");
  };
  await assertRejects(() => flags(broken, scattered()), TypeError, "Broken");
  assert(engine.gradients === before && !Object.hasOwn(engine, "gradients"));
});

Deno.test("flags() leaves no tensor behind, and refuses no images and no logits", async () => {
  const batch = scattered(), before = tf.memory().numTensors;
  await flags((images) => tf.tidy(() => rounded(images)), batch);
  assertEquals(tf.memory().numTensors, before);
  await assertRejects(
    () => flags(((x: Images) => x.mean([1, 2, 3])) as unknown as Classifier, batch),
    RangeError,
    "logits",
  );
  assertEquals(tf.memory().numTensors, before);
  const none = { images: batch.images.slice(0, 0), labels: batch.labels.slice(0, 0) };
  await assertRejects(() => flags(bent, none), RangeError, "without images");
});

Deno.test("Two classes are looked at by their margin", async () => {
  assertEquals(await raised(plain, dark(0.3, 0.4)), ["few classes"]);
  assert((await margin(plain(dark(0.3).images), dark(0.3).labels).data())[0]! < 0);
});

const measured = (...correct: number[]): Measurement => ({
  correct: correct.map((c) => c === 1),
  seconds: 1,
});
const many = (right: number): Measurement => ({
  correct: Array.from({ length: 1000 }, (_, i) => i < right),
  seconds: 1,
});

Deno.test("squareStronger() counts what Square adds to the worst case, from more than 0.2 points on", () => {
  assertEquals(squareStronger([many(500)], many(498)), undefined);
  const { severity, message } = squareStronger([many(500)], many(497)) as Flag;
  assertEquals(severity, "serious");
  assertMatch(message, /leave 50\.0% right; Square, .* 49\.7%/);
});

Deno.test("squareStronger() sees images that only Square fools, though others are fooled by gradients", () => {
  assertEquals(squareStronger([measured(1, 1, 0, 0)], measured(1, 0, 1, 1))?.flag, "square");
  assertEquals(squareStronger([measured(1, 1, 0, 0), measured(0, 0, 1, 1)], measured(0, 0, 0, 0)), undefined);
  assertThrows(() => squareStronger([], measured(1)), RangeError);
});
