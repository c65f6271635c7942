import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AnyBall, contains, distance, hopSkipJump, l1, l2, linf } from "@gcln/kit/attacks";
import {
  type Batch,
  type Classifier,
  frozen,
  type Images,
  type Labels,
  tf,
  useBackend,
} from "@gcln/kit/tensor";
import { images, labels, network } from "./_golden.ts";
import { central, columns, fourPlanes, gap, numbers } from "./_models.ts";

await useBackend();

const batch: Batch = { images: images(), labels: labels() };
const plainly = network("smooth"), smooth = frozen(plainly);
const norms = ["l2", "linf"] as const;

const plane = central(), { images: middle } = plane;

Deno.test("hopSkipJump() comes close to the nearest boundary of a linear model", async () => {
  const w = await Promise.all(
    [0, 1, 2, 3].map((k) => columns.slice([0, k], [12, 1]).reshape<tf.Tensor1D>([12]).array()),
  );
  const y = await plane.labels.data(), z = await fourPlanes(middle).array();
  const dual = {
    linf: (s: readonly number[]) => s.reduce((sum, v) => sum + Math.abs(v), 0),
    l2: (s: readonly number[]) => Math.hypot(...s),
  };
  for (const norm of norms) {
    const found = await hopSkipJump(fourPlanes, plane, { norm, queries: 3000 });
    assertEquals(await numbers(found.success), Array(6).fill(1));
    const ratios = (await numbers(found.distance)).map((ours, i) =>
      ours / Math.min(
        ...[0, 1, 2, 3].filter((k) => k !== y[i]).map((k) =>
          Math.abs(z[i]![k]! - z[i]![y[i]!]!) / dual[norm](w[k]!.map((v, j) => v - w[y[i]!]![j]!))
        ),
      )
    );
    assert(Math.min(...ratios) > 0.999, `${norm}: nearer than possible, ${ratios}`);
    // It goes to the boundary of the class that the noise was in, which may not be the nearest.
    assert(ratios.toSorted((a, b) => a - b)[2]! < 1.03, `${norm}: ${ratios}`);
  }
});

Deno.test("hopSkipJump() uses decisions and nothing else", async () => {
  const told: Classifier = (x) => tf.oneHot(plainly(x).argMax<tf.Tensor1D>(1), 5) as tf.Tensor2D;
  const loud: Classifier = (x) => told(x).mul(1e6).add(x.mean([1, 2, 3]).reshape([-1, 1])) as tf.Tensor2D;
  for (const norm of norms) {
    const given = { norm, queries: 400 }, open = await hopSkipJump(plainly, batch, given);
    for (const victim of [told, loud]) {
      const blind = await hopSkipJump(victim, batch, given);
      assertEquals(await gap(open.images, blind.images), 0);
      assertEquals(open.queries, blind.queries);
    }
  }
});

Deno.test("More queries of hopSkipJump() come nearer, and no image has more than it may", async () => {
  for (const norm of norms) {
    let before = Infinity;
    for (const queries of [60, 500, 1500]) {
      const found = await hopSkipJump(smooth, batch, { norm, queries });
      assert(found.queries.every((spent) => spent <= queries), `${found.queries} of ${queries}`);
      assert(found.queries.every((spent) => spent > 0.75 * queries || queries < 100), `${found.queries}`);
      const mean = (await found.distance.mean().data())[0]!;
      assert(mean < 0.9 * before, `${norm}: ${mean} after ${before}`);
      before = mean;
    }
  }
});

Deno.test("hopSkipJump() counts the queries of each image as they are asked", async () => {
  let asked = 0;
  const counting: Classifier = (x) => {
    asked += x.shape[0];
    return plainly(x);
  };
  const one = {
    images: batch.images.slice([3], [1]) as Images,
    labels: batch.labels.slice([3], [1]) as Labels,
  };
  // One more is what the check of the labels takes. The last stretch of samples is asked whole though fewer count: 100, 141 and 173 are 100, 160 and 180.
  for (const [steps, unused] of [[0, 0], [1, 0], [2, 19], [3, 19 + 7]] as const) {
    asked = 0;
    const { queries } = await hopSkipJump(counting, one, { steps });
    assertEquals(asked, 1 + queries[0]! + unused);
  }
});

Deno.test("What hopSkipJump() says of its images is true of them", async () => {
  for (const norm of norms) {
    for (const steps of [0, 1, 4]) {
      const found = await hopSkipJump(smooth, batch, { norm, steps });
      assertEquals(
        await found.success.data(),
        await smooth(found.images).argMax(1).notEqual(batch.labels).data(),
      );
      assertEquals(await numbers(found.distance), await numbers(distance(norm, found.images, batch.images)));
      assert((await contains(linf(1), batch.images, found.images)).every(Boolean));
    }
  }
});

Deno.test("hopSkipJump() leaves an image alone that is misclassified already, and asks once", async () => {
  const wrong = { images: middle, labels: plane.labels.add(1).mod(4).cast("int32") as Labels };
  const { images, success, distance, queries } = await hopSkipJump(fourPlanes, wrong);
  assertEquals(await gap(images, middle), 0);
  assertEquals([await numbers(success), await numbers(distance)], [Array(6).fill(1), Array(6).fill(0)]);
  assertEquals(queries, Array(6).fill(1));
});

Deno.test("An image for which hopSkipJump() finds no start comes back as it was", async () => {
  const zeros = { images: middle, labels: tf.zeros<tf.Rank.R1>([6], "int32") };
  const sure: Classifier = (x) => fourPlanes(x).mul(1e-3).add([9, 0, 0, 0]) as tf.Tensor2D;
  const { images, success, distance, queries } = await hopSkipJump(sure, zeros, { draws: 7 });
  assertEquals([await numbers(success), await numbers(distance)], [
    Array(6).fill(0),
    Array(6).fill(Infinity),
  ]);
  assertEquals(await gap(images, middle), 0);
  assertEquals(queries, Array(6).fill(8));
});

Deno.test("hopSkipJump() wins its targets from images that have them", async () => {
  const targets = labels("targets"), wanted = await targets.data(), has = await batch.labels.data();
  const places = [...wanted].map((target) => has.indexOf(target));
  const starts = batch.images.gather(tf.tensor1d(places, "int32")) as Images;
  for (const norm of norms) {
    const found = await hopSkipJump(smooth, batch, { norm, targets, starts, queries: 800, draws: 0 });
    assertEquals(await numbers(found.success), Array(16).fill(1));
    assertEquals(await smooth(found.images).argMax(1).data(), wanted);
    const far = distance(norm, starts, batch.images);
    assert((await found.distance.div(far).mean().data())[0]! < 0.6);
  }
});

Deno.test("hopSkipJump() stays in a ball if there is one, and judges what is left", async () => {
  const several = Array.from({ length: 16 }, (_, i) => 0.02 * i);
  const balls: AnyBall[] = [linf(0.15), l2(1.7), l1(20), linf(several), linf(0)];
  for (const ball of balls) {
    for (const norm of norms) {
      const { images, success } = await hopSkipJump(smooth, batch, { ball, norm, queries: 400 });
      assert((await contains(ball, batch.images, images)).every(Boolean), ball.norm);
      assertEquals(await success.data(), await smooth(images).argMax(1).notEqual(batch.labels).data());
      if (ball.epsilon === 0) assertEquals(await gap(images, batch.images), 0);
    }
  }
});

Deno.test("Each image fares with hopSkipJump() as it would alone", async () => {
  const given = { norm: "l2", queries: 400 } as const, whole = await hopSkipJump(smooth, batch, given);
  for (const places of [[3], [15, 2, 9], [4, 4, 0]]) {
    const rows = tf.tensor1d(places, "int32");
    const part = { images: batch.images.gather(rows), labels: batch.labels.gather(rows), ids: places };
    const found = await hopSkipJump(smooth, part, given);
    assert(await gap(found.images, whole.images.gather(rows)) < 1e-5);
    assertEquals(found.queries, places.map((place) => whole.queries[place]!));
  }
  const other = await hopSkipJump(smooth, batch, { ...given, seed: 1 });
  assert(await gap(other.images, whole.images) > 1e-2);
});

Deno.test("hopSkipJump() on a frozen classifier finds the same images", async () => {
  for (const norm of norms) {
    const given = { norm, queries: 300 };
    const [plain, compiled] = [
      await hopSkipJump(plainly, batch, given),
      await hopSkipJump(smooth, batch, given),
    ];
    assert(await gap(plain.distance, compiled.distance) < 1e-3);
  }
});

Deno.test("hopSkipJump() leaves no tensor behind but its result, nor where it fails", async () => {
  const once = async () => {
    const { images, success, distance } = await hopSkipJump(smooth, batch, { ball: l2(1), queries: 300 });
    tf.dispose([images, success, distance]);
  };
  await once();
  const count = tf.memory().numTensors;
  await once();
  assertEquals(tf.memory().numTensors, count);
  const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
  await assertRejects(() => hopSkipJump(flat, batch), RangeError, "logits [16, classes]");
  for (const last of [1, 2, 10, 40]) {
    let calls = 0;
    const breaking: Classifier = (x) => {
      if (calls++ === last) throw new Error("It broke");
      return plainly(x);
    };
    await assertRejects(() => hopSkipJump(breaking, batch), Error, "It broke");
    assertEquals(tf.memory().numTensors, count, `after ${last} calls`);
  }
  assert(!batch.images.isDisposed && !batch.labels.isDisposed);
});

Deno.test("hopSkipJump() of no image at all finds nothing", async () => {
  const none = { images: batch.images.slice(0, 0) as Images, labels: batch.labels.slice(0, 0) as Labels };
  const { images, queries } = await hopSkipJump(smooth, none);
  assertEquals([images.shape, queries], [[0, 12, 12, 3], []]);
});

Deno.test("hopSkipJump() says what is wrong", async () => {
  const wrong: [Parameters<typeof hopSkipJump>[2], string][] = [
    [{ steps: 0.5 }, "steps 0.5"],
    [{ queries: 0 }, "queries 0"],
    [{ initialSamples: 1 }, "initialSamples 1"],
    [{ tries: 0 }, "tries 0"],
    [{ gamma: 0 }, "gamma 0"],
    [{ norm: "l1" as "l2" }, 'Cannot use norm "l1": "l2" or "linf" is wanted'],
    [{ starts: batch.images }, "Cannot start from images [16,12,12,3] for images [6,3,4,1]"],
  ];
  for (const [options, message] of wrong) {
    await assertRejects(() => hopSkipJump(fourPlanes, plane, options), RangeError, message);
  }
});

Deno.test("hopSkipJump() comes past what hides gradients, nearer with a gamma that fits its rounding", async () => {
  const hidden: Classifier = (x) => plainly(x.mul(8).round().div(8) as Images);
  const still = { images: batch.images, labels: hidden(batch.images).argMax(1) as Labels };
  const mean = async (gamma: number) => {
    const { success, distance } = await hopSkipJump(hidden, still, { queries: 800, gamma });
    assertEquals(await numbers(success), Array(16).fill(1));
    return (await distance.mean().data())[0]!;
  };
  const [fine, coarse] = [await mean(1), await mean(100)];
  assert(coarse < 0.6 * fine, `${coarse} and ${fine}`);
});

Deno.test("hopSkipJump() begins with the nearest of its tries", async () => {
  for (const norm of norms) {
    const [one, several] = [
      await hopSkipJump(smooth, batch, { norm, steps: 0, tries: 1 }),
      await hopSkipJump(smooth, batch, { norm, steps: 0, tries: 8 }),
    ];
    const ratio = several.distance.div(one.distance);
    assert((await ratio.max().data())[0]! < 1.4, "halving four times tells to a sixteenth of the way");
    assert((await ratio.mean().data())[0]! < 0.85);
  }
});
