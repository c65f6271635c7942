import { assert, assertAlmostEquals, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { bimAttack, type Iterated, linf, pgdAttack } from "@gcln/kit/attacks";
import { dataset } from "@gcln/kit/data";
import { type FollowedAttack, type Indicators, indicators } from "@gcln/kit/evaluation";
import {
  type Classifier,
  counted,
  fold,
  frozen,
  type Images,
  type Logits,
  passes,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { images as goldenImages, labels as goldenLabels, network } from "../attacks/_golden.ts";
import { band, dark, leftHalf, masked, noisy, plain, quantized, rightHalf, twoClasses } from "./_victims.ts";

await useBackend();

const bim = (epsilon: number, steps = 20, stepSize = epsilon / 10): FollowedAttack => ({
  attack: "bim",
  ball: linf(epsilon),
  steps,
  stepSize,
});
const fired = ({ findings }: Indicators) => findings.map(({ indicator }) => indicator);
const look = (
  victim: Classifier,
  batch: ReturnType<typeof dark>,
  attack: FollowedAttack,
  surrogate: Classifier = victim,
) => indicators(victim, batch, { attack, surrogate, draws: 20, seed: 1 });

Deno.test("No indicator fires where an attack fools an undefended network", async () => {
  const batch = { images: goldenImages(), labels: goldenLabels() }, victim = frozen(network("plain"));
  const { findings, numbers, correct, attacked } = await look(victim, batch, bim(64 / 255, 40));
  assertEquals([findings, correct.some(Boolean)], [[], false]);
  assert(attacked > 10);
  assert(numbers["unstable predictions"] > 0 && numbers["unstable predictions"] < 0.03);
  victim.dispose();
});

Deno.test("No indicator fires where an attack fails because its ball holds nothing to find", async () => {
  const { findings, correct } = await look(plain, dark(0.3, 0.4), bim(0.05));
  assertEquals([findings, correct], [[], [true, true]]);
});

Deno.test("A gradient of zero is unavailable, and no bound helps", async () => {
  const found = await look(quantized, dark(0.45, 0.48), bim(0.1));
  assertEquals(fired(found), ["unavailable gradients", "unconstrained attack failure"]);
  assertEquals(found.byImage["unavailable gradients"], [1, 1]);
  assertEquals(found.findings.map(({ severity }) => severity), ["serious", "serious"]);
  assertMatch(found.findings[0]!.message, /^Unavailable gradients, 100\.0% of 2 images: .*zero/);
  assertMatch(found.findings[0]!.remedy, /BPDA/);
});

Deno.test("A gradient of zero is unavailable on those images only that have it", async () => {
  const half: Classifier = (images) => twoClasses(images.mean<tf.Tensor>([1, 2, 3]).sub(0.3).relu().sub(0.1));
  const found = await look(half, dark(0.2, 0.35), bim(0.1));
  assertEquals(found.byImage["unavailable gradients"], [1, 0]);
  assertEquals(found.numbers["unavailable gradients"], 0.5);
});

Deno.test("A gradient that can't be taken, or is not a number, is unavailable", async () => {
  const cut: Classifier = (images) => plain(images.greater(0.5).cast("float32") as Images);
  const found = await look(cut, dark(0.45), bim(0.1));
  assertEquals(fired(found), ["unavailable gradients", "unconstrained attack failure"]);
  const steep: Classifier = (images) =>
    plain(images).add<Logits>(images.sub(images).sqrt().mean([1, 2, 3]).expandDims(1));
  assertEquals((await look(steep, dark(0.45), bim(0.1))).byImage["unavailable gradients"], [1]);
  const root: Classifier = (images) =>
    twoClasses(images.sub(0.25).sqrt().add(images.sub(0.5)).mean([1, 2, 3])); // infinitely steep at 0.25
  assertEquals((await look(root, dark(0.25), bim(0.1))).byImage["unavailable gradients"], [1]);
});

Deno.test("What TensorFlow.js says of a gradient that it can't take is told", async () => {
  const apart: Classifier = ({ shape }) => tf.tensor2d([1, 0], [1, 2]).tile([shape[0], 1]);
  const found = await look(apart, dark(0.45), bim(0.1));
  assertEquals(fired(found), ["unavailable gradients", "unconstrained attack failure"]);
  assertMatch(found.findings[0]!.message, /TensorFlow\.js says: .*gradient/);
  assertEquals(found.losses[0]!.length, 1); // no step was taken
});

Deno.test("Predictions that change at every call are unstable; their average is not", async () => {
  const batch = dark(0.4, 0.42), attack = bim(0.2);
  const found = await look(noisy, batch, attack);
  assert(fired(found).includes("unstable predictions"), `${found.numbers["unstable predictions"]}`);
  assertMatch(found.findings.find(({ indicator }) => indicator === "unstable predictions")!.remedy, /EOT/);
  const { findings } = await look(noisy, batch, attack, plain);
  assert(findings.every(({ indicator }) => indicator !== "unstable predictions"));
});

Deno.test("Predictions are unstable where the margin changes by a tenth of itself", async () => {
  // 12 pixels in a box of 8/255: their mean differs by 0.0021 on average.
  const near = await look(plain, dark(0.49), bim(0.2)), far = await look(plain, dark(0.47), bim(0.2));
  assertEquals([fired(near), fired(far)], [["unstable predictions"], []]);
  assertEquals(
    near.numbers["unstable predictions"] < 0.3 && far.numbers["unstable predictions"] > 0.03,
    true,
  );
});

Deno.test("The second indicator is the margin's relative change, image by image", async () => {
  const batch = { ...dark(0.3, 0.45), ids: [4, 9] }, side = 0.1, draws = 5;
  const { byImage } = await indicators(plain, batch, { attack: bim(0.2), draws, side, seed: 3 });
  for (const [i, level] of [0.3, 0.45].entries()) {
    let sum = 0;
    for (let draw = 0; draw < draws; draw++) {
      const seed = fold(fold(3, "unstable"), "unstable", draw, batch.ids[i]!);
      const noise = await uniform([1, 12], -side / 2, side / 2, [seed]).data();
      sum += Math.abs([...noise].reduce((a, b) => a + b) / 12 / (level - 0.5));
    }
    assertAlmostEquals(byImage["unstable predictions"][i]!, sum / draws, 1e-4);
  }
});

Deno.test("An attack that passes an adversarial image and returns another has succeeded in silence", async () => {
  const steps = (count: number) => bim(0.2, count, 0.05);
  const found = await look(band, dark(0.5), steps(4)); // 0.55, 0.6, 0.55, 0.6
  assert(fired(found).includes("silent success"));
  assertEquals(found.correct, [true]);
  assert(
    !fired(found).includes("incomplete optimisation") &&
      !fired(found).includes("unconstrained attack failure"),
  );
  assert(!fired(await look(band, dark(0.5), steps(5))).includes("silent success"));
  const kept = await look(band, dark(0.5), {
    attack: (options) => bimAttack({ stepSize: 0.05, steps: 4, ...options, stop: "on success" }),
    ball: linf(0.2),
  });
  assertEquals([fired(kept), kept.correct], [[], [false]]);
});

Deno.test("An attack of too few steps is incomplete; of more it is not", async () => {
  const few = await look(plain, dark(0.3), bim(0.3, 5, 0.02));
  assertEquals([fired(few), few.correct], [["incomplete optimisation"], [true]]);
  assertMatch(few.findings[0]!.remedy, /[Mm]ore steps.*APGD/);
  const enough = await look(plain, dark(0.3), bim(0.3, 15, 0.02));
  assertEquals([fired(enough), enough.correct], [[], [false]]);
});

Deno.test("The fourth indicator looks at the last ten values of the best loss so far, rescaled", async () => {
  // Losses by construction: an attack whose steps lead through given brightnesses.
  const through = (...levels: number[]): FollowedAttack => ({
    ball: linf(1),
    loss: (logits) => logits.slice([0, 1], [-1, 1]).squeeze<tf.Tensor1D>([1]),
    attack: (): Iterated => ({
      steps: levels.length,
      start: ({ images, labels }) => ({ images: images.clone(), original: images, labels }),
      step: (_, state, i) => ({ ...state, images: tf.onesLike(state.images).mul<Images>(levels[i]!) }),
    }),
  });
  const incomplete = async (...levels: number[]) =>
    (await look(plain, dark(0), through(...levels))).numbers["incomplete optimisation"];
  const flat = Array<number>(8).fill(0.4);
  assertEquals(await incomplete(0.4, ...flat, 0.4), 0); //            the jump is just before the last ten
  assertEquals(await incomplete(0.4, ...flat), 1); //                 just within them
  assertEquals(await incomplete(0.3, 0.4, ...flat), 1); //            within them
  assertEquals(await incomplete(0.4, 0.4, ...flat, 0.43), 1); //      7 % of the way
  assertEquals(await incomplete(0.4, 0.4, ...flat, 0.41), 0); //      2 %
  assertEquals(await incomplete(0.4, 0.4, ...flat, 0.1), 0); //       what falls has been higher
  assertEquals(await incomplete(0, 0, 0), 0);
});

Deno.test("What fools a classifier without its defense, but not with it, is not transferred", async () => {
  const found = await look(rightHalf, dark(0.45), bim(0.1), leftHalf);
  assertEquals([fired(found), found.correct], [["transfer failure"], [true]]);
  assertMatch(found.findings[0]!.remedy, /defended/);
  assertEquals(fired(await look(rightHalf, dark(0.45), bim(0.1), plain)), []);
});

Deno.test("A gradient that points the wrong way fails without bounds too", async () => {
  const found = await look(masked, dark(0.3, 0.4), bim(0.2));
  assertEquals(fired(found), ["unconstrained attack failure"]);
  assertEquals(found.byImage["unconstrained attack failure"], [1, 1]);
});

Deno.test("An attack of one small step is repeated where it has no bounds", async () => {
  const fgs = await look(plain, dark(0.1), { attack: "fgs", ball: linf(0.01) });
  assertEquals(fgs.numbers["unconstrained attack failure"], 0);
  const pgd = await look(plain, dark(0.1), { ball: linf(0.01), attack: pgdAttack });
  assertEquals(pgd.numbers["unconstrained attack failure"], 0);
});

Deno.test("Without bounds an attack starts at the image: noise in the ball of all images needs no gradient", async () => {
  for (const attack of ["pgd", "apgd"] as const) {
    const found = await look(quantized, dark(0.4, 0.45, 0.48), {
      attack,
      ball: linf(0.01),
      steps: 3,
      ...(attack === "pgd" ? { stepSize: 0.01 } : {}),
    } as FollowedAttack);
    assertEquals(found.byImage["unconstrained attack failure"], [1, 1, 1]);
  }
});

Deno.test("apgd and momentum can be followed; other attacks are refused", async () => {
  const ball = linf(0.2);
  for (
    const attack of [{ attack: "apgd", ball, steps: 10 }, {
      attack: "momentum",
      ball,
      stepSize: 0.02,
      steps: 10,
    }] as const
  ) {
    const found = await look(plain, dark(0.4), attack);
    assertEquals([fired(found), found.losses[0]!.length], [[], 11]);
  }
  const square = { attack: "square", ball } as unknown as FollowedAttack;
  await assertRejects(() => look(plain, dark(0.4), square), RangeError, "square");
});

Deno.test("Images that the victim gets wrong without an attack do not count", async () => {
  const found = await look(quantized, dark(0.45, 0.9), bim(0.1));
  assertEquals([found.attacked, found.byImage["unavailable gradients"]], [1, [1, NaN]]);
  assertEquals(found.numbers["unavailable gradients"], 1);
  await assertRejects(() => look(plain, dark(0.9), bim(0.1)), RangeError, "none right");
});

Deno.test("The loss is recorded before the first step and after each", async () => {
  const { losses } = await look(plain, dark(0.4, 0.3), { ...bim(0.1, 4), loss: "margin" } as FollowedAttack);
  assertEquals(losses.map((curve) => curve.length), [5, 5]);
  for (const [i, level] of [0.4, 0.3].entries()) {
    losses[i]!.forEach((loss, step) => assertAlmostEquals(loss, 40 * (level - 0.5 + 0.01 * step), 1e-4));
  }
});

Deno.test("indicators() classifies no point twice but where attacks start", async () => {
  const steps = 20, draws = 20, far = 100, batch = dark(0.3, 0.4), n = 2;
  for (const make of [counted, frozen]) {
    const victim = make(masked), before = passes();
    await look(victim, batch, bim(0.2, steps)); // which fools none, so all steps without bounds are taken
    const after = passes();
    assertEquals((after.backward - before.backward) / n, 1 + steps + far);
    // Each step classifies where it begins; both ends, the look at the gradient and the draws are classified as well, and
    // the judge asks before and after the attack.
    assertEquals((after.forward - before.forward) / n, 1 + steps + 1 + far + 1 + draws + 2);
    // It asks someone else where another is scored.
    const scored = counted(plain), asked = passes();
    await look(scored, batch, bim(0.2, steps), victim);
    assertEquals((passes().forward - asked.forward) / n, 1 + steps + 1 + far + 1 + draws + 2);
  }
});

Deno.test("indicators() without bounds stops where all images have been fooled once", async () => {
  const victim = counted(plain), before = passes(), steps = 5, draws = 20;
  await look(victim, dark(0.35), bim(0.01, steps)); // black or white is 50 steps away, and 0.51 eight
  const after = passes();
  assertEquals(after.backward - before.backward, 1 + steps + 9);
  assertEquals(after.forward - before.forward, 1 + steps + 1 + 9 + draws + 2); // the judge asks twice
});

Deno.test("indicators() tells the same whether an attack's steps are listened to or looked at apart", async () => {
  const batch = { images: goldenImages(), labels: goldenLabels() }, bare = network("robust");
  const settings = { steps: 8, stepSize: 1 / 255, loss: "margin" } as const, ball = linf(8 / 255);
  const apart: FollowedAttack = {
    ball,
    loss: settings.loss,
    attack: (options) => {
      const attack = pgdAttack({ ...settings, ...options });
      return {
        ...attack, // asks about copies only
        step: (surrogate, ...given) => attack.step((x) => surrogate(x.mul<Images>(1)), ...given),
      };
    },
  };
  const compiled = frozen(bare), found: Indicators[] = [];
  for (const attack of [apart, { attack: "pgd", ...settings, ball } as const]) {
    for (const victim of [bare, compiled]) found.push(await look(victim, batch, attack));
  }
  compiled.dispose();
  const [first, ...others] = found;
  assert(first!.losses.every((curve) => curve.at(-1)! > curve[0]! + 0.5));
  for (const { losses, byImage, correct, findings } of others) {
    assertEquals([byImage["incomplete optimisation"], correct], [
      first!.byImage["incomplete optimisation"],
      first!.correct,
    ]);
    assertEquals(findings, first!.findings);
    losses.forEach((curve, i) =>
      curve.forEach((loss, k) => assertAlmostEquals(loss, first!.losses[i]![k]!, 1e-4))
    );
  }
});

Deno.test("A data set is looked at batch by batch, and tells what its batches tell", async () => {
  const pixels = Uint8Array.from(
    { length: 5 * 12 },
    (_, i) => [100, 110, 120, 125, 200][Math.floor(i / 12)]!,
  );
  const data = dataset({
    name: "grey",
    split: "test",
    classes: ["dark", "bright"],
    shape: [3, 4, 1],
    pixels,
    labels: new Uint8Array(5),
  });
  const attack = bim(0.05), options = { attack, draws: 5 };
  const whole = await indicators(quantized, data, options), counts: number[] = [];
  const parts = await indicators(quantized, data, {
    ...options,
    batch: 2,
    progress: { update: (done) => counts.push(done), done() {} },
  });
  assertEquals(parts, whole);
  assertEquals(counts, [2, 4, 5]);
  const controller = new AbortController();
  controller.abort();
  await assertRejects(() => indicators(plain, data, { ...options, signal: controller.signal }), DOMException);
});

Deno.test("indicators() leaves no tensor behind, not where a gradient can't be taken either", async () => {
  const apart: Classifier = ({ shape }) => tf.tensor2d([1, 0], [1, 2]).tile([shape[0], 1]);
  const batch = dark(0.45), wrong = ((images: Images) => images.mean([1, 2, 3])) as unknown as Classifier;
  for (const victim of [plain, apart]) {
    const before = tf.memory().numTensors;
    await look((images) => tf.tidy(() => victim(images)), batch, {
      attack: "pgd",
      ball: linf(0.1),
      steps: 3,
      stepSize: 0.1,
    });
    assertEquals(tf.memory().numTensors, before);
  }
  const before = tf.memory().numTensors;
  await assertRejects(
    () => look((images) => tf.tidy(() => wrong(images)), batch, bim(0.1)),
    RangeError,
    "logits",
  );
  assertEquals(tf.memory().numTensors, before);
});
