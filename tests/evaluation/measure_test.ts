import { setImmediate } from "node:timers";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { type Dataset, dataset } from "@gcln/kit/data";
import { accuracy, measure, robustness, worstCase } from "@gcln/kit/evaluation";
import { frozen, type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** Images of one pixel with two channels, all of class 0. */
function pairs(...bytes: readonly (readonly [number, number])[]): Dataset {
  return dataset({
    name: "pairs",
    split: "test",
    classes: ["first", "second"],
    shape: [1, 1, 2],
    pixels: Uint8Array.from(bytes.flat()),
    labels: new Uint8Array(bytes.length),
  });
}

/** The class is the brighter channel: FGS takes ε from the one and gives it to the other. */
function brighter(images: Images): Logits {
  return images.reshape([-1, 2]) as Logits;
}

const epsilon = 8, fgs = { attack: "fgs", ball: linf(epsilon / 255) } as const;
const data = pairs([101, 100], [115, 100], [117, 100], [100, 120], [200, 100]);

Deno.test("measure() of a linear classifier is what one finds by hand", async () => {
  // Right as long as the channels are more than 2ε = 16 apart.
  assertEquals((await measure(brighter, data, { attack: fgs, seed: 1 })).correct, [
    false,
    false,
    true,
    false,
    true,
  ]);
  assertEquals((await measure(brighter, data, { seed: 1 })).correct, [true, true, true, false, true]);
});

Deno.test("measure() gives the same whatever the batch is", async () => {
  for (const batch of [1, 2, 5, 100]) {
    const { correct } = await measure(brighter, data, { attack: fgs, batch, seed: 1 });
    assertEquals(correct, [false, false, true, false, true]);
  }
});

Deno.test("measure() scores the victim and attacks the surrogate", async () => {
  const mistaken = (images: Images) => brighter(images).neg() as Logits;
  const { correct } = await measure(brighter, data, { attack: fgs, surrogate: mistaken, seed: 1 });
  assertEquals(correct, [true, true, true, false, true]); // 20 apart: even 16 don't make the fourth right
  const blind = (images: Images) => brighter(images.mul(0)) as Logits;
  assertEquals((await measure(blind, data, { attack: fgs, surrogate: brighter, seed: 1 })).zeroGradient, 0);
});

Deno.test("measure() tells the exact share of images whose gradient is zero, of the surrogate", async () => {
  const dead = (images: Images) => images.sub(110 / 255).relu().reshape([-1, 2]) as Logits;
  // Both channels are below 110 in the first image and in no other.
  for (const batch of [2, 100]) {
    const { zeroGradient } = await measure(brighter, data, {
      attack: fgs,
      surrogate: dead,
      batch,
      seed: 1,
    });
    assertEquals(zeroGradient, 1 / 5);
  }
  assertEquals((await measure(dead, data, { seed: 1 })).zeroGradient, undefined);
});

Deno.test("measure() with a frozen surrogate gives the same", async () => {
  const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 10 } as const;
  const compiled = frozen(brighter);
  const [plain, fast] = [
    await measure(brighter, data, { attack, batch: 2, seed: 1 }),
    await measure(compiled, data, { attack, batch: 2, seed: 1 }),
  ];
  compiled.dispose();
  assertEquals(fast.correct, plain.correct);
  assertEquals(fast.correct, [false, false, true, false, true]);
});

Deno.test("measure() reports its progress, and that it is over", async () => {
  const said: unknown[] = [];
  const progress = {
    update: (done: number, total: number) => said.push([done, total]),
    done: () => said.push("done"),
  };
  await measure(brighter, data, { attack: fgs, batch: 2, seed: 1, progress });
  assertEquals(said, [[2, 5], [4, 5], [5, 5], "done"]);
});

Deno.test("measure() stops between two batches, also when the wish comes from elsewhere", async () => {
  const stop = new AbortController(), said: unknown[] = [];
  const progress = { update: (done: number) => void said.push(done), done: () => void said.push("done") };
  setImmediate(() => stop.abort());
  await assertRejects(
    () => measure(brighter, data, { attack: fgs, batch: 1, seed: 1, signal: stop.signal, progress }),
    DOMException,
  );
  assert(said.length < 6);
  assertEquals(said.at(-1), "done");
});

Deno.test("measure() and robustness() stop within an attack that listens", async () => {
  const stop = new AbortController(), { signal } = stop;
  let asked = 0;
  const counting = (images: Images) => {
    if (++asked === 20) stop.abort();
    return brighter(images);
  };
  const attack = {
    attack: "pgd",
    ball: linf(1 / 255),
    stepSize: 1 / 2550,
    steps: 1000,
    stop: "on success",
  } as const;
  const before = tf.memory().numTensors;
  await assertRejects(() => measure(counting, data, { attack, seed: 1, signal }), DOMException);
  assert(asked < 40, `${asked} of 1000 steps`);
  await assertRejects(() => robustness(counting, data, { attack }, { signal }), DOMException);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("measure() counts gradients that are not finite, and those of attacks that need none are no reason for doubt", async () => {
  // The slope of a root is infinite where a channel is black.
  const rooted = (images: Images) => images.sqrt().reshape([-1, 2]) as Logits;
  const black = pairs([101, 100], [200, 0], [0, 100], [0, 0]);
  const { gradients, zeroGradient } = await measure(rooted, black, { attack: fgs, seed: 1 });
  assertEquals([gradients, zeroGradient], [{ zero: 0, notFinite: 0.75 }, 0]);
  const square = { attack: "square", ball: linf(epsilon / 255), queries: 5 } as const;
  assertEquals((await measure(rooted, black, { attack: square, seed: 1 })).gradients, undefined);
  assertEquals((await measure(rooted, black, { seed: 1 })).gradients, undefined);
});

Deno.test("measure() leaves no tensor behind, not even when it fails", async () => {
  const count = tf.memory().numTensors;
  await measure(brighter, data, { attack: fgs, batch: 2, seed: 1 });
  assertEquals(tf.memory().numTensors, count);
  await assertRejects(() => measure(brighter, data, { seed: 1, signal: AbortSignal.abort() }), DOMException);
  assertEquals(tf.memory().numTensors, count);
  const broken = () => {
    throw new Error("broken");
  };
  await assertRejects(() => measure(broken, data, { attack: fgs, seed: 1 }), Error, "broken");
  assertEquals(tf.memory().numTensors, count);
});

Deno.test("measure() needs images", async () => {
  await assertRejects(() => measure(brighter, data.take(0), { seed: 1 }), RangeError, "no images");
});

Deno.test("worstCase() is taken image by image, not over accuracies", () => {
  const one = { correct: [true, true, false, false], seconds: 1 };
  const other = { correct: [false, true, true, false], seconds: 2, zeroGradient: 0.5 };
  // Both are right on two images, but on one image only together.
  assertEquals(worstCase([one, other]), { correct: [false, true, false, false], seconds: 3 });
  assertEquals(worstCase([one]).correct, one.correct);
});

Deno.test("worstCase() has the faults of all, and the gradients of the attack that had most of them", () => {
  const faults = { undecided: 1, notFinite: 0, outside: 2 };
  const zero = { correct: [true], seconds: 1, gradients: { zero: 1, notFinite: 0 }, faults };
  const through = { correct: [true], seconds: 1, gradients: { zero: 0, notFinite: 0.5 }, faults };
  assertEquals(worstCase([zero, zero]).gradients, { zero: 1, notFinite: 0 });
  assertEquals(worstCase([zero, through]).gradients, { zero: 0, notFinite: 0.5 });
  assertEquals(worstCase([zero, through]).faults, { undecided: 2, notFinite: 0, outside: 4 });
});

Deno.test("worstCase() wants measurements of the same images", () => {
  assertThrows(() => worstCase([]), RangeError, "no measurements");
  const one = { correct: [true], seconds: 1 }, two = { correct: [true, true], seconds: 1 };
  assertThrows(() => worstCase([one, two]), RangeError, "got 1, 2 images");
});

Deno.test("accuracy() takes a data set or a batch, and frees what it makes", async () => {
  const count = tf.memory().numTensors, batch = data.all();
  assertEquals(await accuracy(brighter, data), 0.8);
  assertEquals(Math.round(100 * await accuracy(brighter, batch)), 80);
  tf.dispose([batch.images, batch.labels]);
  assertEquals(tf.memory().numTensors, count);
});
