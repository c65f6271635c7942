import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { contains, deepFool, distance, l1, l2, linf } from "@gcln/kit/attacks";
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
import { central, columns, fourPlanes, gap } from "./_models.ts";

await useBackend();

interface Golden {
  readonly library: string;
  readonly network: "plain" | "robust" | "smooth";
  readonly norm: "l2" | "linf";
  readonly success: boolean[];
  readonly distances: number[];
}

const golden: Golden[] = JSON.parse(
  await Deno.readTextFile(new URL("../../fixtures/golden/deep_fool_distances.json", import.meta.url)),
);
const batch: Batch = { images: images(), labels: labels() };
const nets = { plain: network("plain"), robust: network("robust"), smooth: network("smooth") };

for (const { library, network, norm, success, distances } of golden) {
  Deno.test(`The same distances as ${library}'s DeepFool (${norm}) on the ${network} network`, async () => {
    const found = await deepFool(nets[network], batch, { norm });
    assertEquals([...await found.success.data()].map(Boolean), success);
    const ours = [...await found.distance.data()];
    const apart = ours.map((d, i) => Math.abs(d / distances[i]! - 1));
    // torchattacks does not lengthen its steps by 1e-4.
    assert(Math.max(...apart) < (library === "foolbox" ? 1e-4 : 1e-3), `${apart}`);
  });
}

const plane = central(), { images: middle } = plane;

Deno.test("deepFool() goes straight to the nearest boundary of a linear model, and a little over it", async () => {
  const each = Array.from({ length: 4 }, async (_, k) => [...await columns.slice([0, k], [12, 1]).data()]);
  const w = await Promise.all(each),
    labels = await plane.labels.data(),
    logits = await fourPlanes(middle).array();
  for (const norm of ["l2", "linf"] as const) {
    const { success, distance } = await deepFool(fourPlanes, plane, { norm });
    const ours = await distance.data();
    assert((await success.data()).every(Boolean));
    logits.forEach((z, i) => {
      const y = labels[i]!;
      const ways = [0, 1, 2, 3].filter((k) => k !== y).map((k) => {
        const slope = w[k]!.map((v, j) => v - w[y]![j]!);
        const size = norm === "l2" ? Math.hypot(...slope) : slope.reduce((sum, v) => sum + Math.abs(v), 0);
        return Math.abs(z[k]! - z[y]!) / size;
      });
      assertAlmostEquals(ours[i]!, 1.02 * (Math.min(...ways) + 1e-4), 1e-5);
    });
  }
});

Deno.test("deepFool() goes as far over the boundary as it is told", async () => {
  const near = await deepFool(fourPlanes, plane, { overshoot: 0 });
  const over = await deepFool(fourPlanes, plane, { overshoot: 0.5 });
  assertAlmostEquals((await over.distance.div(near.distance).min().data())[0]!, 1.5, 1e-3);
  assertAlmostEquals((await over.distance.div(near.distance).max().data())[0]!, 1.5, 1e-3);
});

Deno.test("deepFool() leaves an image alone that is misclassified already", async () => {
  const wrong = { images: middle, labels: plane.labels.add(1).mod(4).cast("int32") as Labels };
  const { images, success, distance } = await deepFool(fourPlanes, wrong);
  assertEquals(await gap(images, middle), 0);
  assertEquals([...await success.data()], Array(6).fill(1));
  assertEquals([...await distance.data()], Array(6).fill(0));
});

Deno.test("deepFool() wins its targets, at no less distance than any class", async () => {
  const targets = labels("targets");
  for (const norm of ["l2", "linf"] as const) {
    const aimed = await deepFool(nets.smooth, batch, { norm, targets }),
      any = await deepFool(nets.smooth, batch, { norm });
    assertEquals([...await aimed.success.data()], Array(16).fill(1));
    assertEquals(await nets.smooth(aimed.images).argMax(1).data(), await targets.data());
    assert((await aimed.distance.mean().data())[0]! > (await any.distance.mean().data())[0]!);
  }
});

Deno.test("What deepFool() says of its images is true of them", async () => {
  for (const norm of ["l2", "linf"] as const) {
    for (const steps of [1, 2, 50]) {
      const found = await deepFool(nets.plain, batch, { norm, steps });
      const fooled = await nets.plain(found.images).argMax(1).notEqual(batch.labels).data();
      assertEquals(await found.success.data(), fooled);
      const far = await distance(norm, found.images, batch.images).data();
      assertEquals([...await found.distance.data()], [...far].map((one, i) => fooled[i] ? one : Infinity));
      assert((await contains(linf(1), batch.images, found.images)).every(Boolean));
    }
  }
});

Deno.test("An image for which deepFool() finds nothing comes back as it was", async () => {
  const stubborn: Classifier = (x) => fourPlanes(x).mul(0).add([1, 0, 0, 0]) as tf.Tensor2D; // no gradient at all
  const zeros = { images: middle, labels: tf.zeros<tf.Rank.R1>([6], "int32") };
  const sure: Classifier = (x) => fourPlanes(x).mul(1e-3).add([9, 0, 0, 0]) as tf.Tensor2D; // a boundary outside [0, 1]
  for (const classifier of [stubborn, sure]) {
    const { images, success, distance } = await deepFool(classifier, zeros, { steps: 5 });
    assertEquals([...await success.data()], Array(6).fill(0));
    assertEquals([...await distance.data()], Array(6).fill(Infinity));
    assertEquals(await gap(images, middle), 0);
  }
});

Deno.test("deepFool() finds its way back from where an almost flat stretch has sent it", async () => {
  // Up to 0.5 the boundary seems to be 1e9 away, past it the way leads back to 0.75.
  const strange: Classifier = (x) => {
    const a = x.reshape<tf.Tensor1D>([-1]), high = a.greaterEqual(0.5).cast("float32");
    const score = tf.sub(1, high).mul(a).mul(1e-9).add(high.mul(tf.sub(4, a.mul(4)))).sub(1);
    return tf.stack([tf.zerosLike(score), score], 1) as tf.Tensor2D;
  };
  const one = { images: tf.fill([1, 1, 1, 1], 0.4) as Images, labels: tf.tensor1d([0], "int32") };
  for (const norm of ["l2", "linf"] as const) {
    assertAlmostEquals((await (await deepFool(strange, one, { norm })).images.data())[0]!, 0.75, 0.02);
  }
});

Deno.test("deepFool() stays in a ball if there is one, and judges what is left", async () => {
  for (
    const ball of [
      linf(0.03),
      l2(0.5),
      l1(5),
      linf(Array.from({ length: 16 }, (_, i) => 0.01 * i)),
      linf(0),
    ]
  ) {
    const { images, success } = await deepFool(nets.plain, batch, { ball });
    assert((await contains(ball, batch.images, images)).every(Boolean), ball.norm);
    assertEquals(await success.data(), await nets.plain(images).argMax(1).notEqual(batch.labels).data());
    if (ball.epsilon === 0) assertEquals(await gap(images, batch.images), 0);
  }
});

Deno.test("Each image is searched by itself: alone it finds what it finds in the batch", async () => {
  const whole = await deepFool(nets.robust, batch);
  const alone = {
    images: batch.images.slice([3], [1]) as Images,
    labels: batch.labels.slice([3], [1]) as Labels,
  };
  const single = await deepFool(nets.robust, alone);
  assert(await gap(single.images, whole.images.slice([3], [1])) < 1e-5);
});

Deno.test("deepFool() on a frozen classifier finds the same distances", async () => {
  const marked = frozen(nets.smooth);
  const [plain, compiled] = [await deepFool(nets.smooth, batch), await deepFool(marked, batch)];
  assert(await gap(plain.distance, compiled.distance) < 1e-4);
  marked.dispose();
});

Deno.test("deepFool() leaves no tensor behind but its result, nor where it fails", async () => {
  const once = async () => tf.dispose({ ...await deepFool(nets.smooth, batch, { ball: l2(1) }) });
  await once();
  const count = tf.memory().numTensors;
  await once();
  assertEquals(tf.memory().numTensors, count);
  const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
  await assertRejects(() => deepFool(flat, batch), RangeError, "logits [16, classes]");
  assertEquals(tf.memory().numTensors, count);
  assert(!batch.images.isDisposed && !batch.labels.isDisposed);
});

Deno.test("deepFool() says what is wrong", async () => {
  await assertRejects(() => deepFool(fourPlanes, plane, { steps: 0.5 }), RangeError, "steps 0.5");
  await assertRejects(() => deepFool(fourPlanes, plane, { overshoot: -1 }), RangeError, "overshoot -1");
  const bytes = { ...plane, images: middle.mul(255) as Images };
  await assertRejects(() => deepFool(fourPlanes, bytes), RangeError, "divide by 255");
});
