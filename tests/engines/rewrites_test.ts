import { assert, assertEquals } from "@std/assert";
import { backendName, batchNormTraining, compile, normal, tf, useBackend } from "@gcln/kit/tensor";
import "@tensorflow/tfjs-backend-cpu";

await useBackend();

/** The optimiser is TensorFlow's own. */
const ignore = backendName() !== "tensorflow";

const NUMBERS = [NaN, Infinity, -Infinity, 0, 1, -1, 0.5, -0.5, 2, -3, 1e-20, 3e38, -3e38, 20, 30, -30];

/** Sixteen numbers that rules forget, and sixteen usual ones; eight rows, so that a batch is cut in parts. */
const x = tf.tensor2d([...NUMBERS, ...await normal([16], 0, 2, 5).data()], [8, 4]);
const images = (x: tf.Tensor): tf.Tensor4D => x.reshape([2, 4, 4, 1]);
const usual = normal([8, 4], 0, 2, 6);
const filter = normal<tf.Rank.R4>([3, 3, 1, 4], 0, 1, 7), bias = tf.tensor1d([0.5, -1, 2, 1]);
const convolved = (x: tf.Tensor): tf.Tensor4D => tf.conv2d(images(x), filter, 1, "same");
const scale = tf.tensor1d([1, 2, -1, 0.5]), offset = tf.tensor1d([0, 1, 2, 3]);

/** Layer norm as TensorFlow's own libraries write it. */
function normalised(x: tf.Tensor, epsilon: number, scale: tf.Tensor): tf.Tensor {
  const mean = x.mean(-1, true), variance = tf.squaredDifference(x, mean).mean(-1, true);
  const slope = variance.add(epsilon).rsqrt().mul(scale);
  return x.mul(slope).add(offset.sub(slope.mul(mean)));
}

const half = tf.scalar(0.5);

/** Times these, different numbers have the same value. */
const slopes = { relu: -1, floor: 0.3, sign: 1, tanh: 30 };

type Fn = (x: tf.Tensor) => tf.Tensor;

const facts: Readonly<Record<string, readonly [Fn, tf.Tensor]>> = {
  ...Object.fromEntries(
    [0, 0.25, 1, 3].flatMap((a): [string, readonly [Fn, tf.Tensor]][] => [
      [`the larger of ${a} x and x`, [(x) => tf.maximum(x.mul(a), x), x]],
      [`the larger of x and ${a} x`, [(x) => tf.maximum(x, x.mul(a)), x]],
    ]),
  ),
  "the larger of x + x and x": [(x) => tf.maximum(x.add(x), x), x],
  "the larger of x / 0.5 and x": [(x) => tf.maximum(x.div(0.5), x), x],
  "the larger of [3] x and x": [(x) => tf.maximum(x.mul(tf.tensor1d([3])), x), x],
  "the larger of half of one half and the other half": [
    (x) => {
      const [a, b] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
      return tf.maximum(a.mul(0.5), b);
    },
    x,
  ],
  "the larger of 3 c and a convolution c": [(x) => tf.maximum(convolved(x).mul(3), convolved(x)), usual],
  "a quotient by a number whose reciprocal is denormal": [(x) => x.div(3e38), x],
  "a product of numbers whose product is too large": [(x) => x.mul(1e30).mul(1e30), x],
  "a product of numbers whose product is too small": [(x) => x.mul(1e-30).mul(1e-30), x],
  "a product that is too large on the way": [(x) => x.mul(1e30).mul(1e-30), x],
  "a quotient of a product by the same number": [(x) => x.mul(1e30).div(1e30), x],
  "rounding by a large number": [(x) => x.add(12582912).sub(12582912), x],
  "a sum of numbers that is too large on the way": [(x) => x.add(3e38).add(3e38), x],
  "a sum of constants with a number between": [
    (x) => tf.addN([x, tf.fill([8, 4], 1e20), tf.fill([8, 4], -1e20)]),
    x,
  ],
  "a power of one half": [(x) => x.pow(half), x],
  "a power of minus one half": [(x) => x.pow(half.neg()), x],
  ...Object.fromEntries(
    (["less", "lessEqual", "greater", "greaterEqual"] as const).map((name): [string, [Fn, tf.Tensor]] => [
      `what is not ${name}`,
      [(x) => x[name](0.5).logicalNot().cast("float32"), x],
    ]),
  ),
  ...Object.fromEntries(
    (["relu", "floor", "sign", "tanh"] as const).flatMap((name) =>
      (["argMax", "argMin"] as const).map((which): [string, [Fn, tf.Tensor]] => [
        `the ${which} of ${name}`,
        [(x) => x.abs().mul(slopes[name])[name]()[which](1), usual],
      ])
    ),
  ),
  "the largest of roots, some of which are NaN": [(x) => x.slice([4, 0]).sqrt().max(1), x],
  "a ReLU of a convolution with a bias": [(x) => convolved(x).add(bias).relu(), x],
  "a ReLU6 of a convolution with a bias": [(x) => convolved(x).add(bias).relu6(), x],
  "a ReLU of a padded convolution with a bias": [
    (x) =>
      tf.conv2d(tf.pad(images(x), [[0, 0], [1, 1], [0, 1], [0, 0]]), filter, 1, "valid").add(bias).relu(),
    x,
  ],
  "a ReLU of the variance of a batch norm": [
    (x) => batchNormTraining(convolved(x), bias, bias).variance.relu(),
    usual,
  ],
  "mish of a batch norm of a convolution": [
    (x) => {
      const y = tf.batchNorm(convolved(x), bias, bias.square(), bias, bias);
      return y.mul(y.softplus().tanh());
    },
    usual,
  ],
  "a convolution times a large number": [(x) => convolved(x).mul(1e30).mul(1e-30), x],
  "NaN through a batch norm in training and a ReLU": [
    (x) =>
      batchNormTraining(x.reshape([1, 2, 2, 8]) as tf.Tensor4D, tf.ones([8]), tf.zeros([8])).output.relu(),
    tf.tensor1d(Array.from({ length: 32 }, (_, i) => i === 3 ? NaN : Math.sin(i))),
  ],
  "a layer norm with a large ε": [(x) => normalised(x.reshape([4, 2, 4]), 1, scale), usual],
  "a layer norm with a constant scale for each row": [
    (x) => normalised(x, 1e-3, tf.range(1, 9).reshape([8, 1])),
    usual,
  ],
};

/** Values as the interpreter of TensorFlow.js in JavaScript has them. */
async function plain(fn: Fn, x: tf.Tensor): Promise<number[]> {
  const running = backendName();
  await tf.setBackend("cpu");
  try {
    return [...await tf.tidy(() => fn(x)).data()];
  } finally {
    await tf.setBackend(running);
  }
}

function same(actual: number, expected: number): boolean {
  if (!Number.isFinite(expected)) return Object.is(actual, expected);
  return Math.abs(actual - expected) <= 1e-4 * Math.max(1e-2, Math.abs(expected));
}

for (const [what, [fn, x]] of Object.entries(facts)) {
  Deno.test(`compile() keeps ${what}`, { ignore }, async () => {
    const expected = await plain(fn, x), compiled = compile((x) => [fn(x!)], [tf.zerosLike(x)]);
    const actual = [...await compiled(x)[0]!.data()];
    compiled.dispose();
    assertEquals(actual.length, expected.length);
    assert(
      expected.every((value, i) => same(actual[i]!, value)),
      `${
        actual.map((value, i) => same(value, expected[i]!) ? "·" : `${value} for ${expected[i]}`).join(" ")
      }`,
    );
  });
}

Deno.test("TensorFlow's optimiser does not fail where a sum with a bias goes to a leaky ReLU and elsewhere", {
  ignore,
}, async () => {
  const program = `
    import { compile, tf, useBackend } from "@gcln/kit/tensor";
    await useBackend("tensorflow");
    const filter = tf.ones([3, 3, 1, 4]), bias = tf.ones([4]), images = tf.ones([16, 4, 4, 1]);
    compile((x) => {
      const sum = tf.conv2d(x, filter, 1, "same").add(bias);
      return [tf.leakyRelu(sum, 0.2), sum];
    }, [images])(images);`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--ext=ts", program],
    cwd: new URL("../..", import.meta.url),
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert(code === 0 && !said.includes("failed"), said);
});
