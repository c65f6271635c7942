import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { crossEntropy } from "@gcln/kit/losses";
import {
  batchNormTraining,
  gradientAt,
  type Logits,
  straightThrough,
  tf,
  useBackend,
  valueAndGradients,
  withGradients,
} from "@gcln/kit/tensor";
import { present } from "./_backends.ts";
import { printed } from "./_printed.ts";
import { cases, draw, errorsOf, type Fn } from "./_second_derivatives.ts";

/** `cpu` is TensorFlow.js without an engine of the kit. */
const backends = ["cpu", ...await present("tensorflow", "wasm")] as const;
const on = async (backend: typeof backends[number]) => {
  if (backend !== "cpu") await useBackend(backend);
  await tf.setBackend(backend);
};

/** The slope is a difference in float32. */
const MOST = 3e-3;

const webgpu = await printed<Record<string, number[]>>(
  new URL("_second_derivatives.ts", import.meta.url),
  "webgpu",
);
const why = typeof webgpu === "string" ? ` (not here: ${webgpu})` : "";
Deno.test({
  name: `Second derivatives on webgpu are the slopes of the first${why}`,
  ignore: why !== "",
  fn() {
    const errors = Object.entries(webgpu as Record<string, number[]>);
    assertEquals(errors.filter(([, errors]) => errors.some((error) => !(error < MOST))), []);
    assertEquals(errors.map(([name]) => name), Object.keys(cases));
  },
});

for (const backend of backends) {
  for (const [name, make] of Object.entries(cases)) {
    Deno.test(`The second derivative of ${name} on ${backend} is the slope of the first, compiled as well`, async () => {
      await on(backend);
      for (const error of await errorsOf(make())) assertLess(error, MOST);
    });
  }

  Deno.test(`The second derivative of relu(x)³ on ${backend} is 6x where x is positive, and of relu(x)⁴ the third is 24x`, async () => {
    await on(backend);
    const x = tf.tensor1d([-1, 2, 3]);
    const derived = (f: Fn): Fn => (x) => tf.grad((x: tf.Tensor) => f(x).sum())(x);
    assertEquals([...await derived(derived((x) => x.relu().pow(3)))(x).data()], [0, 12, 18]);
    const third = await derived(derived(derived((x) => x.relu().pow(4))))(x).data();
    for (const [i, expected] of [0, 48, 72].entries()) assertLess(Math.abs(third[i]! - expected), 1e-3);
  });

  Deno.test(`What a gradient on ${backend} depends on by steps alone has the gradient 0, and what it does not depend on none`, async () => {
    await on(backend);
    const x = tf.tensor1d([-1, 2, 3]), sum = (f: Fn) => (x: tf.Tensor) => f(x).sum() as tf.Scalar;
    const second = gradientAt((x: tf.Tensor) => gradientAt(sum((x) => x.relu()), x).sum() as tf.Scalar, x);
    assertEquals([...await second.data()], [0, 0, 0]);
    const image = draw(1, 1, 4, 4, 2);
    const { gradients } = valueAndGradients(({ w, b }) => {
      const score = sum((x) =>
        tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same").add(b!).leakyRelu(0.2)
      );
      return { loss: gradientAt(score, image).square().sum() as tf.Scalar, aux: {} };
    }, { w: draw(2, 3, 3, 2, 2), b: draw(3, 2) });
    assertEquals([...await gradients.b!.data()], [0, 0]);
    assert((await gradients.w!.abs().min().data())[0]! > 0);
    const apart = (x: tf.Tensor) =>
      gradientAt(sum((z) => z.relu()), tf.ones([2])).sum().mul(x.size) as tf.Scalar;
    assertThrows(() => gradientAt(apart, x), TypeError, "Cannot take a gradient of a function");
  });

  Deno.test(`A hundred gradient penalties on ${backend} leave no tensor behind, nor does one that fails`, async () => {
    await on(backend);
    const w = draw(1, 3, 3, 2, 8), x = draw(2, 2, 5, 5, 2), scale = tf.ones<tf.Rank.R1>([8]);
    const score = (x: tf.Tensor, w: tf.Tensor) => {
      const low = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
      return tf.maxPool(
        batchNormTraining(low, scale, scale).output.leakyRelu<tf.Tensor4D>(0.2),
        2,
        2,
        "valid",
      ).tanh()
        .sum() as tf.Scalar;
    };
    const penalty = (w: tf.Tensor) =>
      gradientAt((x: tf.Tensor) => score(x, w), x).square().sum([1, 2, 3]).sqrt().sub(1).square()
        .mean() as tf.Scalar;
    const before = tf.memory().numTensors;
    for (let i = 0; i < 100; i++) {
      const { value, gradients } = valueAndGradients(({ w }) => ({ loss: penalty(w!), aux: {} }), { w });
      tf.dispose([value, gradients.w!]);
    }
    assertEquals(tf.memory().numTensors, before);
    const first = await tf.tidy(() => gradientAt(penalty, w)).data();
    const fails = (w: tf.Tensor) => {
      gradientAt((x: tf.Tensor) => score(x, w).add(tf.localResponseNormalization(x as tf.Tensor4D).sum()), x);
      return gradientAt((x: tf.Tensor): tf.Scalar => {
        score(x, w);
        throw new Error("out of luck");
      }, x).sum() as tf.Scalar;
    };
    const left = tf.memory().numTensors;
    assertThrows(() => gradientAt(fails, w), Error, "out of luck");
    assertEquals(tf.memory().numTensors, left);
    assertEquals(await tf.tidy(() => gradientAt(penalty, w)).data(), first);
  });
}

Deno.test("Gradients within gradients within a tidy keep what they need and nothing more", async () => {
  await on("cpu");
  const x = tf.tensor1d([0.5, -0.25]), before = tf.memory().numTensors;
  const slope = tf.tidy(() =>
    tf.grad((x: tf.Tensor) =>
      tf.tidy(() => tf.grad((x: tf.Tensor) => tf.tidy(() => x.exp().mul(x).sum()))(x)).sum()
    )(x)
  );
  assertEquals(tf.memory().numTensors, before + 1); // (x + 2) exp x
  const found = await slope.data();
  for (const [i, at] of [0.5, -0.25].entries()) {
    assertLess(Math.abs(found[i]! - (at + 2) * Math.exp(at)), 1e-5);
  }
});

Deno.test("A gradient that can't be differentiated is named by its layer", async () => {
  await on("cpu");
  const sharp = (x: tf.Tensor) => tf.localResponseNormalization(x as tf.Tensor4D).sum() as tf.Scalar;
  assertThrows(
    () =>
      gradientAt((x: tf.Tensor) => gradientAt(sharp, x).square().sum() as tf.Scalar, tf.ones([1, 2, 2, 3])),
    TypeError,
    "Cannot take a gradient of the gradient of LRN",
  );
});

Deno.test("A comparison has no gradient within a gradient either: only those of gradients are constants", async () => {
  await on("cpu");
  const above = (x: tf.Tensor) => x.mul(x.greater(0).cast("float32")).sum() as tf.Scalar;
  const twice = (x: tf.Tensor) => gradientAt(above, x).sum() as tf.Scalar;
  assertThrows(
    () => gradientAt(twice, tf.tensor1d([1])),
    TypeError,
    "Cannot take a gradient through Greater",
  );
});

Deno.test("A custom gradient is differentiated with what it saved: inputs, its value, and what it computed inside", async () => {
  await on("cpu");
  const x = tf.tensor1d([0.5, 2]);
  const cube = (saved: "input" | "value" | "inside") =>
    tf.customGrad((x: tf.Tensor | tf.GradSaveFunc, save: unknown) => {
      const given = x as tf.Tensor, square = given.square(), value = given.pow(3);
      (save as tf.GradSaveFunc)([{ input: given, value, inside: square }[saved]]);
      return {
        value,
        gradFunc: (dy: tf.Tensor, [kept]: tf.Tensor[]) => {
          const squared = { input: () => kept!.square(), value: () => kept!.pow(2 / 3), inside: () => kept! };
          return squared[saved]().mul(3).mul(dy);
        },
      };
    });
  for (const saved of ["input", "value", "inside"] as const) {
    const second = gradientAt(
      (x) => gradientAt((x) => cube(saved)(x).sum() as tf.Scalar, x).sum() as tf.Scalar,
      x,
    );
    for (const [i, at] of [0.5, 2].entries()) {
      assertLess(Math.abs((await second.data())[i]! - 6 * at), 1e-4, `of what is saved: ${saved}`);
    }
  }
});

Deno.test("A choice that a custom gradient saved is a constant, though TensorFlow.js has no gradient of what chose", async () => {
  await on("cpu");
  const largest = tf.customGrad((x: tf.Tensor | tf.GradSaveFunc, save: unknown) => {
    const { indices } = tf.topk(x as tf.Tensor1D, 1), found = (x as tf.Tensor1D).gather(indices);
    (save as tf.GradSaveFunc)([indices, found]);
    return {
      value: found.square().sum(),
      gradFunc: (dy: tf.Tensor, [indices, found]: tf.Tensor[]) =>
        tf.oneHot(indices!, 3).cast("float32").mul(found!.mul(2).expandDims(1)).sum(0).mul(dy),
    };
  });
  const slope = (x: tf.Tensor) => gradientAt((x) => largest(x).sum() as tf.Scalar, x).sum() as tf.Scalar;
  assertEquals([...await gradientAt(slope, tf.tensor1d([1, 3, 2])).data()], [0, 2, 0]);
});

Deno.test("A second derivative differentiates what a rule for gradients computed", async () => {
  await on("cpu");
  const x = tf.tensor1d([0.2, 0.7]);
  const second = (f: Fn) =>
    gradientAt((x) => gradientAt((x) => f(x).sum() as tf.Scalar, x).sum() as tf.Scalar, x);
  const rounded = withGradients({ Round: "identity" }, () => second((x) => x.mul(2).round().square()));
  assertEquals([...await rounded.data()], [8, 8]);
  const smooth = await second((x) => withGradients({ Round: "smooth" }, () => x.round())).data(); // slope 1 − cos 2πx
  for (const [i, at] of [0.2, 0.7].entries()) {
    assertLess(Math.abs(smooth[i]! - 2 * Math.PI * Math.sin(2 * Math.PI * at)), 1e-4);
  }
  const through = straightThrough((x: tf.Tensor) => x.round());
  assertEquals([...await second((x) => through(x).square()).data()], [2, 2]);
});

Deno.test("The cross-entropy's second derivative is 0, not NaN, where no other class is left", async () => {
  await on("cpu");
  const z = tf.tensor2d([[0, -Infinity], [-Infinity, 3], [800, -800]]), y = tf.tensor1d([0, 0, 1], "int32");
  const slope = (z: tf.Tensor) => gradientAt((z) => crossEntropy(z as Logits, y).sum() as tf.Scalar, z);
  const second = await gradientAt((z) => slope(z).square().sum() as tf.Scalar, z).data();
  assert(second.every((value) => value === 0), String(second));
});
