import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  type Likeness,
  likenessFindings,
  type LikenessResult,
  meanOf,
  overlaps,
  relativeDistances,
} from "@gcln/kit/evaluation";
import { normal, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

Deno.test("relativeDistances() is ‖a − b‖ / ‖b‖ of each image, whatever the shape of its activations", async () => {
  for (const shape of [[3, 7], [3, 4, 5, 2]]) {
    const a = normal(shape as [number, number], 0, 1, 1), b = normal(shape as [number, number], 0, 1, 2);
    const [as, bs] = [await a.data(), await b.data()], each = as.length / 3;
    const length = (values: number[]) => Math.hypot(...values);
    const found = await relativeDistances(a, b).data();
    for (let i = 0; i < 3; i++) {
      const [x, y] = [as, bs].map((all) => [...all].slice(i * each, (i + 1) * each)) as [number[], number[]];
      assertAlmostEquals(found[i]!, length(x.map((v, k) => v - y[k]!)) / length(y), 1e-5);
    }
  }
});

Deno.test("relativeDistances() is 0 of what is alike, all zeros included, and about √2 of what has nothing in common", async () => {
  const one = tf.tensor2d([[0, 0], [3, 4]]),
    two = tf.tensor2d([[1, 0], [0, 2]]),
    other = tf.tensor2d([[0, 1], [2, 0]]);
  assertEquals([...await relativeDistances(one, one).data()], [0, 0]);
  for (const value of await relativeDistances(two, other).data()) assertAlmostEquals(value, Math.SQRT2, 1e-6);
});

Deno.test("overlaps() is 1 of the same heat, 0 of heat on other pixels, and the same in both directions", async () => {
  const a = uniform<tf.Rank.R3>([4, 5, 6], 0, 1, 1), b = uniform<tf.Rank.R3>([4, 5, 6], 0, 1, 2);
  for (const value of await overlaps(a, a).data()) assertAlmostEquals(value, 1, 1e-6);
  assertEquals(await overlaps(a, b).array(), await overlaps(b, a).array());
  const left = tf.tensor3d([1, 0, 0, 0, 1, 0.5], [3, 1, 2]),
    right = tf.tensor3d([0, 1, 0, 0, 0.5, 0.5], [3, 1, 2]);
  assertEquals([...await overlaps(left, right).data()].map((x) => x.toFixed(4)), [
    "0.0000",
    "1.0000",
    "0.6667",
  ]);
});

Deno.test("meanOf() has an interval of 1.96 standard errors", () => {
  const { mean, interval: [low, high] } = meanOf([1, 2, 3, 6]); // variance 14 / 3
  assertEquals(mean, 3);
  assertAlmostEquals(high - mean, 1.96 * Math.sqrt(14 / 12), 1e-12);
  assertAlmostEquals(mean - low, high - mean, 1e-12);
  assertEquals(meanOf([5]), { mean: 5, interval: [5, 5] });
  assertThrows(() => meanOf([]), RangeError, "no images");
});

function like(distance: number, overlap: number, accuracy?: number): Likeness {
  const mean = (value: number) => ({ mean: value, interval: [value - 0.02, value + 0.02] as const });
  return {
    ...(accuracy === undefined ? {} : { accuracy }),
    distances: { layer1: mean(distance) },
    overlaps: { layer1: mean(overlap) },
  };
}

function result(attacked: Likeness, cleaned: Likeness, unrelated = like(1, 0.1)): LikenessResult {
  return {
    experiment: "figure2",
    profile: "quick",
    dataset: "cifar10",
    caption: "",
    row: "GCLN",
    n: 100,
    layers: { maps: "layer1", heat: "layer1" },
    untouched: like(0.2, 0.7),
    unrelated,
    attacks: { PGD: { attack: { attack: "pgd" }, surrogate: "oblivious", attacked, cleaned } },
    findings: [],
    provenance: { backend: "", date: "" },
  };
}

Deno.test("likenessFindings() finds nothing where cleaning brings back what was seen", () => {
  assertEquals(likenessFindings(result(like(0.9, 0.1), like(0.3, 0.6))), []);
  assertEquals(likenessFindings(result(like(0.1, 0.9), like(0.25, 0.65))), []); // an attack that did nothing
});

Deno.test("likenessFindings() says with numbers where cleaning makes the feature maps noisier", () => {
  const [finding, ...others] = likenessFindings(result(like(0.25, 0.6), like(0.9, 0.1, 0)));
  assertEquals(others, []);
  assertEquals(finding?.severity, "serious");
  assertEquals(finding?.about, { row: "GCLN", column: "PGD", source: "measured" });
  assert(
    finding!.message.includes("0.90 away from the originals' (0.25 before cleaning, 0.20 without an attack"),
  );
  assert(finding!.message.endsWith("0.0% are classified right."));
});

Deno.test("likenessFindings() warns where maps or heat stay lost", () => {
  for (const cleaned of [like(0.8, 0.6), like(0.3, 0.2)]) {
    const [finding] = likenessFindings(result(like(0.9, 0.1), cleaned));
    assertEquals(finding?.severity, "warning");
    assert(finding!.message.includes("doesn't bring back"));
  }
});

Deno.test("likenessFindings() does not trust heat that overlaps with any image's", () => {
  const [finding, ...others] = likenessFindings(result(like(0.9, 0.8), like(0.3, 0.8), like(1, 0.85)));
  assertEquals(others, []);
  assert(finding!.message.includes("can't tell images apart"));
});
