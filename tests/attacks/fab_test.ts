import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type AnyBall, contains, distance, fab, fabTargeted, l1, l2, linf } from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
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
const attacks = { fab, fabTargeted };
const norms = ["linf", "l2", "l1"] as const;
const rows = (given: Batch, places: readonly number[]): Batch => {
  const indices = tf.tensor1d([...places], "int32");
  return { images: given.images.gather(indices), labels: given.labels.gather(indices), ids: places };
};

const plane = central(), { images: middle } = plane;

for (const [name, attack] of Object.entries(attacks)) {
  Deno.test(`${name}() finds the nearest boundary of a linear model in each norm`, async () => {
    const w = await Promise.all(
      [0, 1, 2, 3].map((k) => columns.slice([0, k], [12, 1]).reshape<tf.Tensor1D>([12]).array()),
    );
    const y = await plane.labels.data(), z = await fourPlanes(middle).array();
    const dual = {
      linf: (s: readonly number[]) => s.reduce((sum, v) => sum + Math.abs(v), 0),
      l2: (s: readonly number[]) => Math.hypot(...s),
      l1: (s: readonly number[]) => Math.max(...s.map(Math.abs)),
    };
    for (const norm of norms) {
      const found = await attack(fourPlanes, plane, { norm, steps: 10 });
      assertEquals(await numbers(found.success), Array(6).fill(1));
      (await numbers(found.distance)).forEach((ours, i) => {
        const ways = [0, 1, 2, 3].filter((k) => k !== y[i]).map((k) =>
          Math.abs(z[i]![k]! - z[i]![y[i]!]!) / dual[norm](w[k]!.map((v, j) => v - w[y[i]!]![j]!))
        );
        // l1 moves one pixel as far as it can go, which may be too short: then it is further.
        if (norm === "l1" && ours > 0.4) assert(ours > Math.min(...ways));
        else assertAlmostEquals(ours / Math.min(...ways), 1, 1e-3, `${norm} ${i}`);
      });
    }
  });

  Deno.test(`${name}() leaves an image alone that is misclassified already`, async () => {
    const wrong = { images: middle, labels: plane.labels.add(1).mod(4).cast("int32") as Labels };
    const { images, success, distance } = await attack(fourPlanes, wrong);
    assertEquals(await gap(images, middle), 0);
    assertEquals([await numbers(success), await numbers(distance)], [Array(6).fill(1), Array(6).fill(0)]);
  });

  Deno.test(`An image for which ${name}() finds nothing comes back as it was`, async () => {
    const zeros = { images: middle, labels: tf.zeros<tf.Rank.R1>([6], "int32") };
    const stubborn: Classifier = (x) => fourPlanes(x).mul(0).add([1, 0, 0, 0]) as tf.Tensor2D; // no gradient at all
    const sure: Classifier = (x) => fourPlanes(x).mul(1e-3).add([9, 0, 0, 0]) as tf.Tensor2D; // no boundary in [0, 1]
    for (const classifier of [stubborn, sure]) {
      for (const norm of norms) {
        const { images, success, distance } = await attack(classifier, zeros, {
          norm,
          steps: 3,
          restarts: 2,
        });
        assertEquals([await numbers(success), await numbers(distance)], [
          Array(6).fill(0),
          Array(6).fill(Infinity),
        ]);
        assertEquals(await gap(images, middle), 0);
      }
    }
  });

  Deno.test(`What ${name}() says of its images is true of them`, async () => {
    for (const norm of norms) {
      for (const steps of [1, 2, 8]) {
        const found = await attack(smooth, batch, { norm, steps });
        assertEquals(
          await found.success.data(),
          await smooth(found.images).argMax(1).notEqual(batch.labels).data(),
        );
        const fooled = await numbers(found.success),
          far = await numbers(distance(norm, found.images, batch.images));
        assertEquals(await numbers(found.distance), far.map((one, i) => fooled[i] ? one : Infinity));
        assert((await contains(linf(1), batch.images, found.images)).every(Boolean));
      }
    }
  });

  Deno.test(`More steps and more restarts of ${name}() are never further away`, async () => {
    const few = await attack(smooth, batch, { norm: "l2", steps: 6 });
    const more = await attack(smooth, batch, { norm: "l2", steps: 12 });
    const again = await attack(smooth, batch, { norm: "l2", steps: 12, restarts: 3 });
    // By the tenth of a percent: the final search starts elsewhere.
    assert((await more.distance.div(few.distance).max().data())[0]! < 1.001);
    assert((await again.distance.div(more.distance).max().data())[0]! < 1.001);
    assert(await gap(again.distance, more.distance) > 1e-4, "restarts have found something else");
  });

  Deno.test(`${name}() stays in a ball if there is one, and judges what is left`, async () => {
    const several = Array.from({ length: 16 }, (_, i) => 0.01 * i);
    const balls: AnyBall[] = [linf(0.05), l2(0.7), l1(5), linf(several), linf(0)];
    for (const ball of balls) {
      for (const stop of ["at the end", "on success"] as const) {
        const { images, success } = await attack(smooth, batch, { ball, stop, steps: 4, restarts: 2 });
        assert((await contains(ball, batch.images, images)).every(Boolean), ball.norm);
        assertEquals(
          await success.data(),
          await smooth(images).argMax(1).notEqual(batch.labels).data(),
        );
        if (ball.epsilon === 0) assertEquals(await gap(images, batch.images), 0);
      }
    }
  });

  Deno.test(`${name}() that stops on success brings the same images to fall`, async () => {
    for (const ball of [linf(0.055), l2(0.8), l1(6)]) {
      const given = { ball, steps: 12 };
      const early = await numbers((await attack(smooth, batch, { ...given, stop: "on success" })).success);
      assertEquals(early, await numbers((await attack(smooth, batch, given)).success));
      assert(early.includes(0) && early.includes(1), `the ${ball.norm} ball is of no use for this test`);
    }
  });

  Deno.test(`Each image fares with ${name}() as it would alone, random restarts and all`, async () => {
    const given = { norm: "l2", steps: 8, restarts: 3 } as const;
    const whole = await attack(smooth, batch, given);
    for (const places of [[3], [15, 2, 9], [4, 4, 0]]) {
      const part = await attack(smooth, rows(batch, places), given);
      assert(await gap(part.images, whole.images.gather(tf.tensor1d(places, "int32"))) < 1e-5);
    }
    const ids = Array.from({ length: 16 }, (_, i) => 100 + i),
      others = await attack(smooth, { ...batch, ids }, given);
    assert(await gap(others.images, whole.images) > 1e-4, "ids make no difference");
  });

  Deno.test(`${name}() on a frozen classifier finds the same distances, call after call`, async () => {
    for (const norm of norms) {
      const { distance } = await attack(plainly, batch, { norm, steps: 5 });
      for (let call = 0; call < 2; call++) {
        assert(await gap(distance, (await attack(smooth, batch, { norm, steps: 5 })).distance) < 1e-4);
      }
    }
  });

  Deno.test(`${name}() leaves no tensor behind but its result, nor where it fails`, async () => {
    const once = async () =>
      tf.dispose({
        ...await attack(smooth, batch, { ball: l2(0.75), steps: 3, restarts: 2, stop: "on success" }),
      });
    await once();
    const count = tf.memory().numTensors;
    await once();
    assertEquals(tf.memory().numTensors, count);
    const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
    await assertRejects(() => attack(flat, batch), RangeError, "logits [16, classes]");
    let calls = 0;
    const breaking: Classifier = (x) => {
      if (calls++ > 20) throw new Error("It broke");
      return plainly(x);
    };
    await assertRejects(() => attack(breaking, batch), Error, "It broke");
    assertEquals(tf.memory().numTensors, count);
    assert(!batch.images.isDisposed && !batch.labels.isDisposed);
  });

  Deno.test(`${name}() of no image at all finds nothing`, async () => {
    const none = rows(batch, []);
    const { images, success, distance } = await attack(smooth, none);
    assertEquals([images.shape, success.shape, distance.shape], [[0, 12, 12, 3], [0], [0]]);
  });

  Deno.test(`${name}() says what is wrong`, async () => {
    const wrong: [Parameters<typeof fab>[2], string][] = [
      [{ steps: 0 }, "steps 0"],
      [{ restarts: 0.5 }, "restarts 0.5"],
      [{ alphaMax: 2 }, "alphaMax 2"],
      [{ beta: -1 }, "beta -1"],
      [{ eta: 0.9 }, "eta 0.9"],
      [{ stop: "on success" }, "without a ball"],
      [{ stop: "on success", ball: l2(1), norm: "linf" }, "in an l2 ball with distances in linf"],
      [{ stop: "soon" as "at the end" }, 'Cannot use stop "soon"'],
    ];
    for (const [options, message] of wrong) {
      await assertRejects(() => attack(fourPlanes, plane, options), RangeError, message);
    }
    const bytes = { ...plane, images: middle.mul(255) as Images };
    await assertRejects(() => attack(fourPlanes, bytes), RangeError, "divide by 255");
  });
}

Deno.test("fab() wins its targets, at no less distance than any class", async () => {
  const targets = labels("targets");
  for (const norm of norms) {
    const aimed = await fab(smooth, batch, { norm, targets, steps: 20 });
    const any = await fab(smooth, batch, { norm, steps: 20 });
    assertEquals(await numbers(aimed.success), Array(16).fill(1));
    assertEquals(await smooth(aimed.images).argMax(1).data(), await targets.data());
    assert((await aimed.distance.mean().data())[0]! > (await any.distance.mean().data())[0]!);
  }
});

Deno.test("fabTargeted() of more classes is never further away, and of one class goes to the likeliest", async () => {
  const [one, all] = [
    await fabTargeted(fourPlanes, plane, { norm: "l2", targetCount: 1, steps: 10 }),
    await fabTargeted(fourPlanes, plane, { norm: "l2", steps: 10 }),
  ];
  assert((await all.distance.sub(one.distance).max().data())[0]! < 1e-4);
  const wrong = tf.where(tf.oneHot(plane.labels, 4).cast("bool"), -Infinity, fourPlanes(middle));
  assertEquals(
    await numbers(fourPlanes(one.images).argMax(1)),
    await numbers(wrong.argMax(1)),
  );
});

Deno.test("fabTargeted() asks for one gradient a step, fab() for those of all classes", async () => {
  let passes = 0;
  const counting: Classifier = (x) => {
    passes++;
    return fourPlanes(x);
  };
  type Minimal = (
    surrogate: Classifier,
    batch: Batch,
    options: { readonly steps: number },
  ) => Promise<unknown>;
  const cost = async (attack: Minimal, steps: number, options = {}) => {
    passes = 0;
    await attack(counting, plane, { ...options, steps });
    return passes;
  };
  const each = async (attack: Minimal, options = {}) =>
    await cost(attack, 2, options) - await cost(attack, 1, options);
  assertEquals(await each(fabTargeted, { targetCount: 1 }), 2);
  assertEquals(await each(fabTargeted), 3 * 2);
  assertEquals(await each(fab), 1 + 4 + 1);
  assertEquals(await each(fab, { targets: plane.labels.add(1).mod(4).cast("int32") as Labels }), 2);
});

Deno.test("Images that have fallen leave the batch of fabTargeted() that stops on success", async () => {
  let asked = 0;
  const counting: Classifier = (x) => {
    asked += x.shape[0];
    return plainly(x);
  };
  const cost = async (stop: "on success" | "at the end") => {
    asked = 0;
    const { success } = await fabTargeted(counting, batch, { ball: l2(1), stop, steps: 20 });
    return [asked, (await success.sum().data())[0]!] as const;
  };
  const [[late, fallen], [early, same]] = [await cost("at the end"), await cost("on success")];
  assertEquals(fallen, same);
  assert(early < 0.7 * late, `${early} of ${late} images were asked about`);
});

Deno.test("The change that FAB finds is a hair over the boundary", async () => {
  const { images } = await fab(smooth, batch, { norm: "l2" });
  const over = await numbers(leadOf(smooth, images, batch.labels));
  assert(Math.min(...over) > 0 && Math.max(...over) < 0.01, `${over}`);
});
