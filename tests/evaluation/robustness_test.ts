import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { attackBy, type AttackSpec, linf } from "@gcln/kit/attacks";
import { type Dataset, dataset } from "@gcln/kit/data";
import {
  type AttackRecord,
  claim,
  distanceCurve,
  distancesOf,
  measure,
  robustness,
  securityCurve,
  stepCurve,
  worstCase,
} from "@gcln/kit/evaluation";
import {
  type Classifier,
  counted,
  fold,
  frozen,
  type Images,
  normal,
  passes as passesNow,
  random,
  tf,
  useBackend,
} from "@gcln/kit/tensor";

await useBackend();

const pixels = 6 * 6 * 3;
const slopes = normal<tf.Rank.R2>([pixels, 4], 0, 1, 1), bends = normal<tf.Rank.R2>([pixels, 4], 0, 0.7, 2);
const bent: Classifier = (images) => {
  const x = images.sub(0.5).reshape<tf.Tensor2D>([-1, pixels]);
  return x.matMul(slopes).add(x.matMul(bends).square());
};

/** Random images, with the labels that the classifier gives them, all but the first four. */
async function scattered(count: number): Promise<Dataset> {
  const next = random(11), bytes = Uint8Array.from({ length: count * pixels }, () => next() * 256);
  const images = tf.tensor4d(Float32Array.from(bytes, (byte) => byte / 255), [count, 6, 6, 3]);
  const labels = Uint8Array.from(await bent(images).argMax(1).data());
  for (let i = 0; i < 4; i++) labels[i] = (labels[i]! + 1) % 4;
  const classes = ["a", "b", "c", "d"];
  return dataset({ name: "scattered", split: "test", classes, shape: [6, 6, 3], pixels: bytes, labels });
}

const data = await scattered(75), ball = linf(0.02);
const attacks: Readonly<Record<string, AttackSpec>> = {
  "FGS": { attack: "fgs", ball: linf(0.012) },
  "PGD": { attack: "pgd", ball, stepSize: 0.004, steps: 8 },
  "APGD": { attack: "apgd", ball, steps: 10, loss: "dlr" },
  "Square": { attack: "square", ball, queries: 30 },
};

Deno.test("robustness() is the same whether or not what has fallen leaves, and whatever the batch is", async () => {
  const classifier = frozen(bent);
  const some = await robustness(classifier, data, attacks, { batch: 32, seed: 3 });
  const all = await robustness(classifier, data, attacks, { batch: 75, seed: 3, shown: "everyone" });
  assertEquals(some.takenBy, all.takenBy);
  assertEquals(some.robust, all.robust);
  assertEquals(some.attacks.map(({ left }) => left), all.attacks.map(({ left }) => left));
  // Or else the test says nothing.
  const taken = new Set(some.takenBy);
  assert(["clean", "FGS", "PGD", null].every((by) => taken.has(by)), [...taken].join());
  const spent = ({ attacks }: typeof some) =>
    attacks.reduce((sum, { passes }) => sum + passes.forward + passes.backward, 0);
  assert(spent(some) < 0.6 * spent(all), `${spent(some)} passes of ${spent(all)}`);
  classifier.dispose();
});

Deno.test("robustness() shows what is left over in batches of a size that others have, too", async () => {
  const sizesOf = async (batch: number) => {
    const sizes = new Set<number>();
    const victim: Classifier = (images) => (sizes.add(images.shape[0]), bent(images));
    const { correct } = await robustness(victim, data, attacks, { batch, seed: 3, shown: "everyone" });
    return { sizes: [...sizes].sort((a, b) => a - b), correct };
  };
  const whole = await sizesOf(75), many = await sizesOf(6), few = await sizesOf(29);
  assertEquals(many.sizes, [6]); // 3 left over of 75: as many again are little
  assertEquals(few.sizes, [8, 29]); // 17 left over would have shapes of their own
  assertEquals([many.correct, few.correct], [whole.correct, whole.correct]);
});

Deno.test("robustness() fills batches again with what several of them have left", async () => {
  const steps: AttackSpec = { attack: "pgd", ball, stepSize: 0.004, steps: 8 }, pgd = { PGD: steps };
  const many = await scattered(600), sizes = new Set<number>();
  const victim = frozen((images) => (sizes.add(images.shape[0]), bent(images)));
  const together = await robustness(victim, many, pgd, { batch: 60, seed: 3 });
  assertEquals(Math.max(...sizes), 60);
  const alone = await robustness(victim, many, pgd, { batch: 600, seed: 3 });
  assertEquals(together.takenBy, alone.takenBy);
  const [{ passes, fallen }] = together.attacks as [AttackRecord];
  const one = counted(bent), before = passesNow();
  for (let start = 0; start < 600; start += 60) {
    const rows = together.takenBy.flatMap((by, row) => by === "clean" ? [] : [row]);
    const batch = many.batch(rows.slice(start, start + 60)), attack = attackBy(steps);
    const images = await attack(one, batch, { seed: fold(3, "pgd"), stop: "on success" });
    tf.dispose([images, batch.images, batch.labels]);
  }
  const spent = passesNow().backward - before.backward;
  assert(fallen > 300 && passes.backward < 0.95 * spent, `${fallen}, ${passes.backward} of ${spent}`);
});

Deno.test("robustness() asks the victim again where an attack's own verdict may be another's", async () => {
  const still = frozen(bent), clean = await measure(bent, data, { seed: 2 });
  // It stops where it fools the victim on images that it has changed.
  const steps = { stepSize: 0.004, steps: 8, rate: 0.5, probability: 1 };
  const diverse: AttackSpec = { attack: "diverseInput", ball, ...steps };
  const { correct } = await measure(still, data, { attack: diverse, seed: 2, stop: "on success" });
  const { correct: survivors } = await robustness(still, data, { diverse }, { seed: 2 });
  assertEquals(survivors, worstCase([clean, { correct, seconds: 0 }]).correct);
  // Only who is frozen promises to say the same.
  const pgd = { PGD: attacks["PGD"]! }, once = await robustness(still, data, pgd, { seed: 2 });
  const twice = await robustness(bent, data, pgd, { seed: 2 });
  assertEquals(once.takenBy, twice.takenBy);
  const { forward, backward } = twice.attacks[0]!.passes;
  assert(forward - backward >= 71, `${forward} and ${backward} passes, asked ${forward - backward} times`);
  still.dispose();
});

Deno.test("robustness() is the worst case of the attacks measured one by one", async () => {
  const stop = "on success", seed = 3;
  const alone = await Promise.all(
    Object.values(attacks).map((attack) => measure(bent, data, { attack, seed, stop })),
  );
  const clean = await measure(bent, data, { seed });
  const { correct, clean: share } = await robustness(bent, data, attacks, { seed });
  assertEquals(correct, worstCase([clean, ...alone]).correct);
  const { attacks: records } = await robustness(bent, data, attacks, { seed, shown: "everyone" });
  for (const [i, { alone: share }] of records.entries()) {
    assertEquals(share!.accuracy, worstCase([clean, alone[i]!]).correct.filter(Boolean).length / data.size);
  }
  assertEquals(share.accuracy, 71 / 75);
});

Deno.test("measure() that stops on success has the verdicts of an attack that lets fallen images rest", async () => {
  const attack: AttackSpec = { ...attacks["PGD"]!, stop: "on success" } as AttackSpec;
  const { passes, correct } = await measure(bent, data, { attack, seed: 1, batch: 75 });
  const whole = await measure(bent, data, { attack: attacks["PGD"]!, seed: 1, batch: 75 });
  assertEquals(whole.passes, { forward: 8 * 75, backward: 8 * 75 });
  assert(passes!.backward < whole.passes!.backward);
  // An image that comes back on the way is wrong here and right there; never the other way round.
  assertEquals(correct.filter((right, i) => right && !whole.correct[i]), []);
});

Deno.test("robustness() lets the victim judge what a surrogate makes", async () => {
  const half: Classifier = (x) => bent(x.mul(0.6).add(x.reverse(2).mul(0.4)) as Images);
  const pgd = { PGD: attacks["PGD"]! }, everyone = { shown: "everyone", seed: 1 } as const;
  const transferred = await robustness(bent, data, pgd, { ...everyone, surrogates: { PGD: half } });
  const survivors = await robustness(bent, data, pgd, { seed: 1, surrogates: { PGD: half } });
  const direct = await robustness(bent, data, pgd, everyone);
  assertEquals(transferred.takenBy, survivors.takenBy);
  assert(transferred.robust.accuracy > direct.robust.accuracy);
  const misnamed = { surrogates: { Pgd: half } };
  await assertRejects(() => robustness(bent, data, pgd, misnamed), RangeError, "the attacks are PGD");
  await assertRejects(() => robustness(bent, data.take(0), pgd), RangeError, "no images");
});

Deno.test("robustness() tells how many images survive without a gradient that an attack could follow", async () => {
  const through = frozen(bent), pgd = attacks["PGD"]!, square = attacks["Square"]!;
  const dead: Classifier = (x) => bent(x.mul(255).round().div(255) as Images); // the gradient of rounding is zero
  const torn: Classifier = (x) => bent(x.sub(x).sqrt().add(x) as Images); // that of a root at 0 is infinite
  const look = async (victim: Classifier, specs: Record<string, AttackSpec>, surrogates = {}) => {
    const found = await robustness(victim, data, specs, { surrogates });
    return { ...found, claimed: claim(found, []).status };
  };
  const plain = await look(through, { pgd });
  assertEquals([plain.gradients, plain.claimed], [{ zero: 0, notFinite: 0 }, "stands"]);
  const masked = await look(dead, { pgd });
  assertEquals([masked.gradients, masked.claimed], [
    { zero: masked.robust.accuracy, notFinite: 0 },
    "refused",
  ]);
  const rooted = await look(torn, { pgd });
  assertEquals(rooted.gradients, { zero: 0, notFinite: rooted.robust.accuracy });
  // One attack that has a gradient is enough; Square follows none.
  assertEquals((await look(dead, { pgd, bpda: pgd }, { bpda: through })).gradients, {
    zero: 0,
    notFinite: 0,
  });
  assertEquals((await look(dead, { square })).gradients, undefined);
  assertEquals(
    (await look(dead, { square, pgd })).gradients?.zero,
    (await look(dead, { square, pgd })).robust.accuracy,
  );
  // A classifier that is too sure has no gradient of the cross-entropy left, but one of the margin.
  const sure: Classifier = (x) => bent(x).mul(1e6);
  const byEntropy = await look(sure, { pgd }), margin = { ...pgd, loss: "margin" } as AttackSpec;
  assert(byEntropy.gradients!.zero > 0.1);
  assertEquals((await look(sure, { margin })).gradients, { zero: 0, notFinite: 0 });
  through.dispose();
});

Deno.test("robustness() and the curves leave no tensor behind, also when they are stopped", async () => {
  const bim: AttackSpec = { attack: "bim", ball, stepSize: 0.004, steps: 4 };
  const before = tf.memory().numTensors, signal = AbortSignal.abort();
  await robustness(bent, data, attacks, { batch: 20 });
  await stepCurve(bent, data, bim, { steps: [0, 3], batch: 20 });
  await assertRejects(() => robustness(bent, data, attacks, { signal }), DOMException);
  await assertRejects(() => stepCurve(bent, data, bim, { steps: [1], signal }), DOMException);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("securityCurve() is robustness() in each ball, and never rises", async () => {
  const epsilons = [0, 0.005, 0.01, 0.03],
    pgd: AttackSpec = { attack: "pgd", ball, stepSize: 0.004, steps: 8 };
  const curve = await securityCurve(bent, data, pgd, { epsilons, seed: 2 });
  assertEquals(curve.map(({ epsilon }) => epsilon), epsilons);
  assertEquals(curve[0]!.accuracy, 71 / 75);
  for (const [i, { accuracy, correct }] of curve.entries()) {
    assertEquals(correct.filter(Boolean).length / 75, accuracy);
    assert(i === 0 || accuracy < curve[i - 1]!.accuracy);
  }
  const alone = await securityCurve(bent, data, pgd, { epsilons, seed: 2, shown: "everyone" });
  // What survives both ways is the same; where the larger ball is the weaker attack, the nested curve knows better.
  alone.forEach(({ accuracy }, i) => assert(curve[i]!.accuracy <= accuracy));
  const steps = await robustness(bent, data, { PGD: { ...pgd, ball: linf(0.01), stepSize: 0.002 } }, {
    seed: 2,
  });
  assertEquals(alone[2]!.accuracy, steps.robust.accuracy);
  await assertRejects(() => securityCurve(bent, data, pgd, { epsilons: [0.1, 0.1] }), RangeError, "rise");
});

Deno.test("stepCurve() is at each of its points the attack of so many steps", async () => {
  for (const attack of ["pgd", "bim", "momentum"] as const) {
    const spec = { attack, ball, stepSize: 0.004, steps: 1 };
    const curve = await stepCurve(bent, data, spec, { steps: [0, 1, 5, 9], seed: 4, batch: 40 });
    for (const { steps, correct } of curve.slice(1)) {
      const { correct: alone } = await measure(bent, data, { attack: { ...spec, steps }, seed: 4 });
      assertEquals(correct, alone, `${attack}, ${steps} steps`);
    }
    assert(curve[3]!.accuracy < curve[1]!.accuracy);
  }
  const bim = { attack: "bim", ball, stepSize: 0.004, steps: 1 } as const;
  await assertRejects(() => stepCurve(bent, data, bim, { steps: [3, 2] }), RangeError, "rise");
});

Deno.test("distanceCurve() counts what is further away, and its area is the mean of the distances", () => {
  const distances = [0, 0.1, 0.3, Infinity], curve = distanceCurve(distances);
  assertEquals(curve.at([0, 0.1, 0.2, 10]).map(({ accuracy }) => accuracy), [0.75, 0.5, 0.5, 0.25]);
  assertEquals([curve.median, curve.success], [0.2, 0.75]);
  assertEquals(distanceCurve([1, Infinity]).median, Infinity);
  // By a sum over a fine grid.
  const grid = Array.from({ length: 10_000 }, (_, i) => (i + 0.5) / 10_000);
  const sum = curve.at(grid).reduce((sum, { accuracy }) => sum + accuracy, 0) / grid.length;
  assertAlmostEquals(curve.area(1), sum, 1e-3);
  assertThrows(() => distanceCurve([]), RangeError, "no distances");
  assertThrows(() => distanceCurve([NaN]), RangeError, "NaN");
});

Deno.test("distancesOf() tells a failure as Infinity, so that distanceCurve() takes it for no easy image", async () => {
  const found = { success: tf.tensor1d([true, true, false], "bool"), distance: tf.tensor1d([0, 0.5, 0]) };
  const distances = await distancesOf(found), curve = distanceCurve(distances);
  assertEquals(distances, [0, 0.5, Infinity]);
  assertEquals([curve.at([0.1])[0]!.correct, curve.success], [[false, true, true], 2 / 3]);
  assertEquals(distanceCurve(Float32Array.of(0, 0.5, Infinity)).at([0.1])[0]!.correct, [false, true, true]);
});

Deno.test("Points of curves tell where images stand for want of a gradient, so that a claim is refused", async () => {
  // Rounding has a zero gradient.
  const rounded: Classifier = (images) => bent(images.mul(255).round().div(255) as Images);
  const some = data.take(20), pgd = { attack: "pgd", ball, stepSize: 0.004, steps: 4 } as const;
  const radii = { epsilons: [0.001, 0.02], seed: 1 } as const;
  const curves = {
    securityCurve: [
      await securityCurve(rounded, some, pgd, radii),
      await securityCurve(bent, some, pgd, radii),
    ],
    securityCurveOfEveryone: [
      await securityCurve(rounded, some, pgd, { ...radii, shown: "everyone" }),
      await securityCurve(bent, some, pgd, { ...radii, shown: "everyone" }),
    ],
    stepCurve: [
      await stepCurve(rounded, some, pgd, { steps: [1, 4] }),
      await stepCurve(bent, some, pgd, { steps: [1, 4] }),
    ],
  };
  for (const [name, [masked, open]] of Object.entries(curves)) {
    for (const point of masked!) {
      assertEquals(point.gradients, { zero: point.accuracy, notFinite: 0 }, name);
      assertEquals(claim(point, []).status, "refused", name);
    }
    for (const point of open!) {
      assertEquals(point.gradients, undefined, name);
      assertEquals(claim(point, []).status, "stands", name);
    }
  }
  const square = { attack: "square", ball, queries: 5 } as const; // follows none
  for (const point of await securityCurve(rounded, some, square, radii)) {
    assertEquals(point.gradients, undefined);
  }
  // After no step, and in a ball of radius 0, no attack has been made.
  const [none] = await securityCurve(rounded, some, pgd, { epsilons: [0, 0.02] });
  assertEquals([none!.gradients, none!.accuracy], [undefined, 16 / 20]);
  assertEquals((await stepCurve(rounded, some, pgd, { steps: [0] }))[0]!.gradients, undefined);
});

Deno.test("The worst case has the gradients of the attack that had most of them, not the least of each kind", () => {
  const zero = { correct: [true], seconds: 0, gradients: { zero: 1, notFinite: 0 } };
  const torn = { correct: [true], seconds: 0, gradients: { zero: 0, notFinite: 0.5 } };
  assertEquals(worstCase([zero, torn]).gradients, torn.gradients);
  assertEquals(claim(worstCase([zero, torn]), []).status, "refused");
});
