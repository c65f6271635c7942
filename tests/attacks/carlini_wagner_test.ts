import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  carliniWagner,
  carliniWagnerL2,
  carliniWagnerLinf,
  contains,
  l2,
  linf,
  pgd,
  pixelDefendProtocol,
} from "@gcln/kit/attacks";
import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { linear, weights } from "./_models.ts";
import * as golden from "./_golden.ts";

await useBackend();

const images = uniform<tf.Rank.R4>([6, 3, 4, 1], 0.3, 0.7, 2);
const batch: Batch = { images, labels: linear(images).argMax(1) };
const scores = [...await images.sub(0.5).mul(weights).sum([1, 2, 3]).data()].map(Math.abs);

Deno.test("carliniWagnerL2() finds the distance to a plane", async () => {
  const length = Math.hypot(...await weights.data());
  const { success, distance } = await carliniWagnerL2(linear, batch, {
    searches: 6,
    steps: 150,
    initialConstant: 0.01,
  });
  assertEquals([...await success.data()], Array(6).fill(1));
  (await distance.data()).forEach((d, i) => {
    assert(d >= scores[i]! / length - 1e-5);
    assertAlmostEquals(d, scores[i]! / length, 0.01 * scores[i]! / length + 1e-3);
  });
});

Deno.test("carliniWagnerL2() goes as far as the confidence asks for", async () => {
  const length = Math.hypot(...await weights.data());
  const { distance, images } = await carliniWagnerL2(linear, batch, {
    searches: 8,
    steps: 300,
    confidence: 1,
  });
  // The margin is twice the score.
  (await distance.data()).forEach((d, i) => assertAlmostEquals(d, (scores[i]! + 0.5) / length, 0.01));
  const logits = await linear(images).data(), labels = await batch.labels.data();
  labels.forEach((label, i) => assert(logits[2 * i + 1 - label]! - logits[2 * i + label]! > 1));
});

Deno.test("carliniWagnerLinf() comes near the distance to a plane", async () => {
  const steepness = (await weights.abs().sum().data())[0]!; // Σ |w|: by so much the score falls at most per unit
  const { success, distance } = await carliniWagnerLinf(linear, batch, { largestConstant: 1e3 });
  assertEquals([...await success.data()], Array(6).fill(1));
  (await distance.data()).forEach((d, i) => {
    assert(d >= scores[i]! / steepness - 1e-5);
    assert(d <= Math.max(1.6 * scores[i]! / steepness, 2 / 256), `${d} ${scores[i]! / steepness}`);
  });
});

Deno.test("carliniWagnerLinf() succeeds in a ball exactly where a linear model can be fooled", async () => {
  const steepness = (await weights.abs().sum().data())[0]!, limits = scores.map((score) => score / steepness);
  for (const epsilon of [0.02, 0.05, 0.1]) {
    const { success, images, distance } = await carliniWagnerLinf(linear, batch, {
      ball: linf(epsilon),
      steps: 60,
    });
    const answers = [...await success.data()], far = await distance.data();
    // 3 % from the limit it may go either way.
    limits.forEach((limit, i) => {
      if (limit < 0.97 * epsilon) assertEquals(answers[i], 1);
      if (limit > epsilon) assertEquals([answers[i], far[i]], [0, Infinity]);
    });
    assert((await contains(linf(epsilon), batch.images, images)).every(Boolean));
  }
});

Deno.test("carliniWagner() in a ball is about as strong as pgd() on trained networks, PixelDefend's setting is not stronger", async () => {
  const given = { images: golden.images(), labels: golden.labels() }, ball = linf(24 / 255);
  const classifier = golden.network("robust");
  const right = async (images: Images) =>
    (await classifier(images).argMax(1).equal(given.labels).sum().data())[0]!;
  const climbed = await right(pgd(classifier, given, { ball, steps: 40, start: "original", loss: "margin" }));
  const found = await right(await carliniWagner(classifier, given, { norm: "linf", ball, steps: 40 }));
  const quoted = await right(await carliniWagner(classifier, given, { ...pixelDefendProtocol, ball }));
  assert(found <= climbed + 1, `${found} of 16 stand, after pgd() ${climbed}`);
  assert(quoted >= found, `${quoted} ${found}`);
});

Deno.test("carliniWagner() reaches targets", async () => {
  const given = { images: golden.images(), labels: golden.labels() }, targets = golden.labels("targets");
  const classifier = golden.network("smooth");
  for (const norm of ["l2", "linf"] as const) {
    const options = norm === "l2"
      ? { norm, searches: 3, steps: 60, initialConstant: 1, targets }
      : { norm, ball: linf(0.3), targets };
    const attacked = await carliniWagner(classifier, given, options);
    assertEquals([...await classifier(attacked).argMax(1).data()], [...await targets.data()]);
  }
});

Deno.test("What can't be fooled comes back as it was, with success false", async () => {
  const stubborn: Classifier = (images) => linear(images).mul(0).add([1, 0]);
  const given = { ...batch, labels: tf.zeros([6], "int32") as Labels };
  for (const search of [carliniWagnerL2, carliniWagnerLinf]) {
    const { images, success, distance } = await search(stubborn, given, { steps: 10 });
    assertEquals([...await success.data()], Array(6).fill(0));
    assertEquals([...await distance.data()], Array(6).fill(Infinity));
    assertEquals(await images.data(), await batch.images.data());
  }
});

Deno.test("What is misclassified already is a success at distance 0, and stays as it is", async () => {
  const given = { ...batch, labels: tf.sub(1, batch.labels).cast("int32") as Labels };
  for (const search of [carliniWagnerL2, carliniWagnerLinf]) {
    const { images, success, distance } = await search(linear, given, { steps: 10 });
    assertEquals([...await success.data()], Array(6).fill(1));
    assertEquals([...await distance.data()], Array(6).fill(0));
    assertEquals(await images.data(), await batch.images.data());
  }
});

Deno.test("Black and white pixels do not stop carliniWagnerL2()", async () => {
  const extremes = uniform<tf.Rank.R4>([4, 3, 4, 1], 0, 1, 9).round() as Images;
  const given = { images: extremes, labels: linear(extremes).argMax(1) as Labels };
  const { success } = await carliniWagnerL2(linear, given, {
    searches: 6,
    steps: 500,
    stepSize: 0.05,
    initialConstant: 1,
  });
  assertEquals([...await success.data()], [1, 1, 1, 1]);
});

Deno.test("carliniWagner() with a ball brings its result into it, and judges success there", async () => {
  const ball = l2(0.05),
    { images, success } = await carliniWagnerL2(linear, batch, {
      ball,
      searches: 4,
      steps: 80,
      initialConstant: 0.1,
    });
  assert((await contains(ball, batch.images, images)).every(Boolean));
  const fooled = await linear(images).argMax(1).notEqual(batch.labels).data();
  assertEquals([...await success.data()], [...fooled]);
});

Deno.test("carliniWagner() refuses bytes, other balls, and constants that make no sense", async () => {
  const bytes = { ...batch, images: batch.images.mul(255) as Images };
  await assertRejects(() => carliniWagner(linear, bytes), RangeError, "divide by 255");
  await assertRejects(
    () => carliniWagner(linear, batch, { norm: "linf", ball: l2(1) }),
    RangeError,
    "linf is wanted",
  );
  await assertRejects(
    () => carliniWagnerLinf(linear, batch, { constantFactor: 1 }),
    RangeError,
    "constantFactor 1",
  );
  await assertRejects(() => carliniWagnerL2(linear, batch, { searches: 0 }), RangeError, "searches 0");
});
