import { assertEquals, assertLess } from "@std/assert";
import { batchNormTraining, fold, gradientAt, normal, random, tf, useBackend } from "@gcln/kit/tensor";
import { composedBatchNorm } from "../../lib/tensor/batch_norm.ts";
import { present } from "./_backends.ts";
import { differences, farthest } from "./_plain.ts";

const EPSILON = 1e-3;

interface Case {
  readonly shape: [number, number, number, number];
  readonly x: Float32Array;
  readonly scale: Float32Array;
  readonly offset: Float32Array;
  /** The loss is Σ weights · output. */
  readonly weights: Float32Array;
}

/** Output, mean and variance in double precision. */
function plain(
  { shape, x, scale, offset }: Record<"x" | "scale" | "offset", ArrayLike<number>> & Pick<Case, "shape">,
) {
  const channels = shape[3], count = x.length / channels;
  const output = new Float64Array(x.length);
  const mean = new Float64Array(channels), variance = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    for (let i = c; i < x.length; i += channels) mean[c]! += x[i]! / count;
    let squares = 0;
    for (let i = c; i < x.length; i += channels) squares += (x[i]! - mean[c]!) ** 2;
    variance[c] = squares / Math.max(1, count - 1);
    const inverse = 1 / Math.sqrt(squares / count + EPSILON);
    for (let i = c; i < x.length; i += channels) {
      output[i] = (x[i]! - mean[c]!) * inverse * scale[c]! + offset[c]!;
    }
  }
  return { output, mean, variance };
}

async function cases(): Promise<Case[]> {
  const next = random(1), upTo = (n: number) => 1 + Math.floor(next() * n);
  const shapes: Case["shape"][] = [[1, 1, 1, 3], [2, 1, 1, 1], [1, 2, 3, 5]];
  while (shapes.length < 12) shapes.push([upTo(3), upTo(4), upTo(4), upTo(6)]);
  return await Promise.all(shapes.map(async (shape, i) => {
    const draw = async (shape: number[], mean: number, what: string) =>
      await normal(shape as [number], mean, 1, fold(i, what)).data() as Float32Array;
    return {
      shape,
      x: await draw(shape, 2, "x"),
      scale: await draw([shape[3]], 1, "scale"),
      offset: await draw([shape[3]], 0, "offset"),
      weights: await draw(shape, 0, "weights"),
    };
  }));
}

const forms = { "batchNormTraining()": batchNormTraining, "composedBatchNorm()": composedBatchNorm };

for (const backend of await present("tensorflow", "wasm")) {
  for (const [name, batchNorm] of Object.entries(forms)) {
    Deno.test(`${name} on ${backend} gives the values and gradients of a plain loop`, async () => {
      await useBackend(backend);
      for (const given of await cases()) {
        const { shape, weights } = given;
        const [x, w] = [given.x, weights].map((values) => tf.tensor4d(values, shape)) as [
          tf.Tensor4D,
          tf.Tensor4D,
        ];
        const scale = tf.tensor1d(given.scale), offset = tf.tensor1d(given.offset);
        const found = batchNorm(x, scale, offset, EPSILON), expected = plain(given);
        assertEquals(found.output.shape, shape);
        for (const key of ["output", "mean", "variance"] as const) {
          assertLess(farthest(await found[key].data(), expected[key]), 1e-4, `${key} of [${shape}]`);
        }
        const gradients = tf.grads((...[x, scale, offset]: tf.Tensor[]) =>
          batchNorm(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D, EPSILON).output.mul(w)
            .sum()
        )([x, scale, offset]);
        for (const [i, key] of (["x", "scale", "offset"] as const).entries()) {
          const slope = differences((at) => {
            const { output } = plain({ ...given, [key]: at });
            return output.reduce((sum, value, j) => sum + value * weights[j]!, 0);
          }, given[key]);
          assertLess(farthest(await gradients[i]!.data(), slope), 1e-4, `gradient by ${key} of [${shape}]`);
        }
      }
    });
  }

  for (const [name, batchNorm] of Object.entries(forms)) {
    Deno.test(`The statistics of ${name} on ${backend} carry no gradient`, async () => {
      await useBackend(backend);
      const x = normal<tf.Rank.R4>([2, 3, 3, 2], 0, 1, 3);
      const slope = gradientAt((x: tf.Tensor4D) => {
        const { mean, variance } = batchNorm(x, tf.ones([2]), tf.ones([2]), EPSILON);
        return mean.add(variance).sum();
      }, x);
      assertEquals([...await slope.abs().max().data()], [0]);
    });
  }

  Deno.test(`batchNormTraining() on ${backend} keeps its precision far from zero`, async () => {
    await useBackend(backend);
    const x = normal<tf.Rank.R4>([8, 4, 4, 2], 100, 0.1, 9);
    const { variance } = batchNormTraining(x, tf.ones([2]), tf.zeros([2]));
    for (const value of await variance.data()) assertLess(Math.abs(value - 0.01), 0.003);
  });

  Deno.test(`batchNormTraining() on ${backend} leaves no tensor behind`, async () => {
    await useBackend(backend);
    const x = normal<tf.Rank.R4>([2, 3, 3, 2], 0, 1, 3),
      scale = tf.ones<tf.Rank.R1>([2]),
      offset = tf.zeros<tf.Rank.R1>([2]);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      tf.grads((...[x, scale, offset]: tf.Tensor[]) =>
        batchNormTraining(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D).output.square().sum()
      )([x, scale, offset]);
    });
    assertEquals(tf.memory().numTensors, before);
  });
}
