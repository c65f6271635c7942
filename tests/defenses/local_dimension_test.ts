import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { fgs, linf, pgd } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { deploy, type Deployment, localDimension, localDimensionDetector } from "@gcln/kit/defenses";
import { interval } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { judge } from "@gcln/kit/judge";
import { gradientAt, type Images, normal, tf, useBackend } from "@gcln/kit/tensor";
import { withFolder } from "../experiments/_untrained.ts";
import { partsOf } from "../../lib/defenses/local_dimension/dimensions.ts";
import { thresholdFor } from "../../lib/defenses/local_dimension/fit_detector.ts";
import { logisticRegression } from "../../lib/defenses/local_dimension/logistic_regression.ts";

await useBackend();

/** 30 points of a cloud in so many dimensions around 0: as many within a distance as its power of that. */
const cloud = (dimension: number) =>
  tf.tensor2d(Array.from({ length: 30 }, (_, i) => [((i + 1) / 20) ** (1 / dimension), 0]));

Deno.test("localDimension() of known clouds is 20 / log(20²⁰ / 20!) = 1.1377 times their dimension", async () => {
  for (const dimension of [1, 3, 8]) {
    const [found] = await localDimension(tf.zeros([1, 2]), cloud(dimension), 20).data();
    assertAlmostEquals(found! / dimension, 1.1377, 2e-3);
  }
});

Deno.test("localDimension() knows the k nearest only, and no unit", async () => {
  const near = cloud(2), points = tf.zeros([1, 2]) as tf.Tensor2D;
  const value = async (others: tf.Tensor, k = 20) =>
    (await localDimension(points, others as tf.Tensor2D, k).data())[0]!;
  assertAlmostEquals(await value(near.mul(100)), await value(near), 1e-3);
  assertAlmostEquals(await value(near.slice([0, 0], [20, 2])), await value(near), 1e-4);
  const [first] = await localDimension(points, tf.tensor2d([[0, 1], [2, 0]]), 2).data();
  assertAlmostEquals(first!, 2 / Math.LN2, 1e-4); // distances 1 and 2
  assertThrows(() => localDimension(points, near, 31), RangeError, "Cannot use k of localDimension 31");
});

Deno.test("localDimension() has the gradient of its value", async () => {
  const near = normal<tf.Rank.R2>([20, 3], 0, 1, 1); // and others so far away that it stays these
  const others = near.concat(normal<tf.Rank.R2>([20, 3], 9, 1, 2)) as tf.Tensor2D,
    x = tf.tensor2d([[0.1, 0.2, -0.3]]);
  const f = (x: tf.Tensor2D) => localDimension(x, others, 20).sum() as tf.Scalar;
  const slope = await gradientAt(f, x).data(), h = 1e-2;
  for (let j = 0; j < 3; j++) {
    const move = tf.oneHot(tf.tensor1d([j], "int32"), 3).cast("float32").mul(h) as tf.Tensor2D;
    const [[above], [below]] = [await f(x.add(move)).data(), await f(x.sub(move)).data()];
    assertAlmostEquals(slope[j]!, (above! - below!) / (2 * h), 0.02 * Math.abs(slope[j]!) + 0.01);
  }
});

Deno.test("logisticRegression() finds the minimum of the cross-entropy with its penalty", () => {
  const points = [[0, 1], [1, 5], [2, 0], [3, 3], [4, 2], [5, 9]],
    kinds = [false, false, true, false, true, true];
  const { mean, deviation, weights, bias } = logisticRegression(points, kinds);
  assertAlmostEquals(mean[0]!, 2.5);
  assertAlmostEquals(deviation[0]!, Math.sqrt(35 / 12));
  const loss = (weights: readonly number[], bias: number) =>
    points.reduce((sum, point, n) => {
      const z = point.reduce((sum, x, j) => sum + (x - mean[j]!) / deviation[j]! * weights[j]!, bias);
      return sum + Math.log(1 + Math.exp(kinds[n] ? -z : z));
    }, 3e-3 * weights.reduce((sum, weight) => sum + weight ** 2, 0));
  const least = loss(weights, bias);
  for (const move of [-0.01, 0.01]) {
    assertLess(least, loss([weights[0]! + move, weights[1]!], bias));
    assertLess(least, loss([weights[0]!, weights[1]! + move], bias));
    assertLess(least, loss(weights, bias + move));
  }
});

Deno.test("thresholdFor() lets the promised share of values through", () => {
  const values = Array.from({ length: 99 }, (_, i) => 99 - i);
  assertEquals([0.05, 0.5, 0.01].map((share) => thresholdFor(values, share)), [95, 50, 99]);
});

Deno.test("partsOf() gives no training image two purposes", () => {
  const { reference, learned, heldOut } = partsOf(1000, 300, 1);
  assertEquals([reference.length, learned.length, heldOut.length], [100, 300, 300]);
  assertEquals(new Set([...reference, ...learned, ...heldOut]).size, 700);
  assertEquals(partsOf(400, 300, 1).learned.length, 150);
  assertThrows(() => partsOf(150, 300, 1), RangeError, "at least 200");
});

const quick = { profile: profiles.quick, dataset: "street-digits", seed: 1 };
const images = 300, falsePositives = 0.1, row = localDimensionDetector({ images, falsePositives });

/** Runs with the detector of the shipped classifier. */
const withDetector = (run: (defense: Deployment) => Promise<void>) =>
  withFolder(async (folder) => {
    const before = tf.memory().numTensors;
    const defense = await deploy(row, quick, { training: { folder } });
    try {
      await run(defense);
    } finally {
      defense.dispose();
    }
    assertEquals(tf.memory().numTensors, before);
  });

const shareOf = async ({ victim }: Deployment, images: Images) => {
  const refused = tf.tidy(() => victim.rejects!(images).mean()), [share] = await refused.data();
  refused.dispose();
  return share!;
};

Deno.test("the LID detector refuses as many clean images as it promises, and more of those that FGS attacks", () =>
  withDetector(async (defense) => {
    const all = await streetDigits("train"), { reference, learned, heldOut } = partsOf(all.size, images, 1);
    const used = new Set([...reference, ...learned, ...heldOut]);
    const others = Array.from({ length: all.size }, (_, i) => i).filter((i) => !used.has(i)).slice(0, 500);
    const clean = all.batch(others), count = others.length;
    const refused = await shareOf(defense, clean.images);
    // The threshold, of 300 images, has noise of its own: what it promises is in the intervals of both.
    const [low, high] = interval(refused * count, count),
      [least, most] = interval(falsePositives * images, images);
    assert(low < most && least < high, `${refused}`);

    const attacked = fgs(await defense.surrogate("oblivious"), clean, { ball: linf(8 / 255) });
    assertLess(1.5 * refused, await shareOf(defense, attacked));
    tf.dispose([clean.images, clean.labels, attacked]);
  }));

Deno.test("an image's LID does not depend on who else is in the batch", () =>
  withDetector(async ({ victim }) => {
    const { images, labels } = (await streetDigits("test", { size: 6 })).all();
    const apart = tf.tidy(() => {
      const alone = victim.score!(images.slice([2, 0, 0, 0], [1, -1, -1, -1]) as Images);
      return victim.score!(images).slice([2], [1]).sub(alone).abs();
    });
    assertLess((await apart.data())[0]!, 1e-3);
    tf.dispose([images, labels, apart]);
  }));

Deno.test("an attacker who knows of the LID detector is no weaker than one who does not", () =>
  withDetector(async (defense) => {
    const batch = (await streetDigits("test", { size: 60 })).all(),
      held: tf.Tensor[] = Object.values(batch).filter((
        value,
      ) => value instanceof tf.Tensor);
    const attack = { ball: linf(0.031), stepSize: 2 / 255, steps: 8, seed: 1 };
    const standing = async (threat: string) => {
      const attacked = pgd(await defense.surrogate(threat), batch, attack);
      held.push(attacked);
      const { stands, refused } = await judge(defense.victim, batch, { images: attacked });
      return { left: stands.filter(Boolean).length, refused: refused!.filter(Boolean).length };
    };
    const printed = await standing("straight-through"), adaptive = await standing("detector too");
    assert(adaptive.left <= printed.left, `${adaptive.left} and ${printed.left}`);
    assertLess(adaptive.refused, printed.refused);
    tf.dispose(held);
  }));
