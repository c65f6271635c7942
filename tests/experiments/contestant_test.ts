import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { lossGradient } from "@gcln/kit/attacks";
import {
  classifierSpec,
  contestant,
  gclnSpec,
  type MeasuredRow,
  settingOf,
  specsOf,
  table1,
} from "@gcln/kit/experiments";
import { type Classifier, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { idOf, trained } from "@gcln/kit/training";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
// Not bytes: those lie on the border between two levels often enough for compiled and plain rounding to differ.
const images = uniform<tf.Rank.R4>([3, 32, 32, 3], 0, 1, 1) as Images;
const labels = tf.tensor1d([0, 1, 2], "int32");
const row = table1.rows["Our method (Qs = 10)"] as Extract<MeasuredRow, { defense: "gcln" }>;
const specs = [classifierSpec(tiny, "street-digits", 1), gclnSpec(tiny, "street-digits", row, 1)] as const;

/** The largest slope of each image's loss, where nothing else is said at the images. */
async function slopes(surrogate: Classifier): Promise<number[]> {
  const each = tf.tidy(() => lossGradient(surrogate, images, { labels }).abs().max([1, 2, 3]));
  const values = [...await each.data()];
  each.dispose();
  return values;
}

async function apart(a: () => tf.Tensor, b: () => tf.Tensor): Promise<number> {
  const error = tf.tidy(() => a().sub(b()).abs().max()), [value] = await error.data();
  error.dispose();
  return value!;
}

Deno.test("contestant() gives each threat model the gradient that it is named after", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const setting = settingOf(table1, { profile: tiny, folder });
    const { victim, surrogates, cleaner, dispose, networks } = await contestant(row, setting);
    assertEquals(networks, [await idOf(specs[0]), await idOf(specs[1])]);
    const threats = surrogates as Required<typeof surrogates>;

    assertEquals(threats["white-box"], victim);
    assertEquals(await slopes(victim), [0, 0, 0]);
    for (const threat of ["straight-through", "clip too", "identity", "oblivious"] as const) {
      assert((await slopes(threats[threat])).every((slope) => slope > 0), threat);
    }

    const gradient = (surrogate: Classifier, at: Images) => lossGradient(surrogate, at, { labels });
    const classifier = await trained(specs[0], setting.training);
    const alone = (images: Images) => classifier(images);
    // Oblivious: ∇C at x. Identity: ∇C at G(x), since ∂G/∂x is taken to be 1.
    const scale = Math.max(...await slopes(alone));
    assertLess(
      await apart(() => gradient(threats.oblivious, images), () => gradient(alone, images)),
      1e-4 * scale,
    );
    assertLess(
      await apart(() => gradient(threats.identity, images), () => gradient(alone, cleaner!(images))),
      1e-4 * scale,
    );
    // Where the gradient is put in place of another, the values stay.
    for (const threat of ["straight-through", "clip too", "identity"] as const) {
      assertLess(await apart(() => threats[threat](images), () => victim(images)), 1e-5);
    }
    dispose();
    classifier.dispose();
  }));

Deno.test("contestant() without a defense has the threats of full access only", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, specs[0]);
    const who = await contestant({ defense: "none" }, settingOf(table1, { profile: tiny, folder }));
    assertEquals(Object.keys(who.surrogates), ["white-box", "bpda", "adaptive"]);
    assertEquals(who.surrogates["white-box"], who.victim);
    assertEquals(who.cleaner, undefined);
    assert((await slopes(who.victim)).every((slope) => slope > 0));
    who.dispose();
  }));

Deno.test("contestant() gives everything back", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const setting = settingOf(table1, { profile: tiny, folder });
    const before = tf.memory().numTensors;
    const who = await contestant(row, setting);
    await slopes(who.surrogates["straight-through"]!);
    who.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("contestant() has the substitute of black-box attackers where they are expected", () =>
  withFolder(async (folder) => {
    const setting = settingOf(table1, { profile: tiny, folder }), threats = ["black-box"] as const;
    await leaveUntrained(folder, ...specsOf(row, setting, { threats }));
    const without = await contestant(row, setting), who = await contestant(row, setting, { threats });
    assertEquals([without.substitute, "black-box" in without.surrogates], [undefined, false]);
    assert(who.substitute!.startsWith("street-digits-resnet34-"));
    assert(!who.networks.includes(who.substitute!)); // other threats' cells are the same with it and without
    assert((await slopes(who.surrogates["black-box"]!)).every((slope) => slope > 0));
    without.dispose();
    who.dispose();
  }));

Deno.test("contestant() learns to imitate the cleaner once, and differentiates what it has learned", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const fits: string[] = [], before = tf.memory().numTensors;
    const progress = (label: string) => (fits.push(label), { update() {}, done() {} });
    const who = await contestant(row, settingOf(table1, { profile: tiny, folder, progress }));
    assertEquals(fits, []);
    const [surrogate, again] = [await who.learned!.surrogate(), await who.learned!.surrogate()];
    assertEquals([surrogate, fits.length], [again, 1]);
    assertLess(await apart(() => surrogate(images), () => who.victim(images)), 1e-5);
    assert((await slopes(surrogate)).every((slope) => slope > 0));
    const identity = who.surrogates["identity"]!;
    const gradient = (surrogate: Classifier) => lossGradient(surrogate, images, { labels });
    assert(await apart(() => gradient(surrogate), () => gradient(identity)) > 0);
    who.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("contestant() attacks and scores a random defense by draws of its own", () =>
  withFolder(async (folder) => {
    const noisy = { defense: "parametric noise" } as const,
      setting = settingOf(table1, { profile: tiny, folder });
    await leaveUntrained(folder, ...specsOf(noisy, setting));
    const before = tf.memory().numTensors, who = await contestant(noisy, setting);
    const attacked = who.surrogates["white-box"]!;
    assertEquals(await apart(() => who.victim(images), () => who.victim(images)), 0); // the same draws at each call
    assert(await apart(() => who.victim(images), () => attacked(images)) > 0);
    assert((await slopes(attacked)).every((slope) => slope > 0));
    who.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("contestant() that is stopped while it trains leaves nothing behind", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, specs[0]);
    const before = tf.memory().numTensors;
    const setting = settingOf(table1, { profile: tiny, folder, signal: AbortSignal.abort() });
    await assertRejects(() => contestant(row, setting), DOMException);
    assertEquals(tf.memory().numTensors, before);
  }));
