import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { linf, lossGradient, pgd, threats } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import {
  type BitCoder,
  type Defense,
  deploy,
  type Deployment,
  hasOnlySubstitute,
  knownDefenses,
  networkStore,
} from "@gcln/kit/defenses";
import { judge, standing } from "@gcln/kit/judge";
import { type Classifier, type Images, tf, useBackend } from "@gcln/kit/tensor";
import type { TrainedNetwork } from "@gcln/kit/training";
import { contract, leastRow } from "./_contract.ts";

await useBackend();
const circumstances = { profile: contract, dataset: "street-digits", seed: 1 };
const folder = await Deno.makeTempDir(), training = { folder };
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const COUNT = 8, batch = (await streetDigits("test", { size: COUNT })).all(), { images, labels } = batch;
const ball = linf(8 / 255), classes = 10;

/** The values of what a function makes of the images. */
async function valuesOf(make: () => tf.Tensor): Promise<Float32Array> {
  const made = tf.tidy(make), values = await made.data() as Float32Array;
  made.dispose();
  return values;
}

/** How far two lists of numbers are apart, in units of the larger ones among them. */
function apart(a: Float32Array, b: Float32Array): number {
  const scale = Math.max(1e-6, ...a.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / scale;
}

/** Fails where a call leaves more than the one tensor that it returns. */
function leavesOne(what: string, call: () => tf.Tensor): void {
  const before = tf.memory().numTensors, made = call();
  assertEquals(tf.memory().numTensors - before, 1, what);
  made.dispose();
}

/** What the networks of defenses do with images, beside being called. */
const uses: Readonly<Record<string, (network: never) => tf.Tensor>> = {
  encode: ({ encode }: BitCoder) => encode(images),
  decode: ({ encode, decode }: BitCoder) => tf.tidy(() => decode(encode(images))),
  ramped: ({ ramped }: { readonly ramped: Classifier }) => ramped(images),
};

/** Of each image the largest slope of the cross-entropy. */
const slopesOf = (surrogate: Classifier) =>
  valuesOf(() => lossGradient(surrogate, images, { labels }).abs().max([1, 2, 3]));

/** What an attacker differentiates, never compiled: each is asked only a few times. */
async function surrogateOf(deployed: Deployment, threat: string): Promise<Classifier> {
  const surrogate = await deployed.surrogate(threat);
  return plain.get(surrogate) ?? plain.set(surrogate, (images) => surrogate(images)).get(surrogate)!;
}
const plain = new WeakMap<Classifier, Classifier>();

const facts: Readonly<Record<string, (deployed: Deployment, defense: Defense) => Promise<void>>> = {
  async "answers with finite logits, a row an image"({ victim }) {
    const logits = await valuesOf(() => {
      const logits = victim(images);
      assertEquals(logits.shape, [COUNT, classes]);
      return logits;
    });
    assert(logits.every(Number.isFinite));
  },
  async "leaves nothing behind but what it returns, without a tidy"(deployed) {
    const { victim, cleaner, networks } = deployed;
    leavesOne("victim", () => victim(images));
    for (const [name, fn] of Object.entries({ cleaner, rejects: victim.rejects, score: victim.score })) {
      if (fn !== undefined) leavesOne(name, () => fn(images));
    }
    for (const { name } of threats()) {
      if (!deployed.faces(name) || hasOnlySubstitute(name)) continue;
      const surrogate = await surrogateOf(deployed, name);
      leavesOne(name, () => surrogate(images));
    }
    assert(networks.length > 0);
  },
  async "gives the same images the same logits, whoever else is in the batch"({ victim }) {
    const all = await valuesOf(() => victim(images));
    assertEquals(await valuesOf(() => victim(images)), all);
    const two = [5, 2], few = await valuesOf(() => victim(images.gather(two)));
    const wanted = Float32Array.from(
      two.flatMap((row) => [...all.slice(row * classes, (row + 1) * classes)]),
    );
    assertLess(apart(few, wanted), 1e-3);
  },
  async "cleans images to images"({ cleaner }) {
    if (cleaner === undefined) return;
    const cleaned = await valuesOf(() => {
      const cleaned = cleaner(images);
      assertEquals(cleaned.shape, images.shape);
      return cleaned;
    });
    assert(cleaned.every((value) => value >= 0 && value <= 1));
  },
  async "refuses images or does not, if it detects"({ victim }, { traits }) {
    assertEquals(victim.rejects !== undefined, traits.includes("detects"));
    if (victim.rejects === undefined) return;
    const refused = await valuesOf(() => {
      const refused = victim.rejects!(images);
      assertEquals(refused.shape, [COUNT]);
      return refused;
    });
    assert(refused.every((value) => value === 0 || value === 1));
    if (victim.score === undefined) return;
    const scores = await valuesOf(() => victim.score!(images));
    assertEquals([...scores].map((score) => Number(score > 0)), [...refused]);
  },
  async "has an exact gradient unless it says that it has none"(deployed, { traits }) {
    const slopes = await slopesOf(await surrogateOf(deployed, "white-box"));
    const some = [...slopes].filter((slope) => slope > 0).length;
    if (traits.includes("non-differentiable")) assertEquals(some, 0);
    else assert(some >= COUNT / 2, `${some} of ${COUNT} images have a gradient`);
  },
  async "has finite surrogates for the attackers that it faces, and one with a gradient"(deployed) {
    let most = 0;
    for (const { name } of threats()) {
      if (!deployed.faces(name) || hasOnlySubstitute(name)) continue;
      const surrogate = await surrogateOf(deployed, name);
      const logits = await valuesOf(() => {
        const logits = surrogate(images);
        assertEquals(logits.shape, [COUNT, classes], name);
        return logits;
      });
      assert(logits.every(Number.isFinite), name);
      most = Math.max(most, (await slopesOf(surrogate)).filter((slope) => slope > 0).length);
    }
    assert(most >= COUNT / 2, `at best ${most} of ${COUNT} images have a gradient`);
  },
  async "stands no better under adaptive attacks than under the printed one"(deployed) {
    const under = async (surrogates: readonly Classifier[], steps: number) => {
      const rows = standing(COUNT);
      for (const [i, surrogate] of surrogates.entries()) {
        const attacked = pgd(surrogate, batch, { ball, stepSize: 2 / 255, steps, seed: 1 });
        rows.record(`${i}`, rows.everyone, await judge(deployed.victim, batch, { images: attacked }));
        attacked.dispose();
      }
      return rows.rows().length;
    };
    const printed = await under([await surrogateOf(deployed, "white-box")], 3);
    const knowing = threats().filter(({ name, knows }) => knows === "everything" && name !== "white-box");
    const faced = knowing.filter(({ name }) => deployed.faces(name));
    const adaptive = await under([
      ...new Set(await Promise.all(faced.map(({ name }) => surrogateOf(deployed, name)))),
    ], 3);
    assert(
      adaptive <= printed,
      `${adaptive} of ${COUNT} images stand under adaptive attacks, ${printed} under PGD`,
    );
  },
};

/** The networks of a defense, from a store. */
async function standWith(defense: Defense, seed: number, images: Images) {
  const row = leastRow(defense), store = networkStore(), networks: Record<string, TrainedNetwork> = {};
  for (const [name, spec] of Object.entries(defense.needs(row, circumstances))) {
    networks[name] = await store.load(spec, training);
  }
  const { victim, dispose } = await defense.stand(networks, row, { ...circumstances, seed });
  const values = await valuesOf(() => victim(images));
  dispose?.();
  store.dispose();
  return values;
}

for (const defense of knownDefenses().filter(({ code }) => code === undefined)) { // the kit's own
  const { name, title, source, traits } = defense;
  Deno.test(`the defense ${name} is what a defense has to be`, async (test) => {
    assert(title !== "" && /\d{4}|paper/.test(source), source);
    const before = tf.memory().numTensors, row = leastRow(defense);
    const deployed = await deploy(row, circumstances, { training });
    try {
      for (const [fact, holds] of Object.entries(facts)) {
        await test.step(fact, () => holds(deployed, defense));
      }
    } finally {
      deployed.dispose();
    }
    await test.step("draws by its seed, and draws nothing unless it says so", async () => {
      const one = await standWith(defense, 1, images), other = await standWith(defense, 2, images);
      assertEquals(await standWith(defense, 1, images), one);
      if (traits.includes("randomised")) assertNotEquals(other, one);
      else if (!traits.includes("detects")) assertEquals(other, one);
    });
    await test.step("has networks that leave nothing behind but what they return, without a tidy", async () => {
      const store = networkStore();
      for (const spec of Object.values(defense.needs(row, circumstances))) {
        const network = await store.load(spec, training);
        if (typeof network === "function") {
          leavesOne(spec.kind, () => (network as (images: Images, seed: number) => tf.Tensor)(images, 1));
        }
        for (const [name, use] of Object.entries(uses)) {
          if (name in network) leavesOne(name, () => use(network as never));
        }
      }
      store.dispose();
    });
    await test.step("leaves nothing behind", () => assertEquals(tf.memory().numTensors, before));
  });
}
