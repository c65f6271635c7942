import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  gradientAt,
  inLogDomain,
  type Logits,
  mayRankOtherwise,
  tf,
  useBackend,
  withGradients,
} from "@gcln/kit/tensor";

await useBackend();

type Layer = (z: Logits) => tf.Tensor;
const soft = (z: tf.Tensor) => z.softmax();
const byHand: Layer = (z) => {
  const powers = z.sub(z.max(1, true)).exp();
  return powers.div(powers.sum(1, true));
};
/** Two rows of which all but one probability are 0 in float32, and one of ordinary ones. */
const scores = tf.tensor2d([[500, 0, 3], [1, 2, 3], [0, 220, 5]]);

const weights = tf.tensor2d([[1, 2, 4]]);

/** The values, and the gradient of a weighted sum of them. */
async function look(layer: Layer, how: (fn: () => Logits) => Logits, z: Logits = scores) {
  let values: tf.Tensor | undefined;
  const gradient = gradientAt((z: Logits) => {
    const logits = how(() => layer(z) as Logits);
    values = tf.keep(logits.clone());
    return logits.mul(weights).sum() as tf.Scalar;
  }, z);
  const told = { values: [...await values!.data()], gradient: [...await gradient.data()] };
  tf.dispose([values!, gradient]);
  return told;
}
const plainly = (fn: () => Logits) => fn();
const near = (a: readonly number[], b: readonly number[], message: string) =>
  a.forEach((value, i) => assertAlmostEquals(value, b[i]!, 1e-5 * (1 + Math.abs(b[i]!)), `${message}: ${a}`));

const logSoftmax: Layer = (z) => z.logSoftmax();
const same: Record<string, [layer: Layer, truth: Layer]> = {
  "log(softmax)": [(z) => soft(z).log(), logSoftmax],
  "a softmax by hand": [(z) => byHand(z).log(), logSoftmax],
  "a softmax that tf.tidy hands on": [(z) => tf.tidy(() => soft(z.mul(1))).log(), logSoftmax],
  "some classes of it": [(z) => soft(z).slice([0, 0], [-1, 3]).log(), logSoftmax],
  "its square": [(z) => soft(z).square().log(), (z) => z.logSoftmax().mul(2)],
  "another shape between the two": [(z) => soft(z.reshape([3, 1, 3])).squeeze([1]).log(), logSoftmax],
  "twice the logarithm": [(z) => soft(z).log().mul(2), (z) => z.logSoftmax().mul(2)],
  "a share of the probability": [(z) => soft(z).mul(0.5).log(), (z) => z.logSoftmax().sub(Math.LN2)],
  "the product of two": [
    (z) => soft(z).mul(soft(z.mul(2))).log(),
    (z) => z.logSoftmax().add(z.mul(2).logSoftmax()),
  ],
  "their sum": [
    (z) => soft(z).add(soft(z.mul(2))).log(),
    (z) => tf.stack([z.logSoftmax(), z.mul(2).logSoftmax()]).logSumExp(0),
  ],
  "their sum by addN": [
    (z) => tf.addN([soft(z), soft(z.mul(2))]).log(),
    (z) => tf.stack([z.logSoftmax(), z.mul(2).logSoftmax()]).logSumExp(0),
  ],
  "the mean of a stack": [
    (z) => tf.stack([soft(z), soft(z.mul(2))]).mean(0).log(),
    (z) => tf.stack([z.logSoftmax(), z.mul(2).logSoftmax()]).logSumExp(0).sub(Math.LN2),
  ],
  "log(sigmoid)": [
    (z) => z.mul(40).sub(100).sigmoid().log(),
    (z) => z.mul(40).sub(100).neg().softplus().neg(),
  ],
};
for (const [name, [layer, truth]] of Object.entries(same)) {
  Deno.test(`Minus infinity has its true value and gradient in the log domain: ${name}`, async () => {
    const plain = await look(layer, plainly), seen = await look(layer, inLogDomain);
    assert(plain.values.includes(-Infinity) && plain.gradient.some(Number.isNaN), `${plain.values}`);
    const true_ = await look(truth, plainly);
    near(seen.values, true_.values, "values");
    near(seen.gradient, true_.gradient, "gradient");
  });
}

const floors: Record<string, Layer> = {
  "log(softmax + 1e-12)": (z) => soft(z).add(1e-12).log(),
  "log(1e-12 + softmax)": (z) => tf.add(tf.scalar(1e-12), soft(z)).log(),
  "a clipped softmax": (z) => soft(z).clipByValue(1e-7, 1).log(),
  "a clip at both ends": (z) => soft(z).clipByValue(1e-7, 1 - 1e-7).log(),
  "a maximum": (z) => soft(z).maximum(1e-7).log(),
  "a clipped softmax by hand": (z) => byHand(z).clipByValue(1e-7, 1).log(),
  "a clipped softmax, divided by its sum": (z) => {
    const clipped = soft(z).clipByValue(1e-7, 1);
    return clipped.div(clipped.sum(1, true)).log();
  },
  "probabilities as they are": soft,
};
for (const [name, layer] of Object.entries(floors)) {
  Deno.test(`Where a row's gradient is exactly zero its logarithms take its place, all else stays: ${name}`, async () => {
    const plain = await look(layer, plainly), seen = await look(layer, inLogDomain);
    const truth = await look(logSoftmax, plainly);
    for (const row of [0, 2]) {
      const of = (numbers: readonly number[]) => numbers.slice(3 * row, 3 * row + 3);
      assertEquals(of(plain.gradient).map(Math.abs), [0, 0, 0]);
      near(of(seen.values), of(truth.values), "values");
      near(of(seen.gradient), of(truth.gradient), "gradient");
    }
    assertEquals(seen.values.slice(3, 6), plain.values.slice(3, 6));
    assertEquals(seen.gradient.slice(3, 6), plain.gradient.slice(3, 6));
  });
}

const untouched: Record<string, Layer> = {
  "logits": (z) => z.mul(2),
  "tf.logSoftmax": logSoftmax,
  "logSumExp": (z) => z.sub(z.logSumExp(1, true)),
  "the logarithm of a sum of exponentials": (z) => z.sub(z.exp().sum(1, true).log()),
  "a gate": (z) => z.mul(z.sigmoid()),
  "attention": (z) => soft(z).matMul(tf.ones([3, 3])),
  "masked classes": (z) => tf.concat([z.slice([0, 0], [-1, 2]), tf.fill([3, 1], -Infinity)], 1),
  "the logarithm of something else": (z) => z.abs().log(),
  "a softmax that is not sure": (z) => soft(z.mul(0.01)).log(),
};
for (const [name, layer] of Object.entries(untouched)) {
  Deno.test(`Nothing changes in the log domain, to the bit: ${name}`, async () => {
    const plain = await look(layer, plainly), seen = await look(layer, inLogDomain);
    assertEquals(seen.values, plain.values);
    assertEquals(seen.gradient.map((slope) => slope + 0), plain.gradient.map((slope) => slope + 0)); // -0 is 0
  });
}

Deno.test("A class that is masked inside the softmax stays minus infinity, without NaN in the gradient of the others", async () => {
  const masked: Layer = (z) => {
    const open = tf.concat([z.slice([0, 0], [-1, 2]), tf.fill([3, 1], -Infinity)], 1);
    return soft(open).log().slice([0, 0], [-1, 2]);
  };
  const weighted = gradientAt(
    (z: Logits) => inLogDomain(() => masked(z) as Logits).sum() as tf.Scalar,
    scores,
  );
  assertEquals([...await weighted.data()].slice(0, 3), [-1, 1, 0]);
});

Deno.test("Rows of nothing but minus infinity stay: a verdict goes by the first of equals", async () => {
  const dark: Layer = (z) => z.sub(1000).sigmoid().log();
  assertEquals((await look(dark, inLogDomain)).values, new Array(9).fill(-Infinity));
});

Deno.test("Rules for gradients are taken at their word, and custom gradients are not looked into", async () => {
  const layer: Layer = (z) => soft(z).log(),
    custom: Layer = (z) =>
      tf.customGrad((z) => ({ value: layer(z as Logits), gradFunc: (dy: tf.Tensor) => dy }))(z);
  const ruled = (fn: () => Logits) => inLogDomain(() => withGradients({}, fn));
  assertEquals(await look(layer, ruled), await look(layer, plainly));
  assertEquals(await look(custom, inLogDomain), await look(custom, plainly));
});

Deno.test("It is known where classes may come in another order", () => {
  tf.tidy(() => {
    const may = (layer: Layer) => mayRankOtherwise(inLogDomain(() => layer(scores) as Logits));
    assertEquals(may((z) => soft(z).log()), false);
    assertEquals(may((z) => soft(z).log().reshape([-1, 3])), false);
    assertEquals(may((z) => z.mul(2)), false);
    // Each has classes of minus infinity that the other does not have.
    assertEquals(may((z) => soft(z).log().add(soft(z.neg()).log())), true);
  });
});

Deno.test("The engine is left as it was, without a tensor more, also where the function throws", async () => {
  const layer: Layer = (z) => tf.stack([soft(z), soft(z)]).mean(0).maximum(1e-9).log();
  await look(layer, inLogDomain);
  const { numTensors } = tf.memory(), { runKernel } = tf.engine();
  await look(layer, inLogDomain);
  try {
    tf.tidy(() =>
      inLogDomain(() => {
        soft(scores);
        throw new Error("stop");
      })
    );
  } catch {
    // as wanted
  }
  assertEquals(tf.memory().numTensors, numTensors);
  assertEquals(tf.engine().runKernel, runKernel);
});
