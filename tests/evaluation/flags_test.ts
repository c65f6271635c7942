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
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { bent, scattered } from "../attacks/_models.ts";
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

/** Logits of random networks on 8 images of 8 x 8, from tiny to huge, of 2 to 1000 classes. */
function randomLogits(classes: number, scale: number, seed: number): Classifier {
  const weights = normal<tf.Rank.R2>([64, classes], 0, scale, seed);
  return (images) => images.reshape([-1, 64]).matMul(weights) as Logits;
}
const grey: Batch = {
  images: uniform<tf.Rank.R4>([8, 8, 8, 1], 0, 1, 1) as Images,
  labels: tf.zeros([8], "int32") as Labels,
};
const probable = async (victim: Classifier): Promise<Flag | undefined> =>
  (await flags(victim, grey)).find(({ flag }) => flag === "probabilities");

/** Half precision: 11 bits. */
const half = (x: tf.Tensor): tf.Tensor => {
  const unit = tf.pow(2, x.abs().maximum(1e-8).log().div(Math.LN2).floor().sub(10));
  return x.div(unit).round().mul(unit);
};

Deno.test("Probabilities of every kind are flagged, in words that fit", async () => {
  const kinds: Readonly<Record<string, readonly [(z: tf.Tensor2D) => tf.Tensor, RegExp]>> = {
    "softmax": [
      (z) => z.softmax(),
      /probabilities, not logits: all lie in \[0, 1\], and each image's sum up to 1\.$/,
    ],
    "softmax at a temperature": [(z) => z.div(20).softmax(), /each image's sum up to 1\.$/],
    "clipped": [
      (z) => z.softmax().clipByValue(1e-7, 1 - 1e-7),
      /each image's sum up to (1|about 1 .*clipped or rounded)\.$/,
    ],
    "rounded": [
      (z) => z.softmax().mul(1024).round().div(1024),
      /each image's sum up to (1|about 1 .*clipped or rounded)\.$/,
    ],
    "half precision": [
      (z) => half(z.softmax()),
      /each image's sum up to (1|about 1 .*clipped or rounded)\.$/,
    ],
    "percent": [(z) => z.softmax().mul(100), /in percent/],
    "percent in half precision": [(z) => half(z.softmax().mul(100)), /in percent/],
    "per mille": [(z) => z.softmax().mul(1000), /probabilities times a number/],
    "a sum of three": [
      (z) => tf.addN([z.softmax(), z.mul(0.5).softmax(), z.mul(2).softmax()]),
      /probabilities times a number, .*sum up to 3/,
    ],
    "votes": [
      (z) => tf.oneHot(z.argMax(1), z.shape[1]!).cast("float32").mul(3),
      /probabilities times a number, .*sum up to 3/,
    ],
    "sigmoids": [(z) => z.sigmoid(), /as sigmoids do/],
    "log-softmax": [(z) => z.logSoftmax(), /logarithms/],
    "the logarithm of a softmax": [(z) => z.softmax().log(), /logarithms/],
    "the logarithm of a clipped softmax": [(z) => z.softmax().clipByValue(1e-7, 1).log(), /logarithms/],
    "log-softmax in half precision": [(z) => half(z.logSoftmax()), /logarithms/],
  };
  for (const classes of [2, 10, 1000]) {
    const z = randomLogits(classes, 1, 2);
    for (const [kind, [layer, words]] of Object.entries(kinds)) {
      const flag = await probable((x) => layer(z(x) as tf.Tensor2D) as Logits);
      assert(flag, `${kind} of ${classes} classes`);
      assertMatch(flag.message, words, `${kind} of ${classes} classes`);
    }
  }
});

Deno.test("Logits are not taken for probabilities, whatever their size and sign", async () => {
  for (const classes of [2, 3, 10, 1000]) {
    for (const scale of [1e-4, 0.01, 0.1, 1, 100]) {
      for (const seed of [1, 2, 3]) {
        const z = randomLogits(classes, scale, seed),
          what = `${classes} classes, scale ${scale}, seed ${seed}`;
        assertEquals(await probable(z), undefined, what);
        // Small outputs of an untrained network that happen to lie in [0, 1].
        assertEquals(
          await probable((x) => z(x).mul(0.01).add(0.3).abs() as Logits),
          undefined,
          `shifted, ${what}`,
        );
        assertEquals(await probable((x) => z(x).relu() as Logits), undefined, `relu, ${what}`);
        const even = (z: tf.Tensor) => z.sub(z.mean(1, true)).add(5); // each image's sum up to the same
        assertEquals(await probable((x) => even(z(x)) as Logits), undefined, `even, ${what}`);
        assertEquals(await probable((x) => z(x).sub(1000) as Logits), undefined, `below 0, ${what}`);
      }
    }
  }
  // The class is the brightest of some pixels.
  assertEquals(await probable((x) => x.reshape<tf.Tensor2D>([-1, 64]).slice([0, 0], [-1, 10])), undefined);
});

Deno.test("Logarithms of probabilities are as good as logits while they are finite, and no longer", async () => {
  const z = randomLogits(10, 1, 2);
  assertEquals((await probable((x) => z(x).logSoftmax() as Logits))?.severity, "note");
  const sure = await probable((x) => z(x).mul(100).softmax().log() as Logits);
  assertEquals(sure?.severity, "serious");
  assertMatch(sure!.message, /minus infinity/);
  const clipped = await probable((x) => z(x).mul(100).softmax().clipByValue(1e-7, 1).log() as Logits);
  assertEquals(clipped?.severity, "serious");
  assertMatch(clipped!.message, /clipped from below/);
});

Deno.test("Logits and gradients that are not finite are flagged", async () => {
  const z = randomLogits(10, 1, 2);
  const column = (value: number): Classifier => (x) =>
    tf.concat([z(x).slice([0, 0], [-1, 9]), tf.fill([x.shape[0], 1], value)], 1) as Logits;
  const of = async (victim: Classifier) =>
    new Map((await flags(victim, grey)).map((flag) => [flag.flag, flag] as const));
  assertEquals((await of(z)).has("logits not finite"), false);
  assertEquals((await of(column(NaN))).get("logits not finite")?.severity, "serious");
  assertMatch((await of(column(NaN))).get("logits not finite")!.message, /NaN on 100\.0% of the images/);
  const masked = (await of(column(-Infinity))).get("logits not finite")!;
  assertEquals(masked.severity, "warning");
  assertMatch(masked.message, /infinite on 100\.0%/);
  assertEquals((await of(column(-Infinity))).has("randomised"), false);
  // The slope of a root at 0 is infinite.
  const rooted: Classifier = (x) => z(x.sub(x).sqrt().add(x) as Images);
  const torn = (await of(rooted)).get("gradients not finite")!;
  assertEquals(torn.severity, "serious");
  assertMatch(torn.message, /NaN or infinity on 100\.0% of the images/);
});

Deno.test("flags() says what it wants", async () => {
  // deno-lint-ignore no-explicit-any -- as in a notebook, where nothing is type-checked
  const loose = flags as any, batch = scattered();
  await assertRejects(() => loose(bent, batch, { draw: 3 }), RangeError, 'did you mean "draws"?');
  await assertRejects(() => loose(bent, batch, { draws: 0 }), RangeError, "at least 1");
  await assertRejects(() => loose("bent", batch), RangeError, "a function is wanted");
  await assertRejects(() => loose(bent, batch.images), TypeError, "batch of images and labels");
  await assertRejects(
    () => loose(bent, { ...batch, labels: batch.labels.cast("float32") }),
    TypeError,
    "int32",
  );
  const ten = { ...batch, labels: tf.fill([batch.images.shape[0]], 10, "int32") };
  await assertRejects(() => loose(bent, ten), RangeError, "Cannot judge labels of which one is 10");
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
  const gradients = () => Object.getOwnPropertyDescriptor(tf.engine(), "gradients"), before = gradients();
  const broken: Classifier = () => {
    throw new TypeError("Broken");
  };
  await assertRejects(() => flags(broken, scattered()), TypeError, "Broken");
  assertEquals(gradients(), before);
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
