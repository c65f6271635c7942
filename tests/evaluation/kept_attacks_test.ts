import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { attackBy, type AttackSpec, l2, linf } from "@gcln/kit/attacks";
import { dataset } from "@gcln/kit/data";
import {
  type KeptAttacks,
  keptAttacks,
  measure,
  type MeasureOptions,
  securityCurve,
} from "@gcln/kit/evaluation";
import { everyAttack } from "@gcln/kit/experiments";
import {
  type Classifier,
  counted,
  frozen,
  type Images,
  type Passes,
  passes,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { isKept } from "../../lib/evaluation/_attacked_batch.ts";
import { bent, scattered as draw } from "../attacks/_models.ts";

await useBackend();

const scattered = draw(), size = scattered.images.shape[0];
const data = dataset({
  name: "scattered",
  split: "test",
  classes: Array.from({ length: 5 }, (_, i) => `${i}`),
  shape: scattered.images.shape.slice(1) as [number, number, number],
  pixels: Uint8Array.from(await scattered.images.data(), (value) => Math.round(255 * value)),
  labels: Uint8Array.from(await scattered.labels.data()),
});
const ball = linf(0.02), seed = 3, batch = 4;
const pgd = { attack: "pgd", ball, stepSize: 0.004, steps: 6 } as const;
const bim = { ...pgd, attack: "bim" } as const;

/** Another victim, which answers otherwise. */
const turned: Classifier = counted((images) => bent(images.reverse(2) as Images));

async function spentOn(work: () => Promise<unknown>): Promise<Passes> {
  const before = passes();
  await work();
  const after = passes();
  return { forward: after.forward - before.forward, backward: after.backward - before.backward };
}

/** What a measurement found, without the time. */
async function found(victim: Classifier, options: Omit<MeasureOptions, "seed" | "batch">) {
  const { seconds: _, ...rest } = await measure(victim, data, { seed, batch, ...options });
  return rest;
}

Deno.test("measure() makes an attack on a frozen surrogate once, whoever the victim is, and finds the same", async () => {
  const surrogate = frozen(bent), kept = keptAttacks();
  const attacks: AttackSpec[] = [pgd, { attack: "fgs", ball }, {
    attack: "carliniWagner",
    norm: "linf",
    ball,
    steps: 5,
  }];
  for (const attack of attacks) {
    const first = await found(surrogate, { attack, kept });
    const alone = await found(turned, { attack, surrogate });
    const spent = await spentOn(async () =>
      assertEquals(await found(turned, { attack, surrogate, kept }), alone)
    );
    assertEquals(spent, { forward: size, backward: 0 }); // scored, and nothing else
    assertEquals(alone.passes, first.passes);
    assertNotEquals(alone.correct, first.correct); // or else it may be the other's verdicts
  }
  surrogate.dispose();
});

Deno.test("measure() counts an attack that was kept with the time that it took", async () => {
  const surrogate = frozen(bent), held = keptAttacks();
  const slow: KeptAttacks = {
    ...held,
    keep: (of, key, work) => held.keep(of, key, { ...work, seconds: 1000 }),
  };
  await measure(bent, data, { attack: pgd, surrogate, seed, batch: size, kept: slow });
  const { seconds } = await measure(bent, data, { attack: pgd, surrogate, seed, batch: size, kept: slow });
  assert(seconds > 2000 && seconds < 3000, `${seconds} s`); // the attack, and the look at its gradients
  surrogate.dispose();
});

Deno.test("measure() looks at a surrogate's zero gradients once for all attacks on it", async () => {
  const surrogate = frozen(bent), kept = keptAttacks();
  await found(bent, { attack: { attack: "fgs", ball }, surrogate, kept });
  const spent = await spentOn(() => found(bent, { attack: bim, surrogate, kept }));
  assertEquals(spent.backward, bim.steps * size);
  surrogate.dispose();
});

Deno.test("measure() goes on with BIM and PGD where fewer steps have ended", async () => {
  for (const short of [bim, pgd, { ...pgd, ball: l2(0.3), stepSize: 0.05 }] as const) {
    const surrogate = frozen(bent), kept = keptAttacks(), long = { ...short, steps: 10 };
    const alone = await found(bent, { attack: long, surrogate });
    await found(bent, { attack: { ...short, steps: 2 }, surrogate, kept });
    await found(bent, { attack: short, surrogate, kept });
    const spent = await spentOn(async () =>
      assertEquals(await found(bent, { attack: long, surrogate, kept }), alone)
    );
    assertEquals(spent.backward, 4 * size);
    assertEquals(alone.passes!.backward, 10 * size);
    // What stops, restarts, or is another attack begins anew.
    for (
      const attack of [
        ...(long.attack === "pgd" ? [{ ...long, restarts: 2 }] : []),
        { ...long, stop: "on success" },
        { ...long, stepSize: short.stepSize / 2 },
        { ...long, loss: "margin" },
      ] as AttackSpec[]
    ) {
      const without = await found(bent, { attack, surrogate });
      assertEquals(await found(bent, { attack, surrogate, kept }), without);
    }
    surrogate.dispose();
  }
});

Deno.test("measure() does not go on where an attack with restarts has ended", async () => {
  const surrogate = frozen(bent), kept = keptAttacks(), restarted = { ...pgd, ball: linf(0.05), restarts: 3 };
  const attack = { ...restarted, steps: 8 };
  await found(bent, { attack: { ...restarted, steps: 2 }, surrogate, kept });
  const spent = await spentOn(() => found(bent, { attack, surrogate, kept }));
  assertEquals(spent.backward, 3 * 8 * size);
  surrogate.dispose();
});

Deno.test("measure() makes an attack anew for another seed, other images, and whoever may have changed", async () => {
  const surrogate = frozen(bent), kept = keptAttacks();
  const backward = async (options: Partial<MeasureOptions>, on = data) =>
    (await spentOn(() => measure(bent, on, { attack: pgd, surrogate, seed, batch: size, kept, ...options })))
      .backward;
  const attack = pgd.steps * size, zeros = size;
  assertEquals(await backward({}), attack + zeros);
  assertEquals(await backward({}), 0);
  assertEquals(await backward({ seed: 4 }), attack);
  assertEquals(await backward({ batch }), attack + zeros);
  // The same images at other places have other random starts.
  assertEquals(await backward({}, data.skip(1)), (pgd.steps + 1) * (size - 1));
  assertEquals(await backward({ surrogate: counted(bent) }), attack + zeros);
  assertEquals(await backward({ surrogate: counted(bent) }), attack + zeros);
  surrogate.dispose();
});

Deno.test("Only attacks that the victim has no say in are kept", async () => {
  const attacks = Object.values(everyAttack(linf(0.05), { steps: 6, queries: 60 }));
  const images = async (attack: AttackSpec, victim: Classifier) => {
    const attacked = await attackBy(attack)(bent, scattered, { seed, victim });
    const values = [...await attacked.data()];
    attacked.dispose();
    return values;
  };
  const asks: string[] = [];
  for (const attack of attacks) {
    const same = JSON.stringify(await images(attack, bent)) === JSON.stringify(await images(attack, turned));
    if (isKept(attack)) assert(same, attack.attack);
    else asks.push(attack.attack);
  }
  assertEquals(asks, ["fab", "fabTargeted", "square", "hopSkipJump"]);
  assert(!isKept({ ...pgd, stop: "on success" }) && !isKept(pgd, "on success"));
  assert(isKept({ ...pgd, stop: "on success" }, "at the end"));
});

Deno.test("keptAttacks() holds no more than it is told to, and forgets who is gone", () => {
  const kept = keptAttacks({ most: 100 }), one: Classifier = bent, two = turned;
  const work = (length: number) => ({
    values: new Float32Array(length),
    passes: { forward: 1, backward: 1 },
    seconds: 1,
  });
  kept.keep(one, "a", work(10));
  kept.keep(two, "a", work(10));
  assertEquals(kept.bytes, 80);
  assert(kept.find(one, "a") !== kept.find(two, "a"));
  kept.find(one, "a");
  kept.keep(one, "b", work(10)); // the other's was not asked for longest
  assertEquals([kept.find(two, "a"), kept.bytes], [undefined, 80]);
  kept.keep(one, "b", work(5));
  assertEquals(kept.bytes, 60);
  kept.keep(two, "c", work(1000));
  assertEquals(kept.bytes, 0);
  kept.keep(one, "a", work(1));
  kept.keep(two, "a", work(2));
  kept.forget(one);
  assertEquals([kept.find(one, "a"), kept.bytes], [undefined, 8]);
});

Deno.test("measure() that keeps leaves no tensor behind", async () => {
  const surrogate = frozen(bent), kept = keptAttacks();
  await found(bent, { attack: pgd, surrogate, kept });
  const before = tf.memory().numTensors;
  for (const steps of [6, 6, 9]) await found(bent, { attack: { ...pgd, steps }, surrogate, kept });
  assertEquals(tf.memory().numTensors, before);
  surrogate.dispose();
});

Deno.test('securityCurve() that shows "everyone" classifies the clean images once', async () => {
  const victim = frozen(bent), fgs: AttackSpec = { attack: "fgs", ball };
  const forward = async (epsilons: number[]) =>
    (await spentOn(() => securityCurve(victim, data, fgs, { epsilons, shown: "everyone" }))).forward;
  const one = await forward([0.01]), three = await forward([0.01, 0.02, 0.03]);
  // At the end the gradients of the images that survive are looked at, and in larger balls fewer do.
  assert(three <= 3 * one - 2 * size, `${three}, ${one}`);
  victim.dispose();
});
