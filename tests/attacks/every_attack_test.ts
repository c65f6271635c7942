/** What holds for every attack. A new attack is one line of `attacks`. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type AnyBall,
  apgd,
  bim,
  carliniWagner,
  checkBatch,
  contains,
  fgs,
  l1,
  l2,
  linf,
  momentum,
  noise,
  pgd,
  pixelDefendProtocol,
} from "@gcln/kit/attacks";
import { type Batch, type Classifier, type Images, type Labels, tf, useBackend } from "@gcln/kit/tensor";
import { bent as classifier, scattered as batch } from "./_bent.ts";

await useBackend();

type Attack = (
  surrogate: Classifier,
  batch: Batch,
  ball: AnyBall,
  targets?: { targets: Labels },
) => Images | Promise<Images>;

const attacks: Readonly<Record<string, Attack>> = {
  "fgs": (surrogate, batch, ball, aim) => fgs(surrogate, batch, { ball, ...aim }),
  "bim": (surrogate, batch, ball, aim) => bim(surrogate, batch, { ball, steps: 4, ...aim }),
  "pgd": (surrogate, batch, ball, aim) => pgd(surrogate, batch, { ball, steps: 4, ...aim }),
  "pgd on the margin": (surrogate, batch, ball, aim) =>
    pgd(surrogate, batch, { ball, steps: 4, loss: "margin", ...aim }),
  "pgd on the dlr": (surrogate, batch, ball, aim) =>
    pgd(surrogate, batch, { ball, steps: 4, loss: "dlr", ...aim }),
  "pgd with restarts": (surrogate, batch, ball, aim) =>
    pgd(surrogate, batch, { ball, steps: 2, restarts: 3, ...aim }),
  "pgd with a step size": (surrogate, batch, ball, aim) =>
    pgd(surrogate, batch, { ball, steps: 4, stepSize: 9, ...aim }),
  "apgd linf": (surrogate, batch, ball, aim) =>
    apgd(surrogate, batch, { ball: { ...ball, norm: "linf" }, steps: 4, ...aim }),
  "momentum": (surrogate, batch, ball, aim) => momentum(surrogate, batch, { ball, steps: 4, ...aim }),
  "noise": (surrogate, batch, ball, aim) => noise(surrogate, batch, { ball, draws: 3, ...aim }),
  "carliniWagner l2": (surrogate, batch, ball, aim) =>
    carliniWagner(surrogate, batch, { ball, searches: 3, steps: 12, initialConstant: 1, ...aim }),
  "carliniWagner linf": (surrogate, batch, ball, aim) =>
    carliniWagner(surrogate, batch, { norm: "linf", ball: { ...ball, norm: "linf" }, steps: 8, ...aim }),
  "carliniWagner linf, as PixelDefend": (surrogate, batch, ball, aim) =>
    carliniWagner(surrogate, batch, {
      ...pixelDefendProtocol,
      ball: { ...ball, norm: "linf" },
      steps: 4,
      stepSize: 0.5,
      ...aim,
    }),
};

const balls: readonly AnyBall[] = [linf(16 / 255), l2(0.6), l1(3), linf([0.1, 0, 0.02, 0.2, 0.1, 0.1])];

const bytes = async (x: tf.Tensor) => new Uint32Array(new Float32Array(await x.data()).buffer);

for (const [name, attack] of Object.entries(attacks)) {
  const inside = (ball: AnyBall): AnyBall => name.includes("linf") ? { ...ball, norm: "linf" } : ball;

  Deno.test(`${name} stays in the ball and in [0, 1], with and without targets`, async () => {
    const given = batch(), targets = given.labels.add(1).mod(5).cast("int32") as Labels;
    for (const ball of balls) {
      for (const aim of [undefined, { targets }]) {
        const attacked = await attack(classifier, given, ball, aim);
        assertEquals(attacked.shape, given.images.shape);
        assert(
          (await contains(inside(ball), given.images, attacked)).every(Boolean),
          `${ball.norm} ${aim && "targeted"}`,
        );
      }
    }
  });

  Deno.test(`${name} fools a classifier in a large ball`, async () => {
    const given = batch(), attacked = await attack(classifier, given, linf(0.4));
    const right = (await classifier(attacked).argMax(1).equal(given.labels).sum().data())[0]!;
    assert(right < 6, `${right} of 6 are still right`);
  });

  Deno.test(`${name} leaves no tensor behind, and its input as it was`, async () => {
    const given = batch(), before = await bytes(given.images);
    (await attack(classifier, given, linf(0.1))).dispose(); // caches are filled by the first call
    const count = tf.memory().numTensors;
    (await attack(classifier, given, linf(0.1))).dispose();
    assertEquals(tf.memory().numTensors, count);
    assertEquals(await bytes(given.images), before);
    assert(!given.images.isDisposed && !given.labels.isDisposed);
  });

  Deno.test(`${name} is the same for a seed, and does nothing in a ball of radius 0`, async () => {
    const given = batch();
    const twice = [await attack(classifier, given, l2(0.5)), await attack(classifier, given, l2(0.5))];
    assertEquals(await bytes(twice[0]!), await bytes(twice[1]!));
    assertEquals(await bytes(await attack(classifier, given, linf(0))), await bytes(given.images));
  });

  Deno.test(`${name} says what is wrong with a surrogate or a batch`, async () => {
    const given = batch(), ball = linf(0.1);
    const attempt = async (surrogate: Classifier, batch: Batch) => {
      await attack(surrogate, batch, ball);
    };
    const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
    await assertRejects(() => attempt(flat, given), RangeError, "logits [6, classes] are wanted");
    const floats = { ...given, labels: given.labels.cast("float32") as Labels };
    await assertRejects(() => attempt(classifier, floats), TypeError, "int32");
    const fewer = { ...given, labels: given.labels.slice(0, 2) as Labels };
    await assertRejects(() => attempt(classifier, fewer), RangeError, "2 labels with 6 images");
    const single = { ...given, images: given.images.slice(0, 1).squeeze([0]) as unknown as Images };
    await assertRejects(() => attempt(classifier, single), TypeError, "[n, h, w, c]");
  });
}

Deno.test("checkBatch() finds NaN, bytes, and labels outside the classes", async () => {
  const given = batch();
  await checkBatch(given, { classes: 5 });
  const wrong: [Batch, string][] = [
    [{ ...given, images: given.images.div(tf.zerosLike(given.images)) as Images }, "NaN"],
    [{ ...given, images: given.images.mul(255) }, "divide by 255"],
    [{ ...given, images: given.images.sub(0.5) as Images }, "[0, 1] is wanted"],
    [{ ...given, labels: given.labels.add(3).cast("int32") as Labels }, "0 to 4 are wanted"],
    [{ ...given, labels: given.labels.sub(5).cast("int32") as Labels }, "labels from"],
  ];
  for (const [batch, message] of wrong) {
    const error = await assertRejects(() => checkBatch(batch, { classes: 5 }), RangeError);
    assertStringIncludes((error as Error).message, message);
  }
});
