import { assert, assertEquals } from "@std/assert";
import {
  type AttackKind,
  autoAttack,
  carliniWagnerL2,
  carliniWagnerLinf,
  deepFool,
  fab,
  fabTargeted,
  hopSkipJump,
  jsma,
  linf,
  type MinimalResult,
  strongest,
} from "@gcln/kit/attacks";
import { isFallen, judge, leadOf } from "@gcln/kit/judge";
import { type Batch, type Classifier, type Labels, tf, useBackend } from "@gcln/kit/tensor";
import { bent, scattered } from "./_models.ts";
import { short } from "./_every.ts";

await useBackend();

/** Logits as people's networks have them: level, minus infinity, far from 0. */
const victims: Record<string, Classifier> = {
  "plain logits": bent,
  "level logits": (x) => bent(x).mul(0.5).round() as tf.Tensor2D,
  "nothing but level logits": (x) => bent(x).mul(0) as tf.Tensor2D,
  "a class of minus infinity": (x) =>
    tf.concat([bent(x).slice([0, 0], [-1, 4]), tf.fill([x.shape[0], 1], -Infinity)], 1),
  "all but one class of minus infinity": (x) => bent(x).mul(1000).softmax().log() as tf.Tensor2D,
  "logits far from 0": (x) => bent(x).add(1e6) as tf.Tensor2D,
};

const given = (shift: number): Batch => {
  const { images, labels } = scattered();
  return { images, labels: labels.add(shift).mod(5).cast("int32") as Labels };
};

const minimal: Record<string, (victim: Classifier, batch: Batch) => Promise<MinimalResult>> = {
  fab: (victim, batch) => fab(victim, batch, { steps: 5 }),
  "fab in a ball": (victim, batch) => fab(victim, batch, { steps: 5, ball: linf(0.1) }),
  fabTargeted: (victim, batch) => fabTargeted(victim, batch, { steps: 5, targetCount: 2 }),
  deepFool: (victim, batch) => deepFool(victim, batch, { steps: 10 }),
  jsma: (victim, batch) => jsma(victim, batch, {}),
  hopSkipJump: (victim, batch) => hopSkipJump(victim, batch, { queries: 300 }),
  carliniWagnerL2: (victim, batch) =>
    carliniWagnerL2(victim, batch, { searches: 3, steps: 30, initialConstant: 1 }),
  carliniWagnerLinf: (victim, batch) => carliniWagnerLinf(victim, batch, { steps: 20, ball: linf(0.2) }),
};

for (const [what, victim] of Object.entries(victims)) {
  Deno.test(`What attacks say they found the judge finds in their images: ${what}`, async () => {
    for (const shift of [0, 1]) {
      const batch = given(shift);
      for (const [name, attack] of Object.entries(minimal)) {
        const { images, success, distance } = await attack(victim, batch);
        const { stands } = await judge(victim, batch, { images });
        const said = Array.from(await success.data(), Boolean);
        assertEquals(said, stands.map((stands) => !stands), `${name}, labels + ${shift}`);
        const far = await distance.data();
        said.forEach((fallen, i) => assertEquals(far[i] === Infinity, !fallen, `${name}: ${far}`));
      }
      const ball = linf(0.1);
      const both = { ...short({ name: "", settings: { steps: 0, queries: 0 } } as unknown as AttackKind) };
      for (
        const { images, success } of [
          await autoAttack(victim, batch, { ball, ...both }),
          await autoAttack(victim, batch, { ball, ...both, version: "plus", restarts: 1 }),
          await strongest(victim, batch, { ball, budget: 60 }),
        ]
      ) {
        const { stands } = await judge(victim, batch, { images });
        assertEquals([...success], stands.map((stands) => !stands));
      }
    }
  });

  Deno.test(`leadOf() is above 0 exactly where the judge says that an image has fallen: ${what}`, async () => {
    for (const shift of [0, 1]) {
      const { images, labels } = given(shift), targets = given(2).labels;
      for (const aim of [undefined, targets]) {
        const fallen = await isFallen(victim(images), labels, aim).data();
        const over = await leadOf(victim, images, labels, aim).greater(0).data();
        assertEquals(over, fallen);
      }
    }
  });
}

Deno.test("An image that is misclassified as it is counts as found at distance 0", async () => {
  const batch = given(1);
  for (const name of ["fab", "deepFool", "jsma", "hopSkipJump"]) {
    const { distance, success } = await minimal[name]!(bent, batch);
    assertEquals([...await success.data()], Array(6).fill(1), name);
    assert([...await distance.data()].every((far) => far < 1e-6), name);
  }
});
