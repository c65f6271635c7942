import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import {
  type AnyBall,
  contains,
  distance,
  l2,
  linf,
  lossGradient,
  pgd,
  spsa,
  spsaAttack,
} from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import {
  type Batch,
  type Classifier,
  frozen,
  type Images,
  type Labels,
  normal,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { bent as classifier, scattered as batch } from "./_models.ts";

await useBackend();

const few = { samples: 4, steps: 4, stepSize: 0.02 };
const bytes = async (x: tf.Tensor) => new Uint32Array(new Float32Array(await x.data()).buffer);

Deno.test("spsa() stays in the ball and in [0, 1], with and without targets", async () => {
  const given = batch(), targets = given.labels.add(1).mod(5).cast("int32") as Labels;
  const balls: AnyBall[] = [linf(16 / 255), l2(0.1), linf([0.1, 0, 0.02, 0.2, 0.1, 0.1])];
  for (const ball of balls) {
    for (const aim of [{}, { targets }]) {
      const attacked = spsa(classifier, given, { ball, ...few, ...aim });
      assert((await contains(ball, given.images, attacked)).every(Boolean), ball.norm);
    }
  }
  assertEquals(await bytes(spsa(classifier, given, { ball: linf(0), ...few })), await bytes(given.images));
});

Deno.test("spsa() is the same for a seed, another for another, and leaves no tensor behind", async () => {
  const given = batch(),
    ball = linf(0.1),
    attack = (seed: number) => spsa(classifier, given, { ball, ...few, seed });
  attack(1).dispose();
  const count = tf.memory().numTensors;
  attack(1).dispose();
  assertEquals(tf.memory().numTensors, count);
  assertEquals(await bytes(attack(1)), await bytes(attack(1)));
  assert(`${await bytes(attack(1))}` !== `${await bytes(attack(2))}`);
});

Deno.test("spsa() estimates the gradient: the mean of many samples points where it points", async () => {
  const given = batch(),
    gradient = lossGradient(classifier, given.images, { labels: given.labels, loss: "margin" });
  const attack = spsaAttack({ ball: linf(1), samples: 1500, probe: 1e-3 });
  const { mean } = attack.step(classifier, attack.start(given), 0); // Adam's: −0.1 of the estimate
  const estimate = mean!.div(-0.1) as Images;
  const along = await estimate.mul(gradient).sum([1, 2, 3]).data();
  const [ours, theirs] = await Promise.all(
    [estimate, gradient].map((x) => distance("l2", x as Images, tf.zerosLike(given.images)).data()),
  );
  // With s samples of d pixels the noise has d / s of the gradient's square: a cosine of 0.98 here.
  along.forEach((dot, i) => {
    assertGreater(dot / ours![i]! / theirs![i]!, 0.95);
    assertLess(Math.abs(ours![i]! / theirs![i]! - 1), 0.15);
  });
});

Deno.test("spsa() gets through a quantizer without a gradient, where pgd is stuck", async () => {
  const direction = normal<tf.Rank.R4>([1, 8, 8, 1], 0, 1, 5);
  const quantized: Classifier = (images) => {
    const along = images.mul(20).round().div(20).sub(0.5).mul(direction).sum([1, 2, 3]).sub(1);
    return tf.stack([along.neg(), along], 1) as tf.Tensor2D;
  };
  const given: Batch = { images: uniform([4, 8, 8, 1], 0.45, 0.55, 2), labels: tf.zeros([4], "int32") };
  const ball = linf(0.1);
  assertEquals(
    await bytes(pgd(quantized, given, { ball, start: "original", steps: 3 })),
    await bytes(given.images),
  );
  const attacked = spsa(quantized, given, { ball, samples: 32, steps: 30, probe: 0.03 });
  assert((await leadOf(quantized, attacked, given.labels).data()).every((margin) => margin > 0));
});

Deno.test("spsa() on a frozen classifier does what it does on the plain one", async () => {
  const given = batch(),
    marked = frozen(classifier),
    targets = given.labels.add(1).mod(5).cast("int32") as Labels;
  for (const aim of [{}, { targets }, { loss: "crossEntropy" as const }]) {
    const options = { ball: linf(0.1), ...few, ...aim };
    const apart = spsa(classifier, given, options).sub(spsa(marked, given, options)).abs().max();
    assertLess((await apart.data())[0]!, 1e-3);
  }
  marked.dispose();
});

Deno.test("spsa() says what is wrong with its arguments", async () => {
  const given = batch(), ball = linf(0.1);
  const attempt = async (options: object) => {
    await spsa(classifier, given, { ball, ...options });
  };
  await assertRejects(() => attempt({ samples: 0 }), RangeError, "samples 0");
  await assertRejects(() => attempt({ probe: 0 }), RangeError, "probe 0");
  await assertRejects(() => attempt({ steps: 1.5 }), RangeError, "steps 1.5");
});
