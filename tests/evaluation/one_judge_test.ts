/** Every rule of the judge, at every function that says which images are read right. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type AttackOptions,
  attackSettings,
  type AttackSpec,
  autoAttack,
  defineAttack,
  fgs,
  inSequence,
  linf,
  strongest,
} from "@gcln/kit/attacks";
import { type Dataset, dataset } from "@gcln/kit/data";
import {
  accuracy,
  claim,
  indicators,
  keptAttacks,
  measure,
  robustness,
  securityCurve,
  stepCurve,
} from "@gcln/kit/evaluation";
import type { Victim } from "@gcln/kit/judge";
import {
  type Batch,
  type Classifier,
  counted,
  frozen,
  type Images,
  type Logits,
  tf,
  useBackend,
} from "@gcln/kit/tensor";

await useBackend();

const nothing = linf(0), bim = { attack: "bim", ball: nothing, stepSize: 0, steps: 2 } as const;
const fgsSpec = { attack: "fgs", ball: nothing } as const;

/** What a function says of a data set: the share that stands, where an attack can't change anything. */
type Door = (victim: Victim, data: Dataset) => Promise<number>;
const share = (stands: readonly boolean[]) => stands.filter(Boolean).length / stands.length;
const withBatch = async (data: Dataset, f: (batch: Batch) => Promise<number>) => {
  const batch = data.all();
  try {
    return await f(batch);
  } finally {
    tf.dispose([batch.images, batch.labels]);
  }
};

const doors: Readonly<Record<string, Door>> = {
  "accuracy() of a batch": (victim, data) => withBatch(data, (batch) => accuracy(victim, batch)),
  "accuracy() of a data set": (victim, data) => accuracy(victim, data),
  "measure()": async (victim, data) => share((await measure(victim, data, { seed: 0 })).correct),
  "measure() under an attack": async (victim, data) =>
    share((await measure(victim, data, { attack: fgsSpec, seed: 0 })).correct),
  "robustness().clean": async (victim, data) => (await robustness(victim, data, {})).clean.accuracy,
  "robustness().robust": async (victim, data) =>
    (await robustness(victim, data, { fgsSpec, bim }, { batch: 3 })).robust.accuracy,
  "robustness() of a frozen victim": async (victim, data) =>
    (await robustness(frozen(victim), data, { bim })).robust.accuracy,
  "stepCurve()": async (victim, data) => (await stepCurve(victim, data, bim, { steps: [0] }))[0]!.accuracy,
  "stepCurve() after a step": async (victim, data) =>
    (await stepCurve(victim, data, bim, { steps: [1] }))[0]!.accuracy,
  "securityCurve()": async (victim, data) =>
    (await securityCurve(victim, data, bim, { epsilons: [0] }))[0]!.accuracy,
  "inSequence()": (victim, data) =>
    withBatch(data, async (batch) => {
      const stages = { fgs: (part: Batch) => fgs(victim, part, { ball: nothing }) };
      const { images, success } = await inSequence(victim, batch, stages, { ball: nothing });
      // What it returns bears out what it says.
      const left = await accuracy(victim, { ...batch, images });
      images.dispose();
      assertEquals(share(success.map((fallen) => !fallen)), left);
      return left;
    }),
  "autoAttack()": (victim, data) =>
    withBatch(data, async (batch) => {
      const { images, success } = await autoAttack(victim, batch, { ball: nothing, steps: 2, queries: 2 });
      images.dispose();
      return share(success.map((fallen) => !fallen));
    }),
  "strongest()": (victim, data) =>
    withBatch(data, async (batch) => {
      const { images, success } = await strongest(victim, batch, { ball: nothing, budget: 20 });
      images.dispose();
      return share(success.map((fallen) => !fallen));
    }),
};

/** Four images of two pixels, whose labels are given; the victim of most tests returns the pixels. */
function four(...labels: number[]): Dataset {
  return dataset({
    name: "four",
    split: "test",
    classes: ["a", "b", "c", "d"],
    shape: [1, 1, 2],
    pixels: Uint8Array.of(200, 100, 100, 200, 150, 150, 150, 150),
    labels: Uint8Array.from(labels),
  });
}
const pixels: Victim = (images: Images) => images.reshape([-1, 2]) as Logits;
const with3 = (third: number): Victim => (images) =>
  tf.concat([images.reshape([-1, 2]), tf.fill([images.shape[0], 1], third)], 1) as Logits;

for (const [name, door] of Object.entries(doors)) {
  Deno.test(`${name}: right means that the label is the argMax, the first of equals`, async () => {
    assertEquals(await door(pixels, four(0, 1, 0, 0)), 1);
    assertEquals(await door(pixels, four(0, 1, 1, 1)), 0.5);
    assertEquals(await door(pixels, four(1, 0, 1, 1)), 0);
    assertEquals(await door((x) => pixels(x).sub(1000) as Logits, four(0, 1, 0, 1)), 0.75);
  });

  Deno.test(`${name}: minus infinity is a number, and NaN is never right`, async () => {
    assertEquals(await door(with3(-Infinity), four(0, 1, 0, 1)), 0.75);
    assertEquals(await door(with3(-Infinity), four(2, 2, 2, 2)), 0);
    assertEquals(await door(with3(NaN), four(0, 1, 0, 0)), 0);
    const sure: Victim = (x) => pixels(x).mul(1e4).softmax().log() as Logits; // 0 and minus infinity
    assertEquals(await door(sure, four(0, 1, 0, 0)), 1);
    assertEquals(await door(sure, four(1, 0, 1, 1)), 0);
  });

  Deno.test(`${name}: logits are [n, classes] with two classes or more`, async () => {
    const shapes: readonly ((x: Images) => tf.Tensor)[] = [
      (x) => x.reshape([-1, 2, 1, 1]),
      (x) => x.reshape([-1, 2]).slice([0, 0], [-1, 1]),
      (x) => x.mean([1, 2, 3]),
      (x) => x.reshape([-1]),
    ];
    for (const shape of shapes) {
      await assertRejects(() => door(shape as unknown as Victim, four(0, 1, 0, 0)), RangeError, "logits");
    }
  });

  Deno.test(`${name}: a label that no output stands for is an error`, async () => {
    await assertRejects(() => door(pixels, four(0, 1, 0, 2)), RangeError, "0 to 1");
    await assertRejects(() => door(with3(0), four(3, 3, 3, 3)), RangeError, "0 to 2");
  });

  Deno.test(`${name}: a refused clean image is an error, and what is wrong does not stand by being refused`, async () => {
    // Refuses the second image.
    const rejects = (x: Images) => x.reshape([-1, 2]).argMax(1).cast("int32") as tf.Tensor1D;
    const refusing: Victim = Object.assign((x: Images) => pixels(x), { rejects });
    const left = await door(refusing, four(0, 1, 1, 1));
    assertEquals(left, 0.25);
    const counting = counted(refusing);
    assertEquals(await door(counting, four(0, 1, 1, 1)), left);
  });

  Deno.test(`${name}: no images are an error`, async () => {
    if (name === "inSequence()" || name === "autoAttack()" || name === "strongest()") return; // a part of nothing is nothing
    await assertRejects(() => door(pixels, four(0, 1, 0, 0).take(0)), RangeError, "images");
  });
}

Deno.test("accuracy() and robustness().clean can't differ, whatever the logits are", async () => {
  const values = [-Infinity, -1, 0, 1, Infinity, NaN], rows: number[][] = [];
  for (const a of values) for (const b of values) for (const c of values) rows.push([a, b, c]);
  const table = tf.tensor2d(rows), n = rows.length;
  const victim: Victim = (images) => {
    // NaN times 0 is NaN, so rows are looked up, not multiplied.
    const row = images.reshape([-1]).mul(255).round().cast("int32");
    return table.gather(row as tf.Tensor1D) as Logits;
  };
  for (let label = 0; label < 3; label++) {
    const data = dataset({
      name: "all",
      split: "test",
      classes: ["a", "b", "c"],
      shape: [1, 1, 1],
      pixels: Uint8Array.from({ length: n }, (_, i) => i),
      labels: new Uint8Array(n).fill(label),
    });
    const { clean, faults } = await robustness(victim, data, {}), right = await accuracy(victim, data);
    assertEquals([clean.accuracy, (await stepCurve(victim, data, bim, { steps: [0] }))[0]!.accuracy], [
      right,
      right,
    ]);
    assertEquals(faults?.undecided, rows.filter((row) => row.some(Number.isNaN)).length);
    assertEquals((await measure(victim, data, { seed: 0 })).faults, faults);
    const batch = data.all();
    assertEquals(await accuracy(victim, batch), right);
    tf.dispose([batch.images, batch.labels]);
  }
});

Deno.test("accuracy() wants labels of type int32, and images", async () => {
  const { images, labels } = four(0, 1, 0, 0).all();
  const float = { images, labels: labels.cast("float32") as tf.Tensor1D };
  await assertRejects(() => accuracy(pixels, float), TypeError, "int32");
  const bytes = { images: images.mul(255).cast("int32") as Images, labels };
  await assertRejects(() => accuracy(pixels, bytes), TypeError, "float32");
  await assertRejects(
    () => accuracy(pixels, { images: images.slice(0, 2), labels }),
    TypeError,
    "[2], int32",
  );
  await assertRejects(
    () => accuracy(3 as unknown as Victim, { images, labels }),
    RangeError,
    "a function is wanted",
  );
});

Deno.test("indicators() asks the same judge", async () => {
  const attack = { attack: "bim", ball: linf(0.01), stepSize: 0.01, steps: 2 } as const,
    options = { attack, draws: 2 };
  const { attacked, correct } = await indicators(with3(-Infinity), four(0, 1, 0, 1), options);
  assertEquals([attacked, correct.length], [3, 4]);
  await assertRejects(() => indicators(pixels, four(0, 1, 0, 2), options), RangeError, "0 to 1");
  await assertRejects(() => indicators(with3(NaN), four(0, 1, 0, 0), options), RangeError, "none right");
});

Deno.test("inSequence() counts what lies outside the ball as a fault, not as fallen, and returns the image as it was", async () => {
  const data = four(0, 1, 0, 0), batch = data.all();
  const far = (part: Batch) => tf.onesLike(part.images).sub(part.images) as Images;
  const torn = (part: Batch) => tf.fill(part.images.shape, NaN) as Images;
  const { images, success, stages, faults } = await inSequence(pixels, batch, { far, torn }, {
    ball: linf(0.1),
  });
  assertEquals(success, [false, false, false, false]);
  // The two grey images are almost as they were.
  assertEquals(stages[0]!.faults, { undecided: 0, notFinite: 0, outside: 4 });
  assertEquals(stages[1]!.faults, { undecided: 0, notFinite: 4, outside: 0 });
  assertEquals(faults, { undecided: 0, notFinite: 4, outside: 4 });
  assertEquals([...await images.data()], [...await batch.images.data()]);
  assert(
    (await inSequence(pixels, batch, { far })).success.some(Boolean),
    "without a ball it would be fallen",
  );
  const short = (part: Batch) => part.images.slice(0, 1) as Images;
  await assertRejects(() => inSequence(pixels, batch, { short }), RangeError, "as many");
});

/** An attack of one's own that returns what a function makes of the images. */
const made = (name: string, make: (images: Images) => Images, version = 1) =>
  defineAttack((_: Classifier, { images }: Batch, _options: AttackOptions) => make(images), {
    name,
    title: name,
    source: "a test",
    asks: "nothing",
    needsVictim: false,
    norms: ["linf", "l2", "l1"],
    settings: attackSettings,
    version,
  });
const mirrored = (images: Images) => tf.sub(1, images) as Images;

Deno.test("An attack of one's own has fallen nothing with images that are not finite, outside the ball or outside [0, 1]", async () => {
  const wide = linf(1), data = four(0, 1, 0, 1); // the last one is wrong as it is
  const none = { undecided: 0, notFinite: 0, outside: 0 };
  const attacks = {
    torn: [made("torn", (images) => tf.fill(images.shape, NaN)).spec({ ball: wide }), {
      ...none,
      notFinite: 1,
    }],
    infinite: [made("infinite", (images) => tf.fill(images.shape, Infinity)).spec({ ball: wide }), {
      ...none,
      notFinite: 1,
    }],
    above: [made("above", (images) => mirrored(images).add(1) as Images).spec({ ball: wide }), {
      ...none,
      outside: 1,
    }],
    far: [made("far", (images) => images.reverse(3)).spec({ ball: linf(0.01) }), { ...none, outside: 1 }],
  } as const;
  for (const [name, [spec, fault]] of Object.entries(attacks)) {
    // The grey images are no other when they are reversed.
    const times = (n: number) =>
      Object.fromEntries(Object.entries(fault).map(([kind, one]) => [kind, n * one]));
    const measured = await measure(pixels, data, { attack: spec, seed: 0 });
    assertEquals(measured.correct, [true, true, true, false], name);
    assertEquals(measured.faults as object, times(name === "far" ? 2 : 4), name);
    for (const victim of [pixels, frozen(pixels)]) {
      const { robust, clean, takenBy, faults, attacks: [record] } = await robustness(victim, data, {
        [name]: spec,
      });
      assertEquals([robust.accuracy, clean.accuracy, takenBy[3]], [0.75, 0.75, "clean"], name);
      assertEquals([faults as object, record!.faults as object], [
        times(name === "far" ? 2 : 3),
        times(name === "far" ? 2 : 3),
      ]);
      assertEquals(claim({ correct: [true], ...(faults ? { faults } : {}) }, []).status, "refused");
    }
  }
  // What is allowed counts.
  const fooling = made("fooling", (images) => images.reverse(3)).spec({ ball: wide });
  const { robust, faults } = await robustness(pixels, data, { fooling });
  assertEquals([robust.accuracy, faults], [0.25, undefined]);
});

Deno.test("An attack of one's own is kept for other victims until it does something else", async () => {
  const data = four(0, 1, 0, 0), kept = keptAttacks(), classifier = frozen(pixels), seed = 0, ball = linf(1);
  const measured = async (spec: AttackSpec) =>
    (await measure(classifier, data, { attack: spec, seed, kept })).correct;
  assertEquals(await measured(made("mine", (images) => images.reverse(3)).spec({ ball })), [
    false,
    false,
    true,
    true,
  ]);
  assertEquals(await measured(made("mine", (images) => images.clone(), 2).spec({ ball })), [
    true,
    true,
    true,
    true,
  ]);
  classifier.dispose();
});

Deno.test("Attacks go on where the victim refuses an image, and find one behind that it does not", async () => {
  // Class 1 where the image is brighter than 0.5; images from 0.5 to 0.53 are refused.
  const brightness = (x: Images) => x.mean<tf.Tensor1D>([1, 2, 3]);
  const victim: Victim = Object.assign(
    (x: Images) => tf.stack([tf.sub(0.5, brightness(x)), brightness(x).sub(0.5)], 1) as Logits,
    {
      rejects: (x: Images) => brightness(x).greater(0.5).logicalAnd(brightness(x).less(0.53)) as tf.Tensor1D,
    },
  );
  const data = dataset({
    name: "dark",
    split: "test",
    classes: ["dark", "bright"],
    shape: [2, 2, 1],
    pixels: new Uint8Array(8).fill(122),
    labels: [0, 0],
  });
  const pgd = (epsilon: number) =>
    ({ attack: "pgd", ball: linf(epsilon), stepSize: 0.01, steps: 20 }) as const;
  for (const who of [victim, frozen(victim), counted(victim)]) {
    for (
      const attacks of [{ pgd: pgd(0.08) }, {
        apgd: { attack: "apgd", ball: linf(0.08), steps: 20 } as const,
      }]
    ) {
      assertEquals((await robustness(who, data, attacks)).robust.accuracy, 0, Object.keys(attacks)[0]);
    }
    // This ball ends among the images that are refused.
    const { robust, clean } = await robustness(who, data, { pgd: pgd(0.04) });
    assertEquals([clean.accuracy, robust.accuracy], [1, 1]);
    assertEquals((await measure(who, data, { attack: pgd(0.04), seed: 0 })).correct, [true, true]);
    assertEquals((await measure(who, data, { attack: pgd(0.08), seed: 0, stop: "on success" })).correct, [
      false,
      false,
    ]);
  }
});
