import { assert, assertEquals } from "@std/assert";
import {
  type AnyBall,
  attackBy,
  type AttackSpec,
  autoAttack,
  carliniWagner,
  contains,
  deepFool,
  fab,
  jsma,
  l2,
  linf,
  lossGradient,
  runActiveBy,
} from "@gcln/kit/attacks";
import { dataset } from "@gcln/kit/data";
import { claim, flags, measure, robustness, securityCurve, stepCurve } from "@gcln/kit/evaluation";
import { judge } from "@gcln/kit/judge";
import {
  type Classifier,
  counted,
  frozen,
  type Images,
  type Logits,
  passes,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { gradientAndLead } from "../../lib/attacks/steps/gradient_and_lead.ts";
import { bent, scattered } from "./_models.ts";

await useBackend();

const sure = (x: Images): Logits => bent(x).mul(1000) as Logits;
const half = (x: Images): Logits => bent(x).mul(700) as Logits;
const soft = (x: Images): tf.Tensor => sure(x).softmax();
/** Victims that read each image as `sure` does, without a gradient of their own. */
const victims: Record<string, Classifier> = {
  "log(softmax)": (x) => soft(x).log() as Logits,
  "log(softmax), frozen": frozen((x) => soft(x).log() as Logits),
  "log(softmax + 1e-12)": (x) => soft(x).add(1e-12).log() as Logits,
  "log of a clipped softmax": (x) => soft(x).clipByValue(1e-7, 1).log() as Logits,
  "log of a clipped softmax, frozen": frozen((x) => soft(x).clipByValue(1e-7, 1).log() as Logits),
  "a softmax": (x) => soft(x) as Logits,
  "a softmax, frozen": frozen((x) => soft(x) as Logits),
  "log of a product of two": (x) => soft(x).mul(half(x).softmax()).log() as Logits,
  "log of a mean of two": (x) => tf.stack([soft(x), half(x).softmax()]).mean(0).log() as Logits,
  "log of sigmoids": (x) => {
    const z = sure(x);
    return z.sub(z.max(1, true)).sigmoid().log() as Logits;
  },
};
const { images } = scattered(), labels = sure(images).argMax<tf.Tensor1D>(1), batch = { images, labels };
const ball = linf(0.1), steps = { ball, stepSize: 0.025, steps: 8 };
const pixels = Uint8Array.from(await images.mul(255).round().data());
const rounded = tf.tensor4d(pixels, [6, 5, 4, 3], "float32").div<Images>(255);
const data = dataset({
  name: "six",
  split: "test",
  classes: ["a", "b", "c", "d", "e"],
  shape: [5, 4, 3],
  pixels,
  labels: Uint8Array.from(await sure(rounded).argMax(1).data()),
});

const left = async (victim: Classifier, attacked: Images, within: AnyBall = ball) => {
  const { stands } = await judge(victim, batch, {
    images: attacked,
    allowed: await contains(within, images, attacked),
  });
  return stands.filter(Boolean).length;
};

for (const [name, victim] of Object.entries(victims)) {
  Deno.test(`A sure victim is as weak as its logits: ${name}`, async () => {
    const specs: AttackSpec[] = [
      { attack: "fgs", ball },
      { attack: "pgd", ...steps },
      { attack: "pgd", ...steps, loss: "margin" },
      { attack: "bim", ...steps },
      { attack: "apgd", ball, steps: 8 },
      { attack: "apgd", ball, steps: 8, loss: "dlr" },
      { attack: "pgd", ball: l2(0.2), stepSize: 0.05, steps: 8 },
    ];
    for (const spec of specs) {
      const of = async (attacked: Classifier) =>
        await left(attacked, await attackBy(spec)(attacked, batch, { seed: 1 }), spec.ball);
      const found = await of(victim), right = await of(sure);
      assert(found <= right, `${JSON.stringify(spec)} leaves ${found} of ${name}, ${right} of its logits`);
    }
    const pgd = { attack: "pgd", ...steps, loss: "margin" } as const; // the cross-entropy is too flat there
    const robust = await robustness(victim, data, { pgd });
    assertEquals([robust.clean.accuracy, robust.robust.accuracy], [1, 0]);
    const small = { ...pgd, ball: linf(1e-4) }, standing = await robustness(victim, data, { pgd: small });
    assertEquals([standing.robust.accuracy, standing.gradients], [1, { zero: 0, notFinite: 0 }]);
    assertEquals(claim(standing, []).status, "stands");
    assertEquals((await measure(victim, data, { attack: pgd, seed: 1 })).correct, new Array(6).fill(false));
    assertEquals(
      (await stepCurve(victim, data, { attack: "bim", ...steps, loss: "margin" }, { steps: [0, 8] })).at(-1)!
        .accuracy,
      0,
    );
    assertEquals((await securityCurve(victim, data, pgd, { epsilons: [0, 0.1] })).at(-1)!.accuracy, 0);
    assertEquals(
      (await autoAttack(victim, batch, { ball, steps: 8, queries: 10 })).success,
      new Array(6).fill(true),
    );
  });
}

Deno.test("PGD by the cross-entropy leaves of a sure log(softmax) what it leaves of its logits", async () => {
  const pgd = { attack: "pgd", ...steps } as const, scaled = (x: Images) => bent(x).mul(4) as Logits;
  const right = await robustness(scaled, data, { pgd });
  assert(right.robust.accuracy < 1);
  for (const end of [(z: Logits) => z.softmax().log(), (z: Logits) => z.softmax().maximum(1e-30).log()]) {
    const victim: Classifier = (x) => end(scaled(x)) as Logits;
    for (const attacked of [victim, frozen(victim)]) {
      assertEquals((await robustness(attacked, data, { pgd })).takenBy, right.takenBy);
    }
  }
});

Deno.test("Minimal changes of a sure log(softmax) are those of logSoftmax, but for rounding", async () => {
  const victim = victims["log(softmax)"]!, truth: Classifier = (x) => sure(x).logSoftmax() as Logits;
  const size = async (attacked: Images) => {
    const lengths = await attacked.sub(images).square().sum([1, 2, 3]).sqrt().data();
    return Math.max(...lengths);
  };
  for (
    const attack of [
      async (to: Classifier) => (await deepFool(to, batch, { norm: "l2", steps: 20 })).images,
      async (to: Classifier) => (await fab(to, batch, { norm: "l2", steps: 10 })).images,
      (to: Classifier) => carliniWagner(to, batch, { norm: "l2", steps: 60, stepSize: 0.05 }),
      async (to: Classifier) => (await jsma(to, batch, { theta: 1 })).images,
    ]
  ) {
    const found = await attack(victim), right = await attack(truth);
    assertEquals(await left(victim, found, l2(10)), await left(truth, right, l2(10)));
    assert(await size(found) < 1.05 * await size(right) + 1e-6, `${await size(found)} ${await size(right)}`);
  }
});

Deno.test("An attack takes an image for fallen as the victim does, where all sums of logarithms are minus infinity", async () => {
  // The two are sure of other classes, so the first class is read, whatever the ranks of the sums would be.
  const pair: Classifier = (x) => soft(x).log().add(soft(x).reverse(1).log()) as Logits;
  const level = { images, labels: pair(images).argMax<tf.Tensor1D>(1) };
  for (const victim of [pair, frozen(pair)]) {
    for (const spec of [{ attack: "pgd", ...steps }, { attack: "apgd", ball, steps: 8 }] as const) {
      const { images: attacked, success } = await runActiveBy(spec, victim, level, { seed: 1, victim });
      const { stands } = await judge(pair, level, { images: attacked });
      assertEquals(success, stands.map((stands) => !stands));
    }
    const { gradient, loss, lead } = gradientAndLead(victim, images, {
      labels: level.labels,
      targets: undefined,
      loss: "margin",
      goal: "label",
    });
    assert((await lead.data()).every((value) => value <= 0), `${await lead.data()}`);

    assert((await loss.data()).some((margin) => margin > 0));
    gradient.dispose();
  }
});

Deno.test("No attack takes a pass more, whether the victim ends in log(softmax) or not", async () => {
  const run = attackBy({ attack: "pgd", ...steps });
  for (const victim of [sure, frozen(sure), victims["log(softmax)"]!, victims["log(softmax), frozen"]!]) {
    const before = passes();
    (await run(counted(victim), batch, { seed: 1, stop: "at the end" })).dispose();
    const after = passes();
    assertEquals([after.forward - before.forward, after.backward - before.backward], [6 * 8, 6 * 8]);
  }
});

Deno.test("flags() tells the victim's own gradient, and that attacks compute it by logarithms", async () => {
  const raised = await flags(victims["log(softmax)"]!, batch);
  const { severity, message } = raised.find(({ flag }) => flag === "gradients not finite")!;
  assertEquals(severity, "serious");
  assert(
    /logarithms/.test(message) && !/may miss the way\. *$/.test(message.split("Attacks of other")[0]!),
    message,
  );
  assert(
    raised.some(({ flag }) => flag === "probabilities") &&
      raised.some(({ flag }) => flag === "logits not finite"),
  );
  const clipped = await flags(victims["log of a clipped softmax"]!, batch);
  assert(clipped.some(({ flag }) => flag === "zero gradients"));
});

Deno.test("lossGradient() of a sure log(softmax) is that of its logits", async () => {
  const of = async (
    victim: Classifier,
  ) => [...await lossGradient(victim, images, { labels, loss: "margin" }).data()];
  const found = await of(victims["log(softmax)"]!),
    right = await of(sure),
    most = Math.max(...right.map(Math.abs));
  assert(found.every((slope, i) => Math.abs(slope - right[i]!) < 1e-4 * most));
});
