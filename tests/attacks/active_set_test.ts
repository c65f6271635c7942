import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  apgdAttack,
  apgdTargetedAttack,
  batchSizeFor,
  bimAttack,
  fgsAttack,
  imageSeeds,
  inOrder,
  type Iterated,
  l2,
  linf,
  momentumAttack,
  noise,
  noiseAttack,
  partSizes,
  pgd,
  pgdAttack,
  redrawn,
  run,
  runActive,
  select,
  spsa,
  square,
  subset,
} from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import {
  type Batch,
  type Classifier,
  counted,
  frozen,
  type Images,
  type Labels,
  passes,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { bent } from "./_models.ts";

await useBackend();

const COUNT = 40;
const images = uniform<tf.Rank.R4>([COUNT, 5, 4, 3], 0, 1, 3) as Images;
const labels = tf.tidy(() => bent(images).argMax(1).cast("int32")) as Labels;
const batch: Batch = { images, labels, ids: Array.from({ length: COUNT }, (_, i) => 1000 + i) };

const fooled = async (victim: Classifier, attacked: Images): Promise<boolean[]> =>
  Array.from(await victim(attacked).argMax(1).notEqual(labels).data(), Boolean);

const attacks: Readonly<Record<string, Iterated>> = {
  "pgd": pgdAttack({ ball: linf(0.05), steps: 8, stop: "on success", seed: 5 }),
  "bim in an l2 ball": bimAttack({ ball: l2(0.25), steps: 8, stop: "on success" }),
  "pgd with a radius for each image": pgdAttack({
    ball: linf(Array.from({ length: COUNT }, (_, i) => i / 400)),
    steps: 6,
    stop: "on success",
  }),
  "momentum": momentumAttack({ ball: linf(0.05), steps: 8, stop: "on success" }),
  "apgd": apgdAttack({ ball: linf(0.04), steps: 12 }),
  "apgdTargeted": apgdTargetedAttack({ ball: linf(0.04), steps: 6, targetCount: 3 }),
  "noise": noiseAttack({ ball: linf(0.2), draws: 12 }),
};

for (const [name, attack] of Object.entries(attacks)) {
  Deno.test(`runActive() has the verdicts of ${name} without it, for fewer passes`, async () => {
    const classifier = counted(bent), before = passes();
    const whole = await fooled(bent, run(attack, classifier, batch)), between = passes();
    const { images, success } = await runActive(attack, classifier, batch), after = passes();
    assertEquals(success, whole);
    assertEquals(await fooled(bent, images), success);
    const share = success.filter(Boolean).length / COUNT;
    assert(share > 0.2 && share < 0.98, `${share} have fallen: that tells nothing`);
    if (share < 0.5) return; // as long as more than half stand, nothing can leave
    const sum = (from: ReturnType<typeof passes>, to: ReturnType<typeof passes>) =>
      to.forward + to.backward - from.forward - from.backward;
    assert(sum(between, after) < sum(before, between));
  });
}

/** Enough images for several parts. */
const MANY = 300;
const manyImages = uniform<tf.Rank.R4>([MANY, 5, 4, 3], 0, 1, 4) as Images;
const many: Batch = {
  images: manyImages,
  labels: tf.tidy(() => bent(manyImages).argMax(1).cast("int32")) as Labels,
};

for (
  const [name, attack] of Object.entries({
    "pgd": attacks["pgd"]!,
    "bim in an l2 ball": attacks["bim in an l2 ball"]!,
    "apgd": attacks["apgd"]!,
    "noise, which lets no image rest": attacks["noise"]!,
    "fgs, which takes one step": fgsAttack({ ball: linf(0.03) }),
  })
) {
  Deno.test(`runActive() has the same verdicts in parts of whatever size: ${name}`, async () => {
    const whole = run(attack, bent, many), over = await leadOf(bent, whole, many.labels).data();
    for (const size of [MANY, 128, 50, 7]) {
      const largest: number[] = [];
      const seen: Classifier = (x) => (largest.push(x.shape[0]), bent(x));
      const { images, success } = await runActive(attack, seen, many, { size });
      assertEquals(success, Array.from(over, (over) => over > 0), `${size}`);
      assertEquals(Math.max(...largest), size);
      const after = await leadOf(bent, images, many.labels).data();
      assertEquals(Array.from(after, (over) => over > 0), success);
    }
  });
}

const still = frozen(bent);

/** What an attack on many images costs, and which it takes. */
async function spentBy(attack: Iterated, classifier: Classifier = still) {
  const before = passes();
  const { images, success } = await runActive(attack, classifier, many), after = passes();
  images.dispose();
  return {
    success,
    forward: after.forward - before.forward,
    backward: after.backward - before.backward,
  };
}

/** It tells nothing of when its margins are from, so nothing can be foreseen. */
const shortSighted = { ...attacks["pgd"]!, leadAt: undefined };

Deno.test("runActive() shows images that stand in little padding", async () => {
  const attack = attacks["pgd"]!, standing: number[] = [];
  let state = attack.start(many);
  for (let i = 0; i < attack.steps; i++) {
    state = attack.step(bent, state, i);
    standing.push((await state["lead"]!.data()).filter((over) => over <= 0).length);
  }
  const { backward } = await spentBy(shortSighted), shown = [MANY, ...standing.slice(0, -1)];
  const least = shown.reduce((sum, count) => sum + count, 0);
  const halving = shown.reduce((sum, count) => sum + batchSizeFor(count, MANY), 0);
  assert(
    least <= backward && backward < (least + halving) / 2,
    `${backward}, between ${least} and ${halving}`,
  );
});

Deno.test("runActive() asks beforehand who is about to fall, which spares gradients", async () => {
  const seeing = await spentBy(attacks["pgd"]!), without = await spentBy(shortSighted);
  assertEquals(seeing.success, without.success);
  const spared = without.backward - seeing.backward, asked = seeing.forward - seeing.backward;
  assert(spared > 50 && asked < 3 * spared, `${spared} spared for ${asked}`);
  // Margins of a surrogate that changes from step to step foretell nothing, nor do those of one that draws numbers.
  const blind = [
    await spentBy(attacks["pgd"]!, counted(bent)),
    await spentBy(redrawn(attacks["pgd"]!, (surrogate) => surrogate)),
  ];
  for (const { success, backward } of blind) {
    assertEquals([success, backward], [without.success, without.backward]);
  }
});

Deno.test("runActive() asks the victim where an attack goes by what another surrogate says", async () => {
  const half: Classifier = (x) => bent(x.mul(0.5).add(0.25) as Images);
  const attack = redrawn(attacks["pgd"]!, () => half);
  for (const restarts of [1, 2]) {
    const { images, success } = await runActive(attack, bent, batch, { restarts });
    assertEquals(await fooled(bent, images), success);
    const fooledHalf = await fooled(half, images);
    assert(fooledHalf.some((fooled, i) => fooled && !success[i]), "or else the test says nothing");
  }
});

Deno.test("runActive() does not ask twice what the last step has told", async () => {
  const classifier = counted(bent), before = passes();
  await runActive(fgsAttack({ ball: linf(0.03) }), classifier, many);
  const after = passes();
  assertEquals([after.forward - before.forward, after.backward - before.backward], [2 * MANY, MANY]);
});

Deno.test("partSizes() has room for all, in few sizes, for no more work than a whole batch", () => {
  for (const size of [1, 5, 64, 100, 512]) {
    const known = new Set([8, 32, 64, 128, 256].filter((each) => each < size)).add(size);
    for (let standing = 1; standing <= 3 * size; standing++) {
      const sizes = partSizes(standing, size), places = sizes.reduce((sum, size) => sum + size);
      assert(places >= standing && places - standing < sizes.at(-1)!, `${standing} of ${size}: ${sizes}`);
      assert(sizes.every((each) => known.has(each)), `${standing} of ${size}: ${sizes}`);
      if (standing <= size) assert(places <= size, `${standing} of ${size}: ${sizes}`);
    }
  }
  assertEquals(partSizes(0, 5), []);
});

Deno.test("select() makes new tensors, of all images too", () => {
  const state = attacks["pgd"]!.start(batch), before = tf.memory().numTensors;
  const all = select(state, Array.from({ length: COUNT }, (_, i) => i));
  assertEquals(tf.memory().numTensors, before + Object.keys(state).length);
  tf.dispose(Object.values(all));
  assertEquals([state.images.isDisposed, images.isDisposed], [false, false]);
});

Deno.test("runActive() gives later starts to what still stands, with the verdicts of restarts", async () => {
  const attack = pgdAttack({ ball: linf(0.035), steps: 4, stop: "on success" });
  const starts = [0, 1, 2].map((restart) => fooled(bent, run(attack, bent, batch, restart)));
  const any = (await Promise.all(starts)).reduce((a, b) => a.map((fallen, i) => fallen || b[i]!));
  const once = await runActive(attack, bent, batch),
    thrice = await runActive(attack, bent, batch, { restarts: 3 });
  assertEquals(thrice.success, any);
  assert(thrice.success.filter(Boolean).length > once.success.filter(Boolean).length);
});

Deno.test("runActive() lets the victim judge where it is not the surrogate", async () => {
  const half: Classifier = (x) => bent(x.mul(0.5).add(0.25) as Images);
  const attack = pgdAttack({ ball: linf(0.1), steps: 6, start: "original" });
  const { images, success } = await runActive(attack, half, batch, { victim: bent });
  assertEquals(await fooled(bent, images), success);
  // As the first step of the whole batch after which the victim is fooled.
  const state = attack.start(batch), first = new Array<boolean>(COUNT).fill(false);
  for (let i = 0, current = state; i < 6; i++) {
    current = attack.step(half, current, i);
    (await fooled(bent, current.images)).forEach((fallen, row) => first[row] ||= fallen);
  }
  assertEquals(success, first);
});

Deno.test("runActive() aims at targets", async () => {
  const targets = labels.add(1).mod(5).cast("int32") as Labels;
  const attack = pgdAttack({ ball: linf(0.06), steps: 10, targets, stop: "on success" });
  const { images, success } = await runActive(attack, bent, batch, { targets });
  const won = await leadOf(bent, images, labels, targets).data();
  assertEquals(success, Array.from(won, (over) => over > 0));
  assert(success.some(Boolean) && !success.every(Boolean));
});

Deno.test("runActive() frees everything but its result, also when it is stopped", async () => {
  const attack = attacks["pgd"]!, before = tf.memory().numTensors;
  const { images } = await runActive(attack, bent, batch, { restarts: 2 });
  images.dispose();
  assertEquals(tf.memory().numTensors, before);
  const signal = AbortSignal.abort();
  await assertRejects(() => runActive(attack, bent, batch, { signal }), DOMException);
  assertEquals(tf.memory().numTensors, before);
  let calls = 0;
  const broken: Classifier = (x) => {
    if (++calls === 5) throw new Error("broken");
    return bent(x);
  };
  await assertRejects(() => runActive(attack, broken, many, { size: 128 }), Error, "broken");
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("an image gets the same draws alone and among others, by its id", async () => {
  const ball = linf(0.05), row = 17, alone = subset(batch, [row]);
  const settled: Record<string, (batch: Batch) => Images | Promise<Images>> = {
    pgd: (batch) => pgd(bent, batch, { ball, steps: 3 }),
    noise: (batch) => noise(bent, batch, { ball, draws: 3 }),
    spsa: (batch) => spsa(bent, batch, { ball, steps: 2, samples: 4 }),
    "pgd l2": (batch) => pgd(bent, batch, { ball: l2(0.1), steps: 3 }),
    square: (batch) => square(bent, batch, { ball, queries: 20 }),
  };
  for (const [name, attack] of Object.entries(settled)) {
    const among = (await attack(batch)).slice(row, 1), by = (await attack(alone)).slice(0, 1);
    const far = (await among.sub(by).abs().max().data())[0]!;
    assert(far < 1e-6, `${name}: ${far}`);
    const { ids: _, ...nameless } = alone;
    const other = (await attack(nameless)).slice(0, 1);
    assert((await among.sub(other).abs().max().data())[0]! > 1e-3, `${name} does not look at the id`);
  }
});

Deno.test("batchSizeFor() is a power of two of at least 8, and never more than there are", () => {
  assertEquals([1, 8, 9, 33, 64, 65].map((n) => batchSizeFor(n, 100)), [8, 8, 16, 64, 64, 100]);
  assertEquals(batchSizeFor(2, 5), 5);
});

Deno.test("inOrder() puts parts together, the last word of an image counting", async () => {
  const of = (...values: number[]) => tf.tensor4d(values, [values.length, 1, 1, 1]);
  const whole = inOrder([{ rows: [2, 0], images: of(20, 0, 99) }, { rows: [1, 2], images: of(10, 21) }], 3);
  assertEquals([...await whole.data()], [0, 10, 21]);
});

Deno.test("imageSeeds() wants as many ids as there are images", () => {
  let message = "";
  try {
    imageSeeds({ images, ids: [1, 2] }, 1);
  } catch (error) {
    message = (error as Error).message;
  }
  assertEquals(message, "Cannot tell 40 images by 2 ids");
});
