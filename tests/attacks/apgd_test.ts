import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import {
  type AnyBall,
  apgd,
  apgdAttack,
  apgdCheckpoints,
  apgdTargeted,
  apgdTargetedAttack,
  contains,
  type Iterated,
  l1,
  l2,
  linf,
  pgd,
  run,
  select,
} from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import { classifierOf, resnet } from "@gcln/kit/networks";
import {
  type Batch,
  type Classifier,
  frozen,
  type Images,
  type Labels,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { bent, linear, scattered, weights } from "./_models.ts";
import { images, labels, network } from "./_golden.ts";

await useBackend();

const grey: Batch = {
  images: tf.fill([2, 3, 4, 1], 0.5) as Images,
  labels: tf.tensor1d([0, 0], "int32"),
};

const gap = async (a: tf.Tensor, b: tf.Tensor) => (await a.sub(b).abs().max().data())[0]!;
const next = (labels: Labels) => labels.add(1).mod(5).cast("int32") as Labels;

type Attack = (surrogate: Classifier, batch: Batch, options: { ball: AnyBall; seed?: number }) => Images;
const attacks: Readonly<Record<string, Attack>> = {
  "apgd": (surrogate, batch, options) => apgd(surrogate, batch, { ...options, steps: 8 }),
  "apgd on the dlr": (surrogate, batch, options) =>
    apgd(surrogate, batch, { ...options, steps: 8, loss: "dlr", restarts: 2 }),
  "apgd with targets": (surrogate, batch, options) => {
    const targets = tf.tidy(() => next(batch.labels));
    const attacked = apgd(surrogate, batch, { ...options, steps: 8, loss: "dlr", targets });
    targets.dispose();
    return attacked;
  },
  "apgdTargeted": (surrogate, batch, options) => apgdTargeted(surrogate, batch, { ...options, steps: 4 }),
};

for (const [name, attack] of Object.entries(attacks)) {
  Deno.test(`${name} stays in the ball and in [0, 1], and does nothing in a ball of radius 0`, async () => {
    const batch = scattered(), radii = [0.1, 0, 0.02, 0.2, 0.1, 0.1];
    for (const ball of [linf(16 / 255), l2(0.6), linf(radii), l2(radii)]) {
      const attacked = attack(bent, batch, { ball });
      assert((await contains(ball, batch.images, attacked)).every(Boolean), ball.norm);
      assertGreater(await gap(attacked, batch.images), 0.01);
    }
    for (const ball of [linf(0), l2(0)]) {
      assertEquals(await gap(attack(bent, batch, { ball }), batch.images), 0);
    }
  });

  Deno.test(`${name} is the same for a seed, and another for another`, async () => {
    const batch = scattered(), ball = l2(0.5);
    const once = attack(bent, batch, { ball, seed: 1 });
    assertEquals(await gap(once, attack(bent, batch, { ball, seed: 1 })), 0);
    assertGreater(await gap(once, attack(bent, batch, { ball, seed: 2 })), 0);
  });

  Deno.test(`${name} leaves no tensor behind, and its input as it was`, async () => {
    const batch = scattered(), before = await batch.images.data();
    attack(bent, batch, { ball: linf(0.1) }).dispose(); // caches are filled by the first call
    const count = tf.memory().numTensors;
    attack(bent, batch, { ball: linf(0.1) }).dispose();
    assertEquals(tf.memory().numTensors, count);
    assertEquals(await batch.images.data(), before);
  });

  Deno.test(`${name} on a frozen classifier does what it does on the plain one`, async () => {
    const spec = { architecture: "resnet18", width: 2, classes: 5, channels: 3, stem: 2 } as const;
    const resnet18 = resnet(spec), plain = classifierOf(resnet18, resnet18.init(3)), marked = frozen(plain);
    const batch = {
      images: uniform<tf.Rank.R4>([4, 16, 16, 3], 0, 1, 4),
      labels: tf.range(0, 4, 1, "int32"),
    };
    const ball = linf(8 / 255), margins = (images: Images) => leadOf(plain, images, batch.labels);
    const compiled = attack(marked, batch, { ball });
    // Where a gradient is all but zero its sign may turn, and the steps go another way from there.
    assertLess(await gap(margins(attack(plain, batch, { ball })), margins(compiled)), 1e-3);
    assertEquals(await gap(attack(marked, batch, { ball }), compiled), 0);
    marked.dispose();
  });
}

Deno.test("apgd() reaches the corner of the linf ball and the end of the l2 ball on a linear model", async () => {
  const length = Math.hypot(...await weights.data());
  const corner = apgd(linear, grey, { ball: linf(8 / 255), steps: 20 });
  assertLess(await gap(corner, grey.images.add(weights.sign().mul(8 / 255))), 1e-7);
  const end = apgd(linear, grey, { ball: l2(0.3), steps: 20 });
  assertLess(await gap(end, grey.images.add(weights.mul(0.3 / length))), 1e-4);
});

const batch: Batch = { images: images(), labels: labels() };
const right = async (classifier: Classifier, images: Images) =>
  (await classifier(images).argMax(1).equal(batch.labels).sum().data())[0]!;

for (const name of ["plain", "robust", "smooth"] as const) {
  Deno.test(`apgd() is not weaker than pgd() of as many steps on the ${name} network`, async () => {
    const classifier = network(name), steps = 40;
    for (const ball of [linf(8 / 255), l2(0.5)]) {
      const margin = (images: Images) => leadOf(classifier, images, batch.labels);
      const auto = apgd(classifier, batch, { ball, steps, loss: "margin" });
      const plain = pgd(classifier, batch, { ball, steps, loss: "margin" });
      assert(await right(classifier, auto) <= await right(classifier, plain), ball.norm);
      const gain = [...await margin(auto).sub(margin(plain)).data()];
      // Image by image either may end in the better of two local maxima.
      assert(
        gain.reduce((a, b) => a + b) > -1e-3 && gain.filter((g) => g > -1e-3).length >= 11,
        `${gain}`,
      );
    }
  });
}

Deno.test("apgdTargeted() finds a wrong class behind one that can't be reached, and stops at the last", async () => {
  const classifier: Classifier = (images) => {
    const [a, b] = images.reshape<tf.Tensor2D>([-1, 2]).split(2, 1) as [tf.Tensor2D, tf.Tensor2D];
    return tf.concat([a, a.mul(0.9), b, tf.onesLike(b).mul(0.1)], 1) as tf.Tensor2D;
  };
  const given: Batch = { images: tf.tensor4d([0.6, 0.4], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
  const margin = async (targetCount: number) => {
    const attacked = apgdTargeted(classifier, given, { ball: linf(0.15), steps: 10, targetCount });
    return (await leadOf(classifier, attacked, given.labels).data())[0]!;
  };
  assertLess(await margin(1), 0);
  assertAlmostEquals(await margin(2), 0.1, 1e-6);
  assertEquals(await margin(9), await margin(3)); // four classes
});

Deno.test("apgd() wins its targets, not just loses the labels", async () => {
  const given = scattered(), targets = next(given.labels);
  for (const loss of ["crossEntropy", "margin", "dlr"] as const) {
    const attacked = apgd(bent, given, { ball: linf(0.4), steps: 30, targets, loss });
    assertEquals((await bent(attacked).argMax(1).equal(targets).sum().data())[0], 6, loss);
  }
});

Deno.test("More restarts of apgd() are never weaker, and a loss of one's own is raised", async () => {
  const given = scattered(), ball = linf(0.05);
  const loss = (logits: tf.Tensor2D, labels: Labels) =>
    logits.mul(tf.oneHot(labels, 5)).sum<tf.Tensor1D>(1).neg() as tf.Tensor1D;
  const margins = async (restarts: number) =>
    await leadOf(bent, apgd(bent, given, { ball, steps: 3, restarts, loss }), given.labels).data();
  const [one, four, clean] = [
    await margins(1),
    await margins(4),
    await leadOf(bent, given.images, given.labels).data(),
  ];
  assert(one.every((margin, i) => clean[i]! < margin && margin <= four[i]!));
});

Deno.test("apgd() looks at its surrogate once for each step, and at its start", () => {
  let looks = 0;
  const counted: Classifier = (images) => {
    looks++;
    return bent(images);
  };
  apgd(counted, scattered(), { ball: linf(0.1), steps: 12 });
  assertEquals(looks, 13);
});

Deno.test("The state of apgd() is in the ball at any step and never gets weaker", async () => {
  const given = scattered(), ball = linf(0.03), attack = apgdAttack({ ball, steps: 12, loss: "dlr" });
  let state = attack.start(given), margins = Array<number>(6).fill(-Infinity);
  for (let i = 0; i < attack.steps; i++) {
    state = attack.step(bent, state, i);
    const now = [...await leadOf(bent, state.images, given.labels).data()];
    assert((await contains(ball, given.images, state.images)).every(Boolean));
    assert(margins.every((margin, image) => margin <= now[image]!));
    margins = now;
  }
});

Deno.test("The step of apgd() is halved image by image, from 2 ε, at checkpoints only", async () => {
  const given = scattered(), attack = apgdAttack({ ball: linf(0.25), steps: 40 });
  const checkpoints = apgdCheckpoints(40), halvings = new Set<string>();
  let state = attack.start(given), before: number[] = [];
  for (let i = 0; i < attack.steps; i++) {
    state = attack.step(bent, state, i);
    const sizes = [...await state.stepSize!.data()];
    if (i === 0) assertEquals(sizes, Array(6).fill(0.5));
    else if (!checkpoints.includes(i + 1)) assertEquals(sizes, before);
    else assert(sizes.every((size, image) => size === before[image] || size === before[image]! / 2));
    before = sizes;
    halvings.add(sizes.join());
  }
  assertGreater(halvings.size, 3);
});

Deno.test("apgd() halves its step where the loss oscillates, or rises without beating its best", async () => {
  let looks = 0;
  // 10 at the start, and then 0.1, 0.2, 0.3 and so on, wherever the images are.
  const loss = (logits: tf.Tensor2D) => {
    const value = looks++ === 0 ? 10 : looks / 10;
    return logits.sum<tf.Tensor1D>(1).mul(0).add(value) as tf.Tensor1D;
  };
  const given = scattered(), attack = apgdAttack({ ball: linf(0.25), steps: 40, loss });
  const checkpoints = apgdCheckpoints(40), sizes: number[] = [];
  assertEquals(checkpoints, [9, 17, 23, 28, 32, 35, 38, 40]);
  let state = attack.start(given);
  for (let i = 0; i < 32; i++) {
    state = attack.step(bent, state, i);
    if (checkpoints.includes(i + 1)) sizes.push((await state.stepSize!.data())[0]!);
  }
  // 8 of 9 steps rise; 8 of 8, and no new best: back to it; 5 of 6, but halved just now; 5 of 5; 3 of 4 are too few.
  assertEquals(sizes, [0.5, 0.25, 0.25, 0.125, 0.0625]);
});

Deno.test("apgdCheckpoints() rise, end at the last step at most, and are those of the paper for 100 steps", () => {
  assertEquals(apgdCheckpoints(100), [22, 41, 57, 70, 80, 87, 93, 99]);
  for (const steps of [1, 2, 7, 20, 50, 333]) {
    const found = apgdCheckpoints(steps);
    assert(found.every((step, i) => step > (found[i - 1] ?? 0) && step <= steps), `${steps}: ${found}`);
  }
});

Deno.test("apgd() and apgdTargeted() may go on with some images, and find what they would have found", async () => {
  const given = scattered(), rows = [1, 4, 5], radii = [0.1, 0.2, 0.3, 0.1, 0.2, 0.3];
  for (const ball of [linf(radii), l2(radii), linf(0.1)]) {
    const all: Iterated[] = [
      apgdAttack({ ball, steps: 9 }),
      apgdTargetedAttack({ ball, steps: 5, targetCount: 3 }),
    ];
    for (const attack of all) {
      let state = attack.start(given);
      for (let i = 0; i < attack.steps; i++) {
        if (i === 3) state = select(state, rows);
        state = attack.step(bent, state, i);
      }
      const whole = run(attack, bent, given).gather(tf.tensor1d(rows, "int32"));
      assertLess(await gap(state.images, whole), 1e-5, ball.norm);
    }
  }
});

Deno.test("Options of apgd() that make no sense are refused", () => {
  const given = scattered(), ball = linf(0.1);
  assertThrows(() => apgd(bent, given, { ball: l1(1) }), RangeError, "linf or l2 is wanted");
  assertThrows(() => apgd(bent, given, { ball, steps: 1.5 }), RangeError, "steps 1.5");
  assertThrows(() => apgd(bent, given, { ball, momentum: 0 }), RangeError, "momentum 0");
  assertThrows(() => apgd(bent, given, { ball, rho: 2 }), RangeError, "rho 2");
  assertThrows(() => apgd(bent, given, { ball, restarts: 0 }), RangeError, "restarts 0");
  assertThrows(() => apgdTargeted(bent, given, { ball, targetCount: 0 }), RangeError, "targetCount 0");
});
