/** What holds for every attack. A new attack is one line of `attacks`. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type AnyBall,
  apgd,
  apgdTargeted,
  bim,
  bimAttack,
  carliniWagner,
  checkBatch,
  contains,
  deepFool,
  diverseInput,
  eot,
  fab,
  fabTargeted,
  featureAdversary,
  fgs,
  hopSkipJump,
  imagesOf,
  jsma,
  l1,
  l2,
  linf,
  momentum,
  noise,
  type Norm,
  pgd,
  pixelDefendProtocol,
  redrawn,
  run,
  spsa,
  square,
  strongest,
} from "@gcln/kit/attacks";
import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  normal,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { bent as classifier, scattered as batch } from "./_models.ts";

await useBackend();

type Run = (
  surrogate: Classifier,
  batch: Batch,
  ball: AnyBall,
  targets?: { targets: Labels },
) => Images | Promise<Images>;

interface Attack {
  /** The balls that it knows. */
  readonly norms: readonly Norm[];
  readonly run: Run;
  /** `"none"`: it has no use for targets. Default `"any"`. */
  readonly targets?: "any" | "none";
  /** `"unchanged"`: images for which it finds nothing come back as they were. */
  readonly failures?: "unchanged";
  /** `"matters"`: what it does to an image depends on the others, as it spends its budget where it pays. */
  readonly batch?: "matters";
  /** `"features"`: what it differentiates need not classify, and labels don't count. Default `"logits"`. */
  readonly surrogate?: "logits" | "features";
}

const all: readonly Norm[] = ["linf", "l2", "l1"], round: readonly Norm[] = ["linf", "l2"];
const failures = "unchanged";

/** A randomised defense. */
const noisy = (surrogate: Classifier) => (x: Images, seed: number) =>
  surrogate(x.mul(normal([1, 5, 4, 3], 1, 0.02, seed)));

const attacks: Readonly<Record<string, Attack>> = {
  "fgs": { norms: all, run: (surrogate, batch, ball, aim) => fgs(surrogate, batch, { ball, ...aim }) },
  "bim": {
    norms: all,
    run: (surrogate, batch, ball, aim) => bim(surrogate, batch, { ball, steps: 4, ...aim }),
  },
  "pgd": {
    norms: all,
    run: (surrogate, batch, ball, aim) => pgd(surrogate, batch, { ball, steps: 4, ...aim }),
  },
  "pgd on the margin": {
    norms: all,
    run: (surrogate, batch, ball, aim) => pgd(surrogate, batch, { ball, steps: 4, loss: "margin", ...aim }),
  },
  "pgd on the dlr": {
    norms: all,
    run: (surrogate, batch, ball, aim) => pgd(surrogate, batch, { ball, steps: 4, loss: "dlr", ...aim }),
  },
  "pgd with restarts": {
    norms: all,
    run: (surrogate, batch, ball, aim) => pgd(surrogate, batch, { ball, steps: 2, restarts: 3, ...aim }),
  },
  "pgd with a step size": {
    norms: all,
    run: (surrogate, batch, ball, aim) => pgd(surrogate, batch, { ball, steps: 4, stepSize: 9, ...aim }),
  },
  "pgd, on success": {
    norms: all,
    run: (surrogate, batch, ball, aim) =>
      pgd(surrogate, batch, { ball, steps: 4, stop: "on success", ...aim }),
  },
  "pgd on the expectation of a randomised defense": {
    norms: all,
    run: (surrogate, batch, ball, aim) =>
      pgd(eot(noisy(surrogate), { draws: 3 }), batch, { ball, steps: 4, ...aim }),
  },
  "bim on redrawn expectations": {
    norms: all,
    run: (surrogate, batch, ball, aim) =>
      run(
        redrawn(
          bimAttack({ ball, steps: 4, ...aim }),
          (_, seed) => eot(noisy(surrogate), { draws: 2, seed }),
        ),
        surrogate,
        batch,
      ),
  },
  "bim on diverse inputs": {
    norms: all,
    run: (surrogate, batch, ball, aim) =>
      run(
        redrawn(bimAttack({ ball, steps: 4, ...aim }), (x, seed) => diverseInput(x, { seed })),
        surrogate,
        batch,
      ),
  },
  "momentum": {
    norms: all,
    run: (surrogate, batch, ball, aim) => momentum(surrogate, batch, { ball, steps: 4, ...aim }),
  },
  "apgd": {
    norms: round,
    run: (surrogate, batch, ball, aim) => apgd(surrogate, batch, { ball, steps: 4, ...aim }),
  },
  "apgdTargeted": {
    norms: round,
    targets: "none",
    run: (surrogate, batch, ball) => apgdTargeted(surrogate, batch, { ball, steps: 3, targetCount: 2 }),
  },
  "noise": {
    norms: all,
    run: (surrogate, batch, ball, aim) => noise(surrogate, batch, { ball, draws: 3, ...aim }),
  },
  "spsa": {
    norms: all,
    run: (surrogate, batch, ball, aim) =>
      spsa(surrogate, batch, { ball, steps: 3, samples: 6, stepSize: 0.1, ...aim }),
  },
  "square": {
    norms: round,
    run: (surrogate, batch, ball, aim) => square(surrogate, batch, { ball, queries: 20, ...aim }),
  },
  "deepFool l2": {
    norms: all,
    failures,
    run: (surrogate, batch, ball, aim) => imagesOf(deepFool(surrogate, batch, { ball, steps: 8, ...aim })),
  },
  "deepFool linf": {
    norms: all,
    failures,
    run: (surrogate, batch, ball, aim) =>
      imagesOf(deepFool(surrogate, batch, { ball, norm: "linf", steps: 8, ...aim })),
  },
  "fab": {
    norms: all,
    failures,
    run: (surrogate, batch, ball, aim) =>
      imagesOf(fab(surrogate, batch, { ball, steps: 4, restarts: 2, ...aim })),
  },
  "fabTargeted": {
    norms: all,
    failures,
    targets: "none",
    run: (surrogate, batch, ball) =>
      imagesOf(fabTargeted(surrogate, batch, { ball, steps: 4, targetCount: 2, stop: "on success" })),
  },
  "hopSkipJump l2": {
    norms: all,
    failures,
    run: (victim, batch, ball, aim) =>
      imagesOf(hopSkipJump(victim, batch, { ball, queries: 200, draws: 9, ...aim })),
  },
  "hopSkipJump linf": {
    norms: all,
    failures,
    run: (victim, batch, ball, aim) =>
      imagesOf(hopSkipJump(victim, batch, { ball, norm: "linf", queries: 200, draws: 9, ...aim })),
  },
  "carliniWagner l2": {
    norms: all,
    failures,
    // Its early stop looks at the whole batch's loss.
    run: (surrogate, batch, ball, aim) =>
      carliniWagner(surrogate, batch, {
        ball,
        searches: 3,
        steps: 12,
        initialConstant: 1,
        ...aim,
      }),
  },
  "carliniWagner linf": {
    norms: ["linf"],
    failures,
    run: (surrogate, batch, ball, aim) =>
      carliniWagner(surrogate, batch, { norm: "linf", ball, steps: 8, ...aim }),
  },
  "carliniWagner linf, as PixelDefend": {
    norms: ["linf"],
    failures,
    run: (surrogate, batch, ball, aim) =>
      carliniWagner(surrogate, batch, { ...pixelDefendProtocol, ball, steps: 4, stepSize: 0.5, ...aim }),
  },
  "jsma": {
    norms: all,
    failures,
    run: (surrogate, batch, ball, aim) => imagesOf(jsma(surrogate, batch, { ball, ...aim })),
  },
  "jsma, maximal and darker": {
    norms: all,
    failures,
    run: (surrogate, batch, ball, aim) =>
      imagesOf(jsma(surrogate, batch, { ball, theta: -0.5, untargeted: "maximal", ...aim })),
  },
  "strongest": {
    norms: all,
    failures,
    batch: "matters",
    run: async (victim, batch, ball, aim) =>
      (await strongest(victim, batch, { ball, budget: 40, ...aim })).images,
  },
  "featureAdversary": {
    norms: all,
    targets: "none",
    surrogate: "features",
    run: (surrogate, batch, ball) => featureAdversary((x) => [surrogate(x)], batch, { ball, steps: 8 }),
  },
  "featureAdversary with guides": {
    norms: all,
    targets: "none",
    surrogate: "features",
    run: async (surrogate, batch, ball) => {
      const guides = batch.images.reverse<Images>(2);
      const attacked = featureAdversary((x) => [surrogate(x)], batch, { ball, guides, steps: 8 });
      guides.dispose();
      return await attacked;
    },
  },
};

const balls: readonly AnyBall[] = [
  linf(16 / 255),
  linf([0.1, 0, 0.02, 0.2, 0.1, 0.1]),
  l2(0.6),
  l2([0.5, 0, 0.1, 1, 2, 4]),
  l1(3),
  l1([3, 0, 0.1, 9, 1, 1]),
];
/** In which any attack fools one of the six images at least. */
const large: Readonly<Record<Norm, AnyBall>> = { linf: linf(0.4), l2: l2(4), l1: l1(20) };

const bytes = async (x: tf.Tensor) => new Uint32Array(new Float32Array(await x.data()).buffer);
const pick = <T extends tf.Tensor>(x: T, rows: readonly number[]): T =>
  x.gather(tf.tensor1d([...rows], "int32"));

for (const [name, attack] of Object.entries(attacks)) {
  const known = balls.filter(({ norm }) => attack.norms.includes(norm));
  const aims = (targets: Labels) => attack.targets === "none" ? [undefined] : [undefined, { targets }];
  const [some] = known as [AnyBall];

  Deno.test(`${name} stays in the ball and in [0, 1], with and without targets`, async () => {
    const given = batch(), targets = given.labels.add(1).mod(5).cast("int32") as Labels;
    for (const ball of known) {
      for (const aim of aims(targets)) {
        const attacked = await attack.run(classifier, given, ball, aim);
        assertEquals(attacked.shape, given.images.shape);
        assert(
          (await contains(ball, given.images, attacked)).every(Boolean),
          `${ball.norm} ${aim && "targeted"}`,
        );
      }
    }
  });

  Deno.test(`${name} fools a classifier in a large ball`, async () => {
    const given = batch();
    for (const norm of attack.norms) {
      const attacked = await attack.run(classifier, given, large[norm]);
      const right = (await classifier(attacked).argMax(1).equal(given.labels).sum().data())[0]!;
      assert(right < 6, `${right} of 6 are still right in an ${norm} ball`);
    }
  });

  Deno.test(`${name} leaves no tensor behind, and its input as it was`, async () => {
    const given = batch(), before = await bytes(given.images), labels = await bytes(given.labels);
    (await attack.run(classifier, given, some)).dispose(); // caches are filled by the first call
    const count = tf.memory().numTensors;
    (await attack.run(classifier, given, some)).dispose();
    assertEquals(tf.memory().numTensors, count);
    assertEquals(await bytes(given.images), before);
    assertEquals(await bytes(given.labels), labels);
    assert(!given.images.isDisposed && !given.labels.isDisposed);
  });

  Deno.test(`${name} is the same for a seed, and does nothing in a ball of radius 0`, async () => {
    const given = batch();
    const twice = [await attack.run(classifier, given, some), await attack.run(classifier, given, some)];
    assertEquals(await bytes(twice[0]!), await bytes(twice[1]!));
    for (const norm of attack.norms) {
      const attacked = await attack.run(classifier, given, { norm, epsilon: 0 });
      assertEquals(await bytes(attacked), await bytes(given.images), norm);
    }
  });

  const whatever = attack.batch === "matters" ? "in whatever order its batch is" : "in whatever batch it is";
  Deno.test(`${name} does the same to an image ${whatever}`, async () => {
    const given = { ...batch(), ids: [10, 11, 12, 13, 14, 15] };
    const rows = attack.batch === "matters" ? [4, 0, 3, 5, 1, 2] : [4, 0, 3];
    const part: Batch = {
      images: pick(given.images, rows),
      labels: pick(given.labels, rows),
      ids: rows.map((row) => given.ids[row]!),
    };
    const targets = given.labels.add(2).mod(5).cast("int32") as Labels;
    for (const { norm, epsilon } of known) {
      if (!Array.isArray(epsilon)) continue;
      const radii = rows.map((row) => (epsilon as number[])[row]!);
      for (const aim of aims(targets)) {
        const whole = await attack.run(classifier, given, { norm, epsilon }, aim);
        const alone = await attack.run(
          classifier,
          part,
          { norm, epsilon: radii },
          aim && { targets: pick(aim.targets, rows) },
        );
        const apart = (await pick(whole, rows).sub(alone).abs().max().data())[0]!;
        assert(apart < 1e-5, `${apart} apart in an ${norm} ball${aim ? " with targets" : ""}`);
      }
    }
  });

  if (attack.failures === "unchanged") {
    Deno.test(`${name} gives back as it was what it cannot win`, async () => {
      const given = { images: batch().images, labels: tf.zeros<tf.Rank.R1>([6], "int32") };
      const sure: Classifier = (x) => classifier(x).add([1e6, 0, 0, 0, 0]);
      const flat: Classifier = (x) => classifier(x).mul(0).add([1, 0, 0, 0, 0]);
      for (const surrogate of [sure, flat]) {
        for (const ball of known) {
          const attacked = await attack.run(surrogate, given, ball);
          assertEquals(await bytes(attacked), await bytes(given.images));
        }
      }
    });
  }

  if (attack.surrogate !== "features") {
    Deno.test(`${name} says what is wrong with a surrogate or a batch`, async () => {
      const given = batch();
      const attempt = async (surrogate: Classifier, batch: Batch) => {
        await attack.run(surrogate, batch, some);
      };
      const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
      await assertRejects(() => attempt(flat, given), RangeError, "logits [6, classes]");
      const floats = { ...given, labels: given.labels.cast("float32") as Labels };
      await assertRejects(() => attempt(classifier, floats), TypeError, "int32");
      const fewer = { ...given, labels: given.labels.slice(0, 2) as Labels };
      await assertRejects(() => attempt(classifier, fewer), RangeError, "2 labels with 6 images");
      const single = { ...given, images: given.images.slice(0, 1).squeeze([0]) as unknown as Images };
      await assertRejects(() => attempt(classifier, single), TypeError, "[n, h, w, c]");
      const drawn = attack.run(classifier, given, some);
      if (drawn instanceof Promise) {
        await drawn;
        // Those that read back anyway look at the values as well; for the others there is checkBatch().
        const nan = { ...given, images: tf.where<Images>(given.images.less(0.1), NaN, given.images) };
        await assertRejects(() => attempt(classifier, nan), RangeError, "NaN");
        for (const [shift, range] of [[-9, "labels from -"], [5, "0 to 4 are wanted"]] as const) {
          const wrong = { ...given, labels: given.labels.add(shift).cast("int32") as Labels };
          await assertRejects(() => attempt(classifier, wrong), RangeError, range);
          if (attack.targets === "none") continue;
          const aim = { targets: wrong.labels };
          const aimed = async () => void await attack.run(classifier, given, some, aim);
          await assertRejects(aimed, RangeError, range.replace("labels", "targets"));
        }
      }
    });
  }
}

Deno.test("checkBatch() finds NaN, bytes, and labels and targets outside the classes", async () => {
  const given = batch();
  await checkBatch(given, { classes: 5 });
  await checkBatch(given, { surrogate: classifier, targets: given.labels });
  const wrong: [Batch, string][] = [
    [{ ...given, images: given.images.div(tf.zerosLike(given.images)) as Images }, "NaN"],
    [{ ...given, images: given.images.mul(255) }, "divide by 255"],
    [{ ...given, images: given.images.sub(0.5) as Images }, "[0, 1] is wanted"],
    [{ ...given, labels: given.labels.add(3).cast("int32") as Labels }, "0 to 4 are wanted"],
    [{ ...given, labels: given.labels.sub(5).cast("int32") as Labels }, "labels from"],
  ];
  for (const [batch, message] of wrong) {
    for (const options of [{ classes: 5 }, { surrogate: classifier }]) {
      const error = await assertRejects(() => checkBatch(batch, options), RangeError);
      assertStringIncludes((error as Error).message, message);
    }
  }
  const targets = given.labels.add(3).cast("int32") as Labels;
  await assertRejects(() => checkBatch(given, { classes: 5, targets }), RangeError, "with targets from");
  const fewer = targets.slice(0, 2) as Labels;
  await assertRejects(() => checkBatch(given, { targets: fewer }), RangeError, "2 targets with 6 images");
});
