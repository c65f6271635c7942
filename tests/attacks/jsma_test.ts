import { assert, assertEquals, assertRejects } from "@std/assert";
import { contains, jsma, l2, linf } from "@gcln/kit/attacks";
import {
  type Batch,
  type Classifier,
  frozen,
  type Images,
  type Labels,
  normal,
  random,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { images, labels, network } from "./_golden.ts";
import { central, fourPlanes } from "./_models.ts";

await useBackend();

interface Golden {
  readonly network: "plain" | "robust" | "smooth";
  readonly theta: number;
  readonly gamma: number;
  readonly success: boolean[];
  readonly changed: number[][];
}

const golden: Golden[] = JSON.parse(
  await Deno.readTextFile(new URL("../../fixtures/golden/jsma.json", import.meta.url)),
);
const batch: Batch = { images: images(), labels: labels() }, targets = labels("targets");
const nets = { plain: network("plain"), robust: network("robust"), smooth: network("smooth") };

/** The features that differ, by their places in an image. */
async function changed(images: Images, original: Images): Promise<number[][]> {
  const differ = await images.notEqual(original).data(), n = images.shape[0], each = differ.length / n;
  return Array.from({ length: n }, (_, i) => {
    return [...differ.slice(i * each, (i + 1) * each)].flatMap((yes, feature) => yes ? [feature] : []);
  });
}

for (const { network, theta, gamma, success, changed: theirs } of golden) {
  Deno.test(`The features that torchattacks' JSMA changes by ${theta} on the ${network} network`, async () => {
    const found = await jsma(nets[network], batch, { theta, gamma, targets, reuse: "never" });
    assertEquals([...await found.success.data()].map(Boolean), success);
    const ours = await changed(found.images, batch.images);
    // Failures come back as they were here, and as far as they got there.
    assertEquals(ours, theirs.map((features, i) => success[i] ? features : []));
    assertEquals(
      [...await found.distance.data()],
      ours.map((features, i) => success[i] ? features.length : Infinity),
    );
  });
}

/** Two logits of n features, with slopes u and −v: their saliency map is theirs everywhere. */
function sloped(u: Float32Array, v: Float32Array): Classifier {
  const slopes = tf.stack([tf.tensor1d(v).neg(), tf.tensor1d(u)], 1) as tf.Tensor2D;
  return (x) => x.reshape<tf.Tensor2D>([-1, u.length]).matMul(slopes).add([1e6, 0]) as tf.Tensor2D; // never falls
}

/** All pairs, one by one. */
function bestPair(u: Float32Array, v: Float32Array): number[] {
  let best: number[] = [], most = 0;
  for (let p = 0; p < u.length; p++) {
    for (let q = p + 1; q < u.length; q++) {
      const gain = u[p]! + u[q]!, loss = v[p]! + v[q]!;
      if (gain > 0 && loss > 0 && gain * loss > most) [best, most] = [[p, q], gain * loss];
    }
  }
  return best;
}

Deno.test("jsma() finds the best of all pairs, as a search through all of them does", async () => {
  const draws: Record<string, (next: () => number) => [number, number]> = {
    "independent": (next) => [next() - 0.5, next() - 0.5],
    "all good": (next) => [next(), next()],
    "all bad": (next) => [-next(), next()],
    "many alike": (next) => [Math.round(4 * next()) - 2, Math.round(4 * next()) - 2],
    "one rises as the other falls": (next) => {
      const u = next() * 2 - 0.5;
      return [u, 1 - u];
    },
    "one good": (next) => next() < 0.02 ? [1, 1] : [-next(), -next()],
  };
  for (const [name, draw] of Object.entries(draws)) {
    for (let seed = 0; seed < 40; seed++) {
      const next = random(seed), n = 2 + seed * 3;
      const pairs = Array.from({ length: n }, () => draw(next));
      const u = Float32Array.from(pairs, ([u]) => u), v = Float32Array.from(pairs, ([, v]) => v);
      // Whether a pair was taken shows in what it changes: the last logit is to win with it alone.
      const wanted = bestPair(u, v);
      const steps = { gamma: 2 / n, targets: tf.tensor1d([1], "int32") };
      const given = { images: tf.fill<tf.Rank.R4>([1, 1, n, 1], 0.5), labels: tf.tensor1d([0], "int32") };
      const seen: number[][] = [];
      const watched: Classifier = (x) => {
        seen.push([...x.dataSync()].flatMap((value, i) => value === 1 ? [i] : []));
        return sloped(u, v)(x);
      };
      await jsma(watched, given, steps);
      assertEquals(seen.at(-1), wanted, `${name}, ${n} features`);
    }
  }
});

const plane = central(0.2), { images: middle } = plane;

Deno.test("jsma() wins its targets, or any wrong class, and says truly whether it did", async () => {
  const given = batch.labels;
  for (const net of [nets.smooth]) {
    for (const theta of [1, -0.4]) {
      for (const untargeted of ["likeliest", "away", "maximal", undefined] as const) {
        const aim = untargeted ? { untargeted } : { targets };
        const { images, success, distance } = await jsma(net, batch, { theta, gamma: 0.1, ...aim });
        const predicted = net(images).argMax<tf.Tensor1D>(1);
        const won = await (untargeted ? predicted.notEqual(given) : predicted.equal(targets)).data();
        assertEquals(await success.data(), won);
        assert((await contains(linf(1), batch.images, images)).every(Boolean));
        const counts = (await changed(images, batch.images)).map((features) => features.length);
        assertEquals([...await distance.data()], counts.map((count, i) => won[i] ? count : Infinity));
        assert(Math.max(...counts) <= 0.1 * 432);
        counts.forEach((count, i) => assert(won[i] ? count > 0 : count === 0));
        const direction = await images.sub(batch.images).mul(theta).min().data();
        assert(direction[0]! >= 0, "it changes features in one direction only");
      }
    }
  }
});

Deno.test("Without targets jsma() goes to the likeliest wrong class, with fewer changes than by other ways", async () => {
  const changes = async (options: Parameters<typeof jsma>[2]) => {
    const { success, distance } = await jsma(nets.smooth, batch, { gamma: 0.2, ...options });
    assertEquals([...await success.data()], Array(16).fill(1));
    return (await distance.mean().data())[0]!;
  };
  const likeliest = await changes({});
  for (const other of [{ targets }, { untargeted: "away" }, { untargeted: "maximal" }] as const) {
    assert(likeliest < await changes(other), Object.keys(other)[0]);
  }
});

Deno.test("With two classes all of jsma()'s aims are the same", async () => {
  const two: Classifier = (x) => nets.smooth(x).slice([0, 0], [-1, 2]);
  const labels = two(batch.images).argMax<tf.Tensor1D>(1), given = { images: batch.images, labels };
  const targets = tf.sub(1, labels).cast<Labels>("int32");
  const aimed = await jsma(two, given, { targets });
  for (const untargeted of ["likeliest", "away", "maximal"] as const) {
    const found = await jsma(two, given, { untargeted });
    assertEquals(await found.images.data(), await aimed.images.data());
  }
});

Deno.test("jsma() takes a feature again until it is black or white, or never", async () => {
  // Only two features matter, and they have to be all white for class 1 to win.
  const slopes = tf.tensor2d([[-1, 1], [-1, 1], [0, 0], [0, 0], [0, 0]]);
  const needy: Classifier = (x) =>
    x.reshape<tf.Tensor2D>([-1, 5]).matMul(slopes).add([3.9, 0]) as tf.Tensor2D;
  const given: Batch = { images: tf.zeros([1, 1, 5, 1]), labels: tf.tensor1d([0], "int32") };
  const again = await jsma(needy, given, { theta: 0.25, gamma: 1 });
  assertEquals([...await again.success.data()], [0], "two moves of a quarter are not enough");
  for (
    const [theta, reuse, success] of [[0.5, "until black or white", 1], [0.5, "never", 0], [
      1,
      "never",
      1,
    ]] as const
  ) {
    const found = await jsma(needy, given, { theta, gamma: 1, reuse });
    assertEquals([...await found.success.data()], [success], `${theta}, ${reuse}`);
    assertEquals([...await found.images.data()], success ? [1, 1, 0, 0, 0] : [0, 0, 0, 0, 0]);
  }
});

Deno.test("jsma() leaves alone what is misclassified already, and what it cannot win", async () => {
  const wrong = { images: middle, labels: plane.labels.add(1).mod(4).cast("int32") as Labels };
  const fallen = await jsma(fourPlanes, wrong);
  assertEquals([...await fallen.success.data()], Array(6).fill(1));
  const flat: Classifier = (x) => fourPlanes(x).mul(0).add([1, 0, 0, 0]) as tf.Tensor2D;
  const sure: Classifier = (x) => fourPlanes(x).add([99, 0, 0, 0]) as tf.Tensor2D;
  const zeros = { images: middle, labels: tf.zeros<tf.Rank.R1>([6], "int32") };
  for (
    const { success, images, distance } of [
      await jsma(flat, zeros),
      await jsma(sure, zeros, { gamma: 1 }),
      await jsma(fourPlanes, plane, { gamma: 0 }),
    ]
  ) {
    assertEquals([...await success.data()], Array(6).fill(0));
    assertEquals([...await distance.data()], Array(6).fill(Infinity));
    assertEquals(await images.data(), await middle.data());
  }
  assertEquals(await fallen.images.data(), await middle.data());
});

Deno.test("jsma() stays in a ball if there is one, and judges what is left", async () => {
  for (const ball of [linf(0.3), l2(1.5), linf(0)]) {
    const { images, success } = await jsma(nets.plain, batch, { ball });
    assert((await contains(ball, batch.images, images)).every(Boolean));
    assertEquals(await success.data(), await nets.plain(images).argMax(1).notEqual(batch.labels).data());
  }
});

Deno.test("jsma() finds in an image the same whatever batch it is in, compiled or not", async () => {
  const marked = frozen(nets.plain),
    whole = await changed((await jsma(nets.plain, batch)).images, batch.images);
  const alone = {
    images: batch.images.slice([3], [1]) as Images,
    labels: batch.labels.slice([3], [1]) as Labels,
  };
  assertEquals(await changed((await jsma(nets.plain, alone)).images, alone.images), [whole[3]]);
  assertEquals(await changed((await jsma(marked, batch)).images, batch.images), whole);
  marked.dispose();
});

Deno.test("jsma() attacks 32 x 32 colour images in little memory", async () => {
  const n = 32 * 32 * 3, weights = normal<tf.Rank.R2>([n, 10], 0, 0.05, 5);
  const classifier: Classifier = (x) =>
    x.sub(0.5).reshape<tf.Tensor2D>([-1, n]).matMul(weights) as tf.Tensor2D;
  const images = uniform<tf.Rank.R4>([8, 32, 32, 3], 0, 1, 6),
    given = { images, labels: classifier(images).argMax<tf.Tensor1D>(1) };
  let most = 0;
  const watched: Classifier = (x) => {
    most = Math.max(most, tf.memory().numBytes);
    return classifier(x);
  };
  const before = tf.memory().numBytes, { success, distance } = await jsma(watched, given);
  assertEquals([...await success.data()], Array(8).fill(1));
  assert((await distance.max().data())[0]! > 2, "more than one step was taken");
  // The matrix of all pairs of one image alone would be 38 MB.
  assert(most - before < 4e6, `${most - before} bytes`);
});

Deno.test("jsma() leaves no tensor behind but its result", async () => {
  const once = async () =>
    tf.dispose({ ...await jsma(nets.smooth, batch, { ball: l2(1), untargeted: "maximal" }) });
  await once();
  const count = tf.memory().numTensors;
  await once();
  assertEquals(tf.memory().numTensors, count);
  const flat = ((x: Images) => x.sum([1, 2, 3])) as unknown as Classifier;
  await assertRejects(() => jsma(flat, batch), RangeError, "logits [16, classes]");
  assert(!batch.images.isDisposed && !batch.labels.isDisposed);
});

Deno.test("jsma() says what is wrong", async () => {
  await assertRejects(() => jsma(fourPlanes, plane, { theta: 0 }), RangeError, "theta 0");
  await assertRejects(() => jsma(fourPlanes, plane, { theta: NaN }), RangeError, "theta NaN");
  await assertRejects(() => jsma(fourPlanes, plane, { gamma: 1.1 }), RangeError, "gamma 1.1");
  const bytes = { ...plane, images: middle.mul(255) as Images };
  await assertRejects(() => jsma(fourPlanes, bytes), RangeError, "divide by 255");
});
