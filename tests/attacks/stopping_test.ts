/** Every attack of the kit stops between two of its steps when its signal fires. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AnyBall, attackBy, attacks, type AttackSpec, linf } from "@gcln/kit/attacks";
import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  type Logits,
  tf,
  useBackend,
} from "@gcln/kit/tensor";

await useBackend();

const ball = linf(1 / 1000);

/** Settings with which an attack would go on for long. */
const long: Readonly<Record<string, object>> = {
  spsa: { steps: 400, samples: 2 },
  square: { queries: 2000 },
  hopSkipJump: { queries: 20_000, draws: 2000 },
  jsma: { theta: 1e-5, gamma: 1 },
  strongest: { budget: 20_000 },
  autoAttack: { version: "plus" },
};

const batch: Batch = {
  images: tf.fill([4, 5, 4, 3], 0.5) as Images,
  labels: tf.zeros([4], "int32") as Labels,
};

/** A classifier that sees class 0 everywhere, so that no attack ends early. At a call of it its signal fires. */
function stubborn(at: number): { classifier: Classifier; signal: AbortSignal; later(): number } {
  const abort = new AbortController();
  let calls = 0;
  return {
    classifier(images) {
      if (++calls === at) abort.abort();
      return images.square().mean([1, 2, 3]).expandDims(1).mul(tf.tensor1d([-1, 1, -0.5, -0.5]))
        .add(tf.tensor1d([100, 0, 0, 0])) as Logits;
    },
    signal: abort.signal,
    later: () => calls - at,
  };
}

for (const { name, title, oneStep, norms, classes } of attacks()) {
  if (oneStep || name === "noise") continue;
  Deno.test(`${title} stops between two of its steps when its signal fires`, async () => {
    const settings = {
      ball: ball as AnyBall,
      ...("steps" in settingsOf(name) ? { steps: 400 } : {}),
      ...long[name],
    };
    const spec = { attack: name, ...settings } as unknown as AttackSpec;
    const { classifier, signal, later } = stubborn(10), before = tf.memory().numTensors;
    await assertRejects(
      async () => await attackBy(spec)(classifier, batch, { seed: 1, signal }),
      DOMException,
      "abort",
    );
    assert(later() >= 0, "It has never been asked so often");
    assert(later() < 120, `It has asked ${later()} times more`);
    assertEquals(tf.memory().numTensors, before);
    assert(norms.includes("linf") && (classes ?? 2) <= 3);
  });
}

function settingsOf(name: string): object {
  return attacks().find((attack) => attack.name === name)!.settings;
}
