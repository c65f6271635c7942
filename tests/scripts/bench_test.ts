import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { linf, pgd } from "@gcln/kit/attacks";
import { type Batch, type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
import { alternate, median } from "../../scripts/bench/alternate.ts";
import { cases } from "../../scripts/bench/cases.ts";
import { attacksOf } from "../../scripts/bench/minimal_attacks.ts";
import { envelope, optimality } from "../../scripts/bench/optimality.ts";
import { findPython, startPeer } from "../../scripts/bench/peer.ts";
import { Spent, tracked } from "../../scripts/bench/tracked.ts";

await useBackend();

Deno.test("median() is the middle, or between the middle two", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 2, 3]), 2.5);
  assertEquals(median([7]), 7);
});

Deno.test("alternate() takes turns, and the first turn does not count", async () => {
  const turns: string[] = [];
  const side = (name: string) => () => Promise.resolve(turns.push(name));
  assertEquals(await alternate([side("a"), side("b")], 2), [[3, 5], [4, 6]]);
  assertEquals(turns.join(""), "ababab");
});

Deno.test("optimality() is 1 for the envelope itself, 0 where nothing is found before it ends, and the ratio of areas", () => {
  const best = [0, 1, 2, 4];
  assertEquals(optimality(best, best), 1);
  assertEquals(optimality([0, 4, 9, Infinity], best), 0);
  // From 0 to 4 the envelope leaves (4 − 1) + (4 − 2) + (4 − 4), this attack (4 − 2) + (4 − 3).
  assertAlmostEquals(optimality([0, 2, 3, Infinity], best), 3 / 5);
});

Deno.test("optimality() ends where the envelope last falls, if no attack has fooled some image", () => {
  assertAlmostEquals(optimality([1.25, 2, Infinity], [1, 2, Infinity]), 0.75);
  assertEquals(envelope([[1, 5, Infinity], [2, 3, Infinity]]), [1, 3, Infinity]);
});

/** Class 1 where the image is bright. */
const bright = (x: Images): Logits => {
  const over = x.mean([1, 2, 3]).sub(0.5);
  return tf.stack([over.neg(), over], 1) as Logits;
};
const batch = (): Batch => ({
  images: tf.tensor4d([0.4, 0.3], [2, 1, 1, 1]),
  labels: tf.tensor1d([0, 0], "int32"),
});

Deno.test("tracked() counts each image's passes both ways, and keeps its nearest misclassified version", async () => {
  const given = batch(), track = await tracked(bright, given, { norm: "linf", budget: 100 });
  pgd(track.classifier, given, { ball: linf([0.15, 0.3]), steps: 3, stepSize: 0.15, start: "original" });
  track.classifier(tf.tensor4d([0.55, 0.6], [2, 1, 1, 1]));
  assertEquals([...track.used], [7, 7]); // three steps of two passes, and one more look
  assertAlmostEquals(track.nearest[0]!, 0.15, 1e-6);
  assertAlmostEquals(track.nearest[1]!, 0.3, 1e-6);
  // A part of the batch is told by what it is nearest to.
  track.classifier(tf.tensor4d([0.52], [1, 1, 1, 1]));
  assertEquals([...track.used], [8, 7]);
  assertAlmostEquals(track.nearest[0]!, 0.12, 1e-6);
});

Deno.test("tracked() forgets what is found beyond the budget, and ends the attack where no image has any left", async () => {
  const given = batch(), track = await tracked(bright, given, { norm: "linf", budget: 1 });
  track.classifier(given.images);
  assertThrows(() => track.classifier(tf.ones([2, 1, 1, 1])), Spent);
  const uneven = await tracked(bright, given, { norm: "linf", budget: 1 });
  uneven.classifier(tf.tensor4d([0.4], [1, 1, 1, 1]));
  uneven.classifier(tf.tensor4d([0.9, 0.9], [2, 1, 1, 1]));
  assertEquals([...uneven.nearest.map((d) => Math.round(d * 100) / 100)], [Infinity, 0.6]);
});

Deno.test("The search over radii brackets the boundary, for attacks that know none of it", async () => {
  const given = batch(), about = { norm: "linf", budget: 40, searches: 8, radius: 0.02 } as const;
  const track = await tracked(bright, given, about);
  await attacksOf(about)["fgs"]!(track.classifier, given);
  const [first, second] = track.nearest;
  // 0.02 is doubled to 0.16 and to 0.32, and four and three halvings follow.
  assertAlmostEquals(first!, 0.105, 1e-6);
  assertAlmostEquals(second!, 0.22, 1e-6);
});

Deno.test("Every case of the benchmark says what both sides do", () => {
  const all = cases(1);
  assertEquals(new Set(all.map(({ name }) => name)).size, all.length);
  for (const name of ["fgs", "pgd-10", "pgd-100", "carliniWagner", "autoAttack"]) {
    assert(all.some((each) => each.name === name), name);
  }
  for (const { peer, images } of all) assert(typeof peer.attack === "string" && images > 0);
});

Deno.test("A peer answers each line by a line, whatever pieces they come in", async () => {
  const echo = `console.log('{"ready":true}');
    for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
      for (const line of chunk.trim().split("\\n")) console.log(JSON.stringify({ heard: JSON.parse(line).say }));
    }`;
  await using peer = await startPeer(Deno.execPath(), { args: ["eval", echo], threads: 1 });
  assertEquals(peer.about, { ready: true });
  assertEquals(await peer.ask({ say: "a" }), { heard: "a" });
  assertEquals(await peer.ask({ say: [1, 2] }), { heard: [1, 2] });
});

Deno.test("A peer that ends before it answers is an error that says so", async () => {
  await assertRejects(
    () => startPeer(Deno.execPath(), { args: ["eval", "Deno.exit(3)"], threads: 1 }),
    Error,
    "ended with 3",
  );
});

Deno.test("findPython() passes over what is not there", async () => {
  assertEquals(await findPython(["/nowhere/python"], ["torch"]), undefined);
});
