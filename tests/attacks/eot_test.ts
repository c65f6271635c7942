import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  bimAttack,
  contains,
  eot,
  eotLoss,
  l2,
  linf,
  lossGradient,
  pgd,
  type Randomised,
  redrawn,
  run,
} from "@gcln/kit/attacks";
import { type Batch, type Classifier, type Images, normal, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

const shape: [number, number, number, number] = [4, 3, 4, 1];
const weights = normal<tf.Rank.R2>([12, 3], 0, 1, 1);
/** Linear in the images, with other weights for each seed. */
const withSeed = (seed: number) => weights.add<tf.Tensor2D>(normal<tf.Rank.R2>([12, 3], 0, 2, seed));
const defense: Randomised = (x, seed) =>
  x.sub(0.5).reshape<tf.Tensor2D>([-1, 12]).matMul(withSeed(seed)) as tf.Tensor2D;
const batch: Batch = {
  images: uniform<tf.Rank.R4>(shape, 0.2, 0.8, 3),
  labels: tf.tensor1d([0, 1, 2, 0], "int32"),
};
const { images, labels } = batch;
const gap = async (a: tf.Tensor, b: tf.Tensor) => (await a.sub(b).abs().max().data())[0]!;
const mean = <T extends tf.Tensor>(tensors: T[]) => tf.stack(tensors).mean<T>(0);

/** The classifiers that eot() averages. */
function drawsOf(draws: number, seed = 0): Classifier[] {
  const seeds: number[] = [];
  eot((x, seed) => {
    seeds.push(seed);
    return defense(x, seed);
  }, { draws, seed })(images);
  return seeds.map((seed) => (x) => defense(x, seed));
}

Deno.test("eot() of a random linear model has the gradient of the mean model", async () => {
  const seeds: number[] = [];
  const classifier = eot((x, seed) => {
    seeds.push(seed);
    return defense(x, seed);
  }, { draws: 7, seed: 5 });
  const first = (logits: tf.Tensor2D) => logits.slice([0, 0], [-1, 1]).squeeze<tf.Tensor1D>([1]);
  const gradient = lossGradient(classifier, images, { labels, loss: first });
  const known = mean(seeds.slice(0, 7).map(withSeed)).slice([0, 0], [-1, 1]).reshape([1, 3, 4, 1]);
  assertEquals(new Set(seeds.slice(0, 7)).size, 7);
  assert(await gap(gradient, known.tile([4, 1, 1, 1])) < 1e-5);
});

Deno.test("More draws come nearer to the expectation, the inverse of their root", async () => {
  const first = (logits: tf.Tensor2D) => logits.slice([0, 0], [-1, 1]).squeeze<tf.Tensor1D>([1]);
  const expected = weights.slice([0, 0], [-1, 1]).reshape([1, 3, 4, 1]);
  const error = async (draws: number) => {
    const gradient = lossGradient(eot(defense, { draws }), images, { labels, loss: first });
    return Math.sqrt((await gradient.sub(expected).square().mean().data())[0]!);
  };
  assertAlmostEquals(await error(1), 2, 1);
  assertAlmostEquals(await error(100), 0.2, 0.1);
});

Deno.test("Averages are what their names say: of logits, of probabilities, of losses", async () => {
  const draws = drawsOf(5), one = { labels };
  const logits = lossGradient((x) => mean(draws.map((f) => f(x))), images, one);
  const probabilities = lossGradient((x) => mean(draws.map((f) => f(x).softmax())).log(), images, one);
  const losses = mean(draws.map((f) => lossGradient(f, images, one)));
  const surrogate = eot(defense, { draws: 5 });
  assert(await gap(lossGradient(surrogate, images, one), logits) < 1e-5);
  const likely = eot(defense, { draws: 5, average: "probabilities" });
  assert(await gap(lossGradient(likely, images, one), probabilities) < 1e-5);
  for (const classifier of [surrogate, likely]) {
    assert(await gap(lossGradient(classifier, images, { labels, loss: eotLoss() }), losses) < 1e-5);
  }
  assert(await gap(logits, losses) > 0.01 && await gap(probabilities, losses) > 0.01);
});

Deno.test("The mean of the losses takes targets, and losses of one's own", async () => {
  const draws = drawsOf(3),
    targets = tf.tensor1d([1, 2, 0, 1], "int32"),
    surrogate = eot(defense, { draws: 3 });
  for (const loss of ["margin", (z: tf.Tensor2D) => z.square().sum<tf.Tensor1D>(1)] as const) {
    const known = mean(draws.map((f) => lossGradient(f, images, { labels, targets, loss })));
    const gradient = lossGradient(surrogate, images, { labels, targets, loss: eotLoss(loss) });
    assert(await gap(gradient, known) < 1e-5);
  }
});

Deno.test("Probabilities are averaged where their logits are large", async () => {
  const sure: Randomised = (x, seed) => defense(x, seed).mul(1000);
  assert((await eot(sure, { average: "probabilities" })(images).data()).every(Number.isFinite));
  const gradient = lossGradient(eot(sure, { average: "probabilities" }), images, { labels });
  assert((await gradient.data()).every(Number.isFinite));
});

Deno.test("eot() of a defense that draws nothing is that classifier", async () => {
  const fixed: Classifier = (x) => defense(x, 1);
  for (const average of ["logits", "probabilities"] as const) {
    const averaged = eot(fixed, { draws: 3, average });
    const known = average === "logits" ? fixed(images) : fixed(images).logSoftmax();
    assert(await gap(averaged(images), known) < 1e-5);
    assert(
      await gap(lossGradient(averaged, images, { labels }), lossGradient(fixed, images, { labels })) < 1e-5,
    );
  }
});

Deno.test("eot() draws the same for a seed, at each call, and other numbers for another", async () => {
  const classifier = eot(defense, { draws: 2, seed: 1 });
  assertEquals(await classifier(images).data(), await classifier(images).data());
  assertEquals(await eot(defense, { draws: 2, seed: 1 })(images).data(), await classifier(images).data());
  assert(await gap(eot(defense, { draws: 2, seed: 2 })(images), classifier(images)) > 0.1);
});

Deno.test("redrawn() gives each step draws of its own, the same for a seed", async () => {
  const seen: number[] = [], attack = bimAttack({ ball: linf(0.1), steps: 3 });
  const noted: Randomised = (x, seed) => {
    seen.push(seed);
    return defense(x, seed);
  };
  const unused: Classifier = () => {
    throw new Error("not through the change");
  };
  const fresh = (seed: number) =>
    run(redrawn(attack, (_, seed) => eot(noted, { draws: 2, seed }), { seed }), unused, batch);
  const first = await fresh(1).data(), seeds = seen.splice(0);
  assertEquals(new Set(seeds).size, 6);
  assertEquals(await fresh(1).data(), first);
  assertEquals(seen.splice(0), seeds);
  fresh(2);
  assert(seen.every((seed) => !seeds.includes(seed)));
});

Deno.test("pgd() on eot() fools fresh draws more often than on a single one", async () => {
  const many: Batch = {
    images: uniform<tf.Rank.R4>([60, 3, 4, 1], 0.2, 0.8, 8),
    labels: tf.zeros([60], "int32"),
  };
  const ball = l2(0.6),
    accuracy = async (attacked: Images) => {
      const right = Array.from(
        { length: 20 },
        (_, i) => defense(attacked, 1000 + i).argMax(1).equal(many.labels),
      );
      return (await tf.stack(right).cast("float32").mean().data())[0]!;
    };
  const one = await accuracy(pgd(eot(defense, { draws: 1 }), many, { ball }));
  const loss = eotLoss("crossEntropy"), surrogate = eot(defense, { draws: 30 });
  const attacked = pgd(surrogate, many, { ball, loss });
  assert((await contains(ball, many.images, attacked)).every(Boolean));
  const thirty = await accuracy(attacked);
  assert(thirty < one - 0.05, `${one} ${thirty}`);
});

Deno.test("eot() leaves no tensor behind", () => {
  for (const loss of ["crossEntropy", eotLoss()] as const) {
    const surrogate = eot(defense, { draws: 2, average: "probabilities" });
    const once = () => pgd(surrogate, batch, { ball: linf(0.1), steps: 2, restarts: 2, loss }).dispose();
    once();
    const count = tf.memory().numTensors;
    once();
    assertEquals(tf.memory().numTensors, count);
  }
});

Deno.test("eot() says what is wrong", () => {
  assertThrows(() => eot(defense, { draws: 0 }), RangeError, "draws 0");
  const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Randomised;
  assertThrows(() => eot(flat)(images), RangeError, "logits [4, classes]");
  const changed: Classifier = (x) => eot(defense)(x).mul(2);
  assertThrows(() => lossGradient(changed, images, { labels, loss: eotLoss() }), TypeError, "unchanged");
  assertThrows(
    () => eot(defense, { average: "losses" as "logits" }),
    RangeError,
    '"logits" or "probabilities" is wanted',
  );
});
