import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { lossGradient } from "@gcln/kit/attacks";
import { classifierSpec, deploy, gclnSpec, type MeasuredRow, specsOf } from "@gcln/kit/defenses";
import { circumstancesOf, table1 } from "@gcln/kit/experiments";
import { type Classifier, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { idOf, trained } from "@gcln/kit/training";
import { leaveUntrained, tiny, withFolder } from "../experiments/_untrained.ts";

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

Deno.test("deploy() gives each threat model the gradient that it is named after", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const setting = circumstancesOf(table1, { profile: tiny, folder });
    const { victim, surrogate, cleaner, dispose, networks } = await deploy(row, setting, setting);
    assertEquals(networks, [await idOf(specs[0]), await idOf(specs[1])]);

    assertEquals(await surrogate("white-box"), victim);
    assertEquals(await slopes(victim), [0, 0, 0]);
    for (const threat of ["straight-through", "clip too", "identity", "oblivious"] as const) {
      assert((await slopes(await surrogate(threat))).every((slope) => slope > 0), threat);
    }

    const gradient = (surrogate: Classifier, at: Images) => lossGradient(surrogate, at, { labels });
    const classifier = await trained(specs[0], setting.training);
    const alone = (images: Images) => classifier(images);
    const [oblivious, identity] = [await surrogate("oblivious"), await surrogate("identity")];
    // Oblivious: ∇C at x. Identity: ∇C at G(x), since ∂G/∂x is taken to be 1.
    const scale = Math.max(...await slopes(alone));
    assertLess(
      await apart(() => gradient(oblivious, images), () => gradient(alone, images)),
      1e-4 * scale,
    );
    assertLess(
      await apart(() => gradient(identity, images), () => gradient(alone, cleaner!(images))),
      1e-4 * scale,
    );
    // Where the gradient is put in place of another, the values stay.
    for (const threat of ["straight-through", "clip too", "identity"] as const) {
      const through = await surrogate(threat);
      assertLess(await apart(() => through(images), () => victim(images)), 1e-5);
    }
    dispose();
    classifier.dispose();
  }));

Deno.test("deploy() without a defense has the threats of full access only, and the outsider's", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, specs[0]);
    const setting = circumstancesOf(table1, { profile: tiny, folder });
    const defense = await deploy({ defense: "none" }, setting, setting);
    const threats = [
      "white-box",
      "straight-through",
      "adaptive",
      "black-box",
      "clip too",
      "identity",
      "oblivious",
    ];
    assertEquals(threats.filter((threat) => defense.faces(threat)), threats.slice(0, 4));
    assertEquals(await defense.surrogate("straight-through"), defense.victim);
    assertEquals(defense.cleaner, undefined);
    assert((await slopes(defense.victim)).every((slope) => slope > 0));
    await assertRejects(() => defense.surrogate("identity"), RangeError, "it faces white-box");
    defense.dispose();
  }));

Deno.test("deploy() gives everything back", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const setting = circumstancesOf(table1, { profile: tiny, folder });
    const before = tf.memory().numTensors;
    const defense = await deploy(row, setting, setting);
    await slopes(await defense.surrogate("straight-through"));
    defense.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("deploy() takes the substitute of black-box attackers when one is asked for", () =>
  withFolder(async (folder) => {
    const setting = circumstancesOf(table1, { profile: tiny, folder }), threats = ["black-box"];
    await leaveUntrained(folder, ...specsOf(row, setting));
    const defense = await deploy(row, setting, setting); // which needs no substitute
    await leaveUntrained(folder, ...specsOf(row, setting, { threats }));
    const [substitute] = await defense.attackersNetworks("black-box");
    assert(substitute!.startsWith("street-digits-resnet34-"));
    assert(!defense.networks.includes(substitute!)); // other threats' cells are the same with it and without
    assertEquals(await defense.attackersNetworks("white-box"), []);
    assert((await slopes(await defense.surrogate("black-box"))).every((slope) => slope > 0));
    defense.dispose();
  }));

Deno.test("deploy() learns to imitate the cleaner once, and differentiates what it has learned", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const fits: string[] = [], before = tf.memory().numTensors;
    const progress = (label: string) => (fits.push(label), { update() {}, done() {} });
    const setting = circumstancesOf(table1, { profile: tiny, folder, progress });
    const defense = await deploy(row, setting, setting);
    assertEquals(fits, []);
    const [surrogate, again] = [await defense.surrogate("learned"), await defense.surrogate("learned")];
    assertEquals([surrogate, fits.length], [again, 1]);
    assertLess(await apart(() => surrogate(images), () => defense.victim(images)), 1e-5);
    assert((await slopes(surrogate)).every((slope) => slope > 0));
    const identity = await defense.surrogate("identity");
    const gradient = (surrogate: Classifier) => lossGradient(surrogate, images, { labels });
    assert(await apart(() => gradient(surrogate), () => gradient(identity)) > 0);
    defense.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("deploy() attacks and scores a random defense by draws of its own", () =>
  withFolder(async (folder) => {
    const noisy = { defense: "parametric noise" } as const,
      setting = circumstancesOf(table1, { profile: tiny, folder });
    await leaveUntrained(folder, ...specsOf(noisy, setting));
    const before = tf.memory().numTensors, defense = await deploy(noisy, setting, setting);
    const attacked = await defense.surrogate("white-box");
    assertEquals(await apart(() => defense.victim(images), () => defense.victim(images)), 0); // the same draws at each call
    assert(await apart(() => defense.victim(images), () => attacked(images)) > 0);
    assert((await slopes(attacked)).every((slope) => slope > 0));
    defense.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("deploy() that is stopped while it trains leaves nothing behind", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, specs[0]);
    const before = tf.memory().numTensors;
    const setting = circumstancesOf(table1, { profile: tiny, folder, signal: AbortSignal.abort() });
    await assertRejects(() => deploy(row, setting, setting), DOMException);
    assertEquals(tf.memory().numTensors, before);
  }));
