import { assert, assertEquals } from "@std/assert";
import {
  attackBy,
  type AttackSpec,
  contains,
  featureAdversary,
  finite,
  l1,
  l2,
  linf,
  lossGradient,
  strongest,
} from "@gcln/kit/attacks";
import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { attacksIn, short } from "./_every.ts";
import { bent, scattered } from "./_models.ts";

await useBackend();

const balls = { linf: linf(0.05), l2: l2(0.4), l1: l1(1.5) };

/** Values of a network, with a gradient that a change spoils. */
function spoilt(change: (gradient: Images, images: Images) => tf.Tensor): Classifier {
  return (images) => {
    const pass = tf.customGrad((x: tf.Tensor | tf.GradSaveFunc, save: unknown) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return {
        value: (x as tf.Tensor).clone(),
        gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => change(dy as Images, x as Images) as tf.Tensor,
      };
    });
    return bent(pass(images) as Images);
  };
}

const first = (x: Images): tf.Tensor => {
  const [n, ...shape] = x.shape, pixels = tf.util.sizeFromShape(shape);
  return tf.range(0, n * pixels).reshape(x.shape);
};
const spoilers: Record<string, (gradient: Images) => tf.Tensor> = {
  "NaN everywhere": (dy) => dy.mul(NaN),
  "NaN in one image only": (dy) => tf.where(first(dy).less(60), NaN, dy),
  "NaN in one pixel": (dy) => tf.where(first(dy).equal(0), NaN, dy),
  "infinity in one pixel of each image": (dy) => tf.where(first(dy).mod(60).equal(7), Infinity, dy),
  "minus infinity everywhere": (dy) => dy.mul(0).sub(Infinity),
  "1e30 everywhere, whose length overflows": (dy) => dy.sign().mul(1e30),
  "zero everywhere": (dy) => dy.mul(0),
};

for (const [what, spoiler] of Object.entries(spoilers)) {
  Deno.test(`No attack writes NaN into an image or leaves its ball where the gradient is ${what}`, async () => {
    const victim = spoilt(spoiler), batch = scattered();
    for (const ball of Object.values(balls)) {
      for (const attack of attacksIn(ball.norm)) {
        const spec = { attack: attack.name, ball, ...short(attack), norm: ball.norm };
        if (!("norm" in attack.settings) || ball.norm === "l1") delete (spec as { norm?: string }).norm;
        for (const stop of ["on success", "at the end"] as const) {
          const images = await attackBy(spec as unknown as AttackSpec)(victim, batch, { seed: 1, stop });
          const inside = await contains(ball, batch.images, images);
          assert(inside.every(Boolean), `${attack.name} in ${ball.norm}, ${stop}: ${inside}`);
          images.dispose();
        }
      }
    }
  });
}

Deno.test("An attack goes on with what is finite of a gradient", async () => {
  const batch = scattered();
  for (const [name, ball] of Object.entries(balls)) {
    for (const attack of ["pgd", "momentum", "apgd"] as const) {
      if (attack === "apgd" && name === "l1") continue;
      const spec = { attack, ball, steps: 6, ...(attack === "apgd" ? {} : { stepSize: ball.epsilon / 4 }) };
      const run = attackBy(spec as AttackSpec);
      const fooled = async (victim: Classifier) => {
        const images = await run(victim, batch, { seed: 2 });
        return (await bent(images).argMax(1).notEqual(batch.labels).sum().data())[0]!;
      };
      const whole = await fooled(bent), part = await fooled(spoilt(spoilers["NaN in one pixel"]!));
      assert(part >= whole - 1, `${attack} in ${name}: ${part} of ${whole}`);
    }
  }
});

Deno.test("featureAdversary() goes past NaN as well", async () => {
  const images = uniform<tf.Rank.R4>([2, 5, 4, 3], 0, 1, 1);
  const victim = spoilt(spoilers["NaN in one pixel"]!), ball = linf(0.1);
  const attacked = featureAdversary((x) => [victim(x)], { images }, { ball, steps: 5 });
  assert((await contains(ball, images, attacked)).every(Boolean));
});

Deno.test("finite() leaves numbers as they are, to the bit", async () => {
  const values = uniform<tf.Rank.R1>([1000], -1e20, 1e20, 1);
  assertEquals(await finite(values).data(), await values.data());
});

Deno.test("lossGradient() tells the gradient as it is", async () => {
  const { images, labels } = scattered();
  const gradient = lossGradient(spoilt(spoilers["NaN in one pixel"]!), images, { labels });
  assertEquals((await gradient.isNaN().sum().data())[0], 1);
});

Deno.test("A victim that returns NaN for some images has them attacked nowhere, and the others as ever", async () => {
  const batch = scattered(),
    odd: Classifier = (x) => {
      const rows = tf.range(0, x.shape[0]).equal(0).reshape([-1, 1]);
      return tf.where(rows, NaN, bent(x)) as tf.Tensor2D;
    };
  for (const attack of ["pgd", "apgd", "noise", "bim"]) {
    const kind = attacksIn("linf").find(({ name }) => name === attack)!;
    const spec = { attack, ball: balls.linf, ...short(kind) } as unknown as AttackSpec;
    const run = (victim: Classifier) => attackBy(spec)(victim, batch, { seed: 3 });
    const [a, b] = [await run(odd), await run(bent)].map((x) => x.slice([1]));
    assert((await contains(balls.linf, batch.images, await run(odd))).every(Boolean), attack);
    assertEquals(await a!.data(), await b!.data(), attack);
  }
});

Deno.test("strongest() looks for another way where the gradient is not finite", async () => {
  const { images } = scattered(), logits: Classifier = (x) => bent(x).mul(1000) as tf.Tensor2D;
  const sure: Classifier = (x) => logits(x).softmax().log() as tf.Tensor2D; // log 0 for all classes but one
  const batch: Batch = { images, labels: logits(images).argMax(1) as Labels }, ball = linf(0.06);
  const { success, record } = await strongest(sure, batch, { ball, budget: 600 });
  assertEquals(record.replacements["exact"], { zeroGradient: 1, notFinite: 1 });
  assertEquals(success, new Array(6).fill(true));
  assertEquals(record.brokenBy, new Array(6).fill("probabilities passed over: pgd, margin"));
});

Deno.test("strongest() keeps each kernel's slope finite where one is not", async () => {
  const dark: Classifier = (x) => bent(x.relu<Images>().sqrt<Images>()); // the slope of a root is infinite at 0
  const images = scattered().images, batch = { images, labels: dark(images).argMax<Labels>(1) };
  const { success, record } = await strongest(dark, batch, { ball: linf(0.1), budget: 300 });
  assert(
    record.replacements["exact"]!.notFinite! > 0 &&
      record.replacements["finite slopes"]!.notFinite === undefined,
  );
  assert(success.every(Boolean), `${record.brokenBy}`);
});
