import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { bim, bpda, linf } from "@gcln/kit/attacks";
import { type Classifier, gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

type Vector = tf.Tensor1D;
const x = tf.tensor1d([0.3, 0.9, 0.6]);
const slope = async (f: (x: Vector) => Vector) => [...await gradientAt((x: Vector) => f(x).sum(), x).data()];
const close = (actual: number[], expected: number[]) =>
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-5));

Deno.test("bpda() has the values of the function and the gradient of its substitute", async () => {
  const stage = bpda((x: Vector) => x.round(), { backward: (x) => x.square() });
  assertEquals([...await stage(x).data()], [0, 1, 1]);
  close(await slope(stage), [0.6, 1.8, 1.2]);
});

Deno.test("bpda() with the identity passes the gradient as it comes", async () => {
  const stage = bpda((x: Vector) => x.round(), { backward: "identity" });
  // d/dy y² at y = round(x), as Athalye et al. evaluate it.
  close(await slope((x) => stage(x).square()), [0, 2, 2]);
});

Deno.test("bpda() that is skipped leaves the gradient of the other path", async () => {
  const residual = bpda<Vector, Vector>((x) => x.square().mul(5), { backward: "skip" });
  close(await slope((x) => x.add(residual(x))), [1, 1, 1]);
});

Deno.test("A substitute that is the function itself changes nothing", async () => {
  const f = (x: Vector): Vector => x.mul<Vector>(3).sin();
  close(
    await slope((x) => bpda<Vector, Vector>(f, { backward: f })(x).square()),
    await slope((x) => f(x).square()),
  );
});

Deno.test("Each stage of a chain takes its gradient where its own input was", async () => {
  // Substitutes whose slope tells where they were evaluated.
  const half = bpda<Vector, Vector>((x) => x.mul(0.5), { backward: (x) => x.square() }); //    slope 2 x
  const shift = bpda<Vector, Vector>((x) => x.add(2), { backward: (x) => x.pow(3) }); //       slope 3 x²
  const coarse = bpda<Vector, Vector>((x) => x.mul(10).round().div(10), { backward: (x) => x.exp() }); // slope eˣ
  const values = [...await x.data()];
  close(await slope((x) => shift(half(x))), values.map((x) => 2 * x * 3 * (x / 2) ** 2));
  close(
    await slope((x) => coarse(shift(half(x)))),
    values.map((x) => 2 * x * 3 * (x / 2) ** 2 * Math.exp(x / 2 + 2)),
  );
  // And once more from the other end, so that no order is taken for granted.
  const first = values.map((x) => Math.round(x * 10) / 10);
  close(await slope((x) => half(coarse(x))), values.map((x, i) => Math.exp(x) * 2 * first[i]!));
});

Deno.test("The same stage may stand in a chain twice", async () => {
  const stage = bpda<Vector, Vector>((x) => x.add(1), { backward: (x) => x.square() });
  close(await slope((x) => stage(stage(x))), [...await x.data()].map((x) => 2 * x * 2 * (x + 1)));
});

Deno.test("A stage may change the shape if its substitute does so too", async () => {
  const pooled = bpda((x: Images) => tf.maxPool(x, 2, 2, "valid"), {
    backward: (x) => tf.avgPool(x, 2, 2, "valid"),
  });
  const image = uniform<tf.Rank.R4>([1, 4, 4, 1], 0, 1, 1);
  const gradient = await gradientAt((x: Images) => pooled(x).sum(), image).data();
  assert(gradient.every((g) => g === 0.25));
});

Deno.test("bpda() lets an attack through a quantizer that stops it otherwise", async () => {
  const weights = uniform<tf.Rank.R4>([1, 4, 4, 1], -1, 1, 2);
  const classifier: Classifier = (images) => {
    const score = images.mul(weights).sum([1, 2, 3]);
    return tf.stack([score.neg(), score], 1) as tf.Tensor2D;
  };
  const quantize = (x: Images) => x.mul(4).round().div(4) as Images;
  const batch = {
    images: uniform<tf.Rank.R4>([2, 4, 4, 1], 0.2, 0.8, 3),
    labels: tf.tensor1d([0, 0], "int32"),
  };
  const options = { ball: linf(0.1), stepSize: 0.02, steps: 5 };
  const moved = async (stage: (x: Images) => Images) => {
    const attacked = bim((x) => classifier(stage(x)), batch, options);
    return (await attacked.sub(batch.images).abs().max().data())[0]!;
  };
  assertEquals(await moved(quantize), 0);
  assertAlmostEquals(await moved(bpda(quantize, { backward: "identity" })), 0.1, 1e-6);
});

Deno.test("bpda() leaves no tensor behind", () => {
  const stage = bpda((x: Vector) => x.round(), { backward: (x) => x.square() });
  const once = () => gradientAt((x: Vector) => stage(stage(x)).sum() as tf.Scalar, x).dispose();
  once();
  const count = tf.memory().numTensors;
  once();
  assertEquals(tf.memory().numTensors, count);
});

Deno.test("Shapes that do not fit are refused, with a hint where a whole classifier was wrapped", () => {
  const classifier = (x: Images) => x.reshape<tf.Tensor2D>([x.shape[0], -1]);
  const image = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
  assertThrows(() => bpda(classifier, { backward: "identity" })(image), RangeError, "not the classifier");
  const wrong = bpda((x: Vector) => x.round(), { backward: (x) => x.slice(1) as Vector });
  assertThrows(
    () => gradientAt((x: Vector) => wrong(x).sum() as tf.Scalar, x),
    RangeError,
    "the output is [3]",
  );
});
