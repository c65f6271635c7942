/** Defenses that are a classifier, trained otherwise: what each trains on, and that it trains and can be attacked. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { type AttackSpec, linf, lossGradient } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import {
  adversarialBim,
  adversarialNetwork,
  cascade,
  classifierSpec,
  type DefenseRow,
  deploy,
  distillation,
  fastAdversarialTraining,
  labelSmoothing,
  logitPairing,
  mixedPgd,
  type Profile,
  specsOf,
  trades,
} from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { type Classifier, type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
import { type ClassifierSpec, trained } from "@gcln/kit/training";
import { withFolder } from "../experiments/_untrained.ts";

await useBackend();
const { quick, course, paper } = profiles;
const ball = linf(8 / 255);

/** The network that stands, as data. */
function specOf(row: DefenseRow, profile: Profile, dataset = "street-digits"): ClassifierSpec {
  return specsOf(row, { profile, dataset, seed: 1 }).at(-1) as ClassifierSpec;
}
const adversaryOf = (row: DefenseRow, profile = quick) => specOf(row, profile).training.adversary!;

Deno.test("Label smoothing trains on labels of 0.9, with no adversary", () => {
  const target = classifierSpec(quick, "street-digits", 1);
  const { images, rate } = specOf(mixedPgd(), quick).training;
  assertEquals(specOf(labelSmoothing(), quick), {
    ...target,
    training: { ...target.training, images, rate, smoothing: 0.1 },
    start: target,
  });
  assertEquals(specOf(labelSmoothing({ smoothing: 0.3 }), quick).training.smoothing, 0.3);
});

Deno.test("Adversarial BIM is PixelDefend's: halves of 2/1.3 and 0.6/1.3, steps of 1/255, ε of |N(0, 8²)| cut at 16", () => {
  const { attack, epsilon, mixing, clean } = adversaryOf(adversarialBim());
  assertEquals(attack, { attack: "bim", ball: linf(16 / 255), stepSize: 1 / 255, steps: 20 });
  assertEquals([epsilon, mixing], [{ deviation: 8 / 255, for: "batch" }, "halves"]);
  // PixelDefend weighs each image of a half and takes the mean over the batch.
  assertAlmostEquals(clean!, 2 / 1.3 / 2, 1e-12);
  assertAlmostEquals(1 - clean!, 0.6 / 1.3 / 2, 1e-12);
});

Deno.test("M-PGD and ALP train on both forms of each image in one pass, ALP with half the pairing", () => {
  const mixed = adversaryOf(mixedPgd());
  assertEquals(mixed, {
    attack: { attack: "pgd", ball, stepSize: 3 / 255, steps: 5, start: "random" },
    mixing: "together",
    clean: 0.5,
  });
  assertEquals(adversaryOf(logitPairing()), { ...mixed, pairing: { weight: 0.5 } });
  assertEquals(adversaryOf(logitPairing({ weight: 2 })).pairing, { weight: 2 });
});

Deno.test("Cascade adversarial training is two networks of one step towards the least likely class, and the second's source", () => {
  const specs = specsOf(cascade(), { profile: quick, dataset: "street-digits", seed: 1 });
  assertEquals(specs.map(({ kind }) => kind), ["classifier", "classifier", "cascade"]);
  const [target, first, second] = specs as readonly (ClassifierSpec & { readonly source?: unknown })[];
  const { pairing, clean, ...adversary } = first!.training.adversary!;
  assertEquals(adversary, {
    attack: { attack: "fgs", ball: linf(16 / 255) },
    towards: "least likely",
    epsilon: { deviation: 8 / 255, for: "image" },
    mixing: "together",
  });
  assertAlmostEquals(clean!, 1 / 1.3, 1e-12);
  // 1e-4 Σ over 64 images and 10 classes is 0.064 times the mean.
  assertAlmostEquals(pairing!.weight, 0.064, 1e-12);
  assertEquals([pairing!.moves, first!.training.batch], ["attacked", 64]);
  assertEquals(second!.training, first!.training);
  assertEquals(second!.source, {
    attack: { attack: "bim", ball: linf(16 / 255), stepSize: 1 / 255, steps: 20 },
    epsilon: { deviation: 8 / 255, for: "batch" },
  });
  assertEquals([first!.start, second!.start], [target, target]);
  assertEquals(first!.training.rate, 0.01); // at 0.05 the pivot loss of the target's large logits tears it to chance
  assert(second!.seed !== first!.seed);
});

Deno.test("TRADES climbs and lowers the divergence, with β = 6", () => {
  const { attack, divergence, clean } = adversaryOf(trades());
  assertEquals([divergence, clean, attack.ball], [6, undefined, ball]);
  assertEquals(adversaryOf(trades({ beta: 1 })).divergence, 1);
});

Deno.test("Fast adversarial training is one step of 10/255 from a random start, within 8/255", () => {
  assertEquals(adversaryOf(fastAdversarialTraining()), {
    attack: { attack: "pgd", ball, stepSize: 10 / 255, steps: 1, start: "random" },
  });
});

Deno.test("Hardened classifiers begin as the target, and in profile paper as nothing; CIFAR-10 has more images", () => {
  const target = classifierSpec(course, "cifar10", 1), tuned = specOf(mixedPgd(), course, "cifar10");
  assertEquals([tuned.start, tuned.training.images, tuned.training.rate], [target, 240_000, 0.05]);
  const whole = specOf(mixedPgd(), paper, "cifar10");
  assertEquals([whole.start, whole.training.images, whole.training.rate], [undefined, 10_000_000, 0.1]);
  const { hardening: _, ...silent } = quick;
  assertEquals(specOf(mixedPgd(), silent).training.images, quick.adversary.images);
});

Deno.test("The adversarial network's noise is within 8/255, its generator as wide as the target", () => {
  const spec = specOf(adversarialNetwork(), paper, "cifar10") as unknown as {
    readonly training: { readonly [name: string]: unknown };
    readonly generator: unknown;
  };
  const { ball: noise, generatorSteps, penalty, batch } = spec.training;
  assertEquals([noise, generatorSteps, penalty, batch], [ball, 5, 0.01, 64]); // as in the authors' code
  assertEquals(spec.generator, { architecture: "noise-generator", width: 64, channels: 3 });
});

/** A few steps of training. All but the distilled student begin as the shipped target, which reads. */
const short: Profile = { ...quick, name: "short", hardening: { images: 512, from: "the target" } };
const rows: Readonly<Record<string, DefenseRow>> = {
  "label smoothing": labelSmoothing(),
  "adversarial bim": adversarialBim(),
  "mixed pgd": mixedPgd(),
  "logit pairing": logitPairing(),
  "cascade": cascade(),
  "trades": trades(),
  "fast adversarial training": fastAdversarialTraining(),
  "adversarial network": adversarialNetwork(),
  "distillation": distillation(),
};

for (const [name, row] of Object.entries(rows)) {
  Deno.test(`${name} trains, reads, and falls no less to the adaptive attack than to a printed step`, () =>
    withFolder(async (folder) => {
      const data = await streetDigits("test", { size: 40 }), training = { folder: `${folder}/trained` };
      const defense = await deploy(row, { profile: short, dataset: "street-digits", seed: 1 }, { training });
      const under = async (threat: string, attack?: AttackSpec) => {
        const surrogate = await defense.surrogate(threat);
        const { correct } = await measure(defense.victim, data, {
          surrogate,
          seed: 1,
          ...(attack ? { attack } : {}),
        });
        return correct.filter(Boolean).length / 40;
      };
      if (name !== "distillation") assertGreater(await under("white-box"), 0.3);
      const printed = await under("white-box", { attack: "fgs", ball });
      const adaptive = await under("adaptive", { attack: "pgd", ball, stepSize: 1 / 255, steps: 20 });
      assertLessOrEqual(adaptive, printed);
      defense.dispose();
    }));
}

Deno.test("Logits a hundred times too large have no exact gradient, and the adaptive attacker of distillation divides by that", async () => {
  const circumstances = { profile: quick, dataset: "street-digits", seed: 1 };
  const { images, labels } = (await streetDigits("test", { size: 64 })).all();
  const target = await trained(classifierSpec(quick, "street-digits", 1));
  const zeros = async (temperature: number, threat: "white-box" | "adaptive") => {
    const hot = (images: Images) => target(images).mul<Logits>(temperature);
    const stand = await distillation.stand({ classifier: hot }, distillation({ temperature }), circumstances);
    const surrogate = threat === "adaptive" ? stand.surrogates![threat] as Classifier : stand.victim;
    const still = tf.tidy(() =>
      lossGradient(surrogate, images, { labels }).abs().max([1, 2, 3]).equal(0).cast("float32").mean()
    );
    return (await still.data())[0]!;
  };
  assertGreater(await zeros(100, "white-box"), 0.5);
  assertEquals(await zeros(100, "adaptive"), 0);
  assertEquals(await zeros(1, "white-box"), 0);
  target.dispose();
});
