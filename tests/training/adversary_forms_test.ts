/** What an adversary may be told beyond its attack: drawn ε, aims, and what is made of clean and attacked images. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { bim, fgs, linf, pgd } from "@gcln/kit/attacks";
import { crossEntropy, divergence, logitDistance } from "@gcln/kit/losses";
import {
  type Batch,
  type Classifier,
  fold,
  type Images,
  type Labels,
  type Logits,
  type Parameters,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import {
  type Adversary,
  type AttackSource,
  type ClassifierSpec,
  constant,
  fitClassifier,
  type FitClassifierOptions,
  idOf,
  sampler,
  withNeeded,
} from "@gcln/kit/training";
import { drawEpsilons, stepsWithin } from "../../lib/training/drawn_epsilon.ts";
import { gratings, reader } from "./_gratings.ts";

await useBackend();
const data = gratings(1000, 1), ball = linf(24 / 255), stepSize = 8 / 255;
const climb = { attack: "pgd", ball, stepSize, steps: 3 } as const;
const one = { images: 32, batch: 32, seed: 3, schedule: constant(0.05) } satisfies FitClassifierOptions;
const free = (...trees: Parameters[]) => tf.dispose(trees.flatMap((tree) => Object.values(tree)));

/** The first step's batch, and the network before it. */
function before(): { batch: Batch; first: Parameters; surrogate: Classifier } {
  const first = reader.init(fold(3, "init")), batch = data.batch(sampler(data.size, 32, 3)(0));
  return { batch, first, surrogate: (x) => reader.apply(first, x) };
}

const seed = fold(fold(3, "adversary", 0), "start");
const half = ({ images, labels, ids }: Batch, i: 0 | 1): Batch => ({
  images: images.slice([16 * i, 0, 0, 0], [16, -1, -1, -1]),
  labels: labels.slice(16 * i, 16),
  ...(ids ? { ids: ids.slice(16 * i, 16 * i + 16) } : {}),
});
/** The logits of one pass over images in training, part by part. */
function together(first: Parameters, ...parts: Images[]): Logits[] {
  const all = reader.apply(first, tf.concat(parts), { mode: "training" });
  return tf.split(all, parts.length) as Logits[];
}
const lossOf = (logits: Logits, labels: Labels) => crossEntropy(logits, labels).mean() as tf.Scalar;

/** The loss that the first step has to have, and has. */
async function assertFirstLoss(
  options: Partial<FitClassifierOptions> & { adversary: Adversary },
  expected: (given: ReturnType<typeof before>) => tf.Scalar,
): Promise<void> {
  const held = tf.memory().numTensors;
  const { history, parameters } = await fitClassifier(reader, data, { ...one, ...options });
  const given = before(), loss = tf.tidy(() => expected(given)), [value] = await loss.data();
  assertAlmostEquals(history[0]!.loss!, value!, 2e-3 * value!);
  free(parameters, given.first);
  tf.dispose([given.batch.images, given.batch.labels, loss]);
  assertEquals(tf.memory().numTensors, held);
}

Deno.test("Clean and attacked images may pass together, under the same batch norms", () =>
  assertFirstLoss(
    { adversary: { attack: climb, clean: 0.3, mixing: "together" } },
    ({ batch, first, surrogate }) => {
      const [clean, hit] = together(first, batch.images, pgd(surrogate, batch, { ...options(climb), seed }));
      return lossOf(clean!, batch.labels).mul(0.3).add(lossOf(hit!, batch.labels).mul(0.7));
    },
  ));

Deno.test("Half a batch may be clean and the other half attacked, each with its own labels", () =>
  assertFirstLoss(
    { adversary: { attack: climb, clean: 1 / 1.3, mixing: "halves" } },
    ({ batch, first, surrogate }) => {
      const [one, other] = [half(batch, 0), half(batch, 1)];
      const [clean, hit] = together(first, one.images, pgd(surrogate, other, { ...options(climb), seed }));
      return lossOf(clean!, one.labels).mul(1 / 1.3).add(lossOf(hit!, other.labels).mul(0.3 / 1.3));
    },
  ));

for (const moves of ["both", "attacked"] as const) {
  Deno.test(`Logit pairing adds its weight times the mean squared difference of the logits (${moves} move)`, () =>
    assertFirstLoss(
      { adversary: { attack: climb, clean: 0.5, mixing: "together", pairing: { weight: 0.5, moves } } },
      ({ batch, first, surrogate }) => {
        const [clean, hit] = together(
          first,
          batch.images,
          pgd(surrogate, batch, { ...options(climb), seed }),
        );
        const losses = lossOf(clean!, batch.labels).add(lossOf(hit!, batch.labels)).mul(0.5);
        return losses.add(logitDistance(clean!, hit!).mul(0.5));
      },
    ));
}

Deno.test("A divergence is climbed by the attack, and added β times to the loss of clean images", () =>
  assertFirstLoss({ adversary: { attack: climb, divergence: 6 } }, ({ batch, first, surrogate }) => {
    const answers = surrogate(batch.images);
    const loss = (logits: Logits) => divergence(answers, logits);
    const attacked = pgd(surrogate, batch, { ...options(climb), loss, seed });
    const [clean, hit] = [batch.images, attacked].map((x) => reader.apply(first, x, { mode: "training" }));
    return lossOf(clean!, batch.labels).add(divergence(clean!, hit!).mean().mul(6));
  }));

Deno.test("An attack may aim at the class that is least likely for the clean image", () =>
  assertFirstLoss({ adversary: { attack: { attack: "fgs", ball }, towards: "least likely" } }, (given) => {
    const { batch, first, surrogate } = given, targets = surrogate(batch.images).argMin<Labels>(1);
    const attacked = fgs(surrogate, batch, { ball, targets });
    return lossOf(reader.apply(first, attacked, { mode: "training" }), batch.labels);
  }));

Deno.test("Each image may have an ε of its own, also of an attack of one step of size ε", () =>
  assertFirstLoss({
    adversary: { attack: { attack: "fgs", ball }, epsilon: { deviation: 0.1, for: "image" } },
  }, (given) => {
    const { batch, first, surrogate } = given;
    const epsilons = drawEpsilons({ deviation: 0.1, for: "image" }, ball.epsilon, 32, fold(seed, "epsilon"));
    assertEquals(new Set(epsilons).size, 32);
    const attacked = fgs(surrogate, batch, { ball: linf(epsilons) });
    return lossOf(reader.apply(first, attacked, { mode: "training" }), batch.labels);
  }));

Deno.test("A batch may have an ε of its own, and the steps that it asks for", () =>
  assertFirstLoss(
    {
      adversary: {
        attack: { attack: "bim", ball: linf(0.2), stepSize: 0.02, steps: 20 },
        epsilon: { deviation: 0.1, for: "batch" },
      },
    },
    ({ batch, first, surrogate }) => {
      const drawn = { deviation: 0.1, for: "batch" } as const;
      const [epsilon] = drawEpsilons(drawn, 0.2, 32, fold(seed, "epsilon"));
      const steps = stepsWithin(epsilon!, 0.02);
      assert(steps > 1);
      const attacked = bim(surrogate, batch, { ball: linf(epsilon!), stepSize: 0.02, steps });
      return lossOf(reader.apply(first, attacked, { mode: "training" }), batch.labels);
    },
  ));

Deno.test("Half of the attacked images may come from another network, which stays as it is", async () => {
  const other = reader.init(77), kept = await other["fc.weight"]?.data() ?? [];
  const source: AttackSource = {
    network: reader,
    parameters: other,
    adversary: { attack: { attack: "fgs", ball } },
  };
  await assertFirstLoss({ adversary: { attack: { attack: "fgs", ball } }, sources: [source] }, (given) => {
    const { batch, first, surrogate } = given, [own, others] = [half(batch, 0), half(batch, 1)];
    const attacked = tf.concat([
      fgs(surrogate, own, { ball }),
      fgs((x) => reader.apply(other, x), others, { ball }),
    ]);
    return lossOf(reader.apply(first, attacked, { mode: "training" }), batch.labels);
  });
  assertEquals(await other["fc.weight"]?.data() ?? [], kept);
  free(other);
});

/** What pgd is told beside its seed. */
function options({ ball, stepSize, steps }: typeof climb) {
  return { ball, stepSize, steps };
}

Deno.test("Drawn ε are the sizes of normal numbers, none above the ball's", () => {
  const drawn = drawEpsilons({ deviation: 8 / 255, for: "image" }, 16 / 255, 20_000, 1).map((x) => 255 * x);
  assert(Math.min(...drawn) >= 0 && Math.max(...drawn) <= 16);
  const mean = drawn.reduce((sum, x) => sum + x) / drawn.length;
  // E |N(0, 8²)| within two deviations: 8 √(2 / π) (1 − e⁻²) / 0.9545
  assertAlmostEquals(mean, 5.783, 0.08);
  const below = drawn.filter((x) => x < 8).length / drawn.length;
  assertAlmostEquals(below, 0.6827 / 0.9545, 0.012);
});

Deno.test("Drawn ε are the same for a seed, and one for a batch where that is wanted", () => {
  const drawn = { deviation: 0.1, for: "batch" } as const;
  const [a, b] = [drawEpsilons(drawn, 1, 3, 5), drawEpsilons(drawn, 1, 3, 5)];
  assertEquals(a, b);
  assertEquals(new Set(a).size, 1);
  assert(drawEpsilons(drawn, 1, 3, 6)[0] !== a[0]);
});

Deno.test("stepsWithin() is Kurakin et al.'s ⌊min(ε + 4, 1.25 ε)⌋: 10 steps of 1 for ε = 8, 20 for 16, none for 0.7", () => {
  const steps = [0, 0.7, 1, 4, 8, 16, 20].map((epsilon) => stepsWithin(epsilon / 255, 1 / 255));
  assertEquals(steps, [0, 0, 1, 5, 10, 20, 24]);
});

Deno.test("An adversary of parts that do not fit each other is refused", async () => {
  for (
    const [wrong, message] of [
      [{ attack: climb, pairing: { weight: 0.5 } }, "logit pairing and no clean images"],
      [{ attack: climb, mixing: "halves" }, "mixing halves and no clean images"],
      [{ attack: climb, clean: 0.5, mixing: "halves", pairing: { weight: 1 } }, "logit pairing of halves"],
      [{ attack: climb, clean: 0.5, divergence: 6 }, "a divergence and clean"],
      [{ attack: climb, divergence: 6, towards: "least likely" }, "a divergence and towards"],
      [{ attack: climb, divergence: 0 }, "Cannot use divergence 0"],
      [{ attack: climb, epsilon: { deviation: 0, for: "image" } }, "Cannot use deviation 0"],
      [{ attack: climb, epsilon: { deviation: 1 } }, "without for"],
      [{ attack: climb, clean: 0.5, pairing: { weight: 1, moves: "clean" } }, 'Cannot use moves "clean"'],
    ] as const
  ) {
    const adversary = wrong as unknown as Adversary;
    await assertRejects(() => fitClassifier(reader, data, { ...one, adversary }), RangeError, message);
  }
});

Deno.test("A classifier may begin as another one, which is trained first", async () => {
  const target: ClassifierSpec = {
    kind: "classifier",
    network: { architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 2 },
    data: "street-digits",
    training: { examples: 100, images: 200, batch: 20, rate: 0.1, augment: {} },
    seed: 1,
  };
  const tuned: ClassifierSpec = { ...target, start: target };
  assertEquals(withNeeded(tuned), [target, tuned]);
  assert(await idOf(tuned) !== await idOf(target));
});

Deno.test("Training on pairs pulls the logits of attacked images to the clean ones", async () => {
  const apart = async (weight: number) => {
    const pairing = weight > 0 ? { pairing: { weight } } : {};
    const adversary: Adversary = { attack: climb, clean: 0.5, mixing: "together", ...pairing };
    const run = { ...one, images: 3000, adversary };
    const { parameters } = await fitClassifier(reader, data, run);
    const batch = gratings(200, 1, "test").all(), classify: Classifier = (x) => reader.apply(parameters, x);
    const difference = tf.tidy(() =>
      logitDistance(classify(batch.images), classify(pgd(classify, batch, { ...options(climb), seed: 1 })))
    );
    const [value] = await difference.data();
    free(parameters);
    return value!;
  };
  const [mixed, paired] = [await apart(0), await apart(2)];
  assertLess(paired, mixed / 2);
  assertGreater(mixed, 0);
});
