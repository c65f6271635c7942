import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { gradientFaults, linf, lossGradient, pgd } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { defend, deploy, logLikelihood, pixelCnnSpec, pixelDefend, purifier } from "@gcln/kit/defenses";
import { accuracy } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { numbersAPixel, pixelCnn } from "@gcln/kit/networks";
import {
  compile,
  evaluated,
  frozen,
  type Images,
  type Logits,
  NoGraphError,
  normal,
  type Parameters,
  straightThrough,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";
import { pixelByPixel } from "../../lib/defenses/pixel_defend/pixel_by_pixel.ts";

await useBackend();

const spec = { architecture: "pixelcnn", width: 6, blocks: 2, mixtures: 3, channels: 3 } as const;
const network = pixelCnn(spec), numbers = numbersAPixel(spec);

/** Weights large enough that every path through the network matters, biases among them. */
const parameters: Parameters = Object.fromEntries(
  network.declarations.map(({ name, shape }, i) => [name, normal([...shape] as [number], 0, 0.3, i)]),
);

function grey(shape: [number, number, number, number], seed: number): Images {
  return tf.tidy(() => uniform<tf.Rank.R4>(shape, 0, 255, seed).round().div(255) as Images);
}

Deno.test("What a PixelCNN says of a pixel depends on all pixels before it and on no other", async () => {
  const [h, w] = [5, 6], images = grey([1, h, w, 3], 1);
  const before = await network.apply(parameters, images).data();
  let seen = 0;
  for (let changed = 0; changed < h * w; changed++) {
    const at = tf.oneHot(tf.tensor1d([changed], "int32"), h * w).reshape([1, h, w, 1]).cast("float32");
    const after = await network.apply(parameters, images.add(at.mul(0.5)) as Images).data();
    for (let pixel = 0; pixel < h * w; pixel++) {
      const differs = Array.from({ length: numbers }, (_, k) => pixel * numbers + k)
        .some((i) => before[i] !== after[i]);
      if (pixel <= changed) assert(!differs, `pixel ${pixel} sees pixel ${changed}`);
      else if (differs) seen++;
    }
  }
  // Two blocks look six rows up and as many columns to the right above: here that is everything but a corner or two.
  assertGreater(seen, 0.9 * (h * w) * (h * w - 1) / 2);
});

Deno.test("Probabilities of all 256 grey levels of a channel sum to 1, given those of the channels before", async () => {
  const told = normal<tf.Rank.R4>([1, 1, 1, numbers], 0, 2, 3) as Images;
  for (const channels of [1, 3] as const) {
    const mine = channels === 3 ? told : told.slice([0, 0, 0, 0], [1, 1, 1, 9]) as Images; // three parts of 3 numbers
    const levels = tf.range(0, 256).div(255).reshape([256, 1, 1, 1]);
    const all = channels === 1
      ? levels
      : tf.concat([tf.fill([256, 1, 1, 1], 0.2), tf.fill([256, 1, 1, 1], 0.9), levels], 3);
    const each = logLikelihood(mine.tile([256, 1, 1, 1]) as Images, all as Images);
    const sum = (await each.exp().sum().data())[0]!;
    if (channels === 1) assertAlmostEquals(sum, 1, 1e-5);
    else {
      const [first] = await pairProbability(told, 0.2, 0.9);
      assertAlmostEquals(sum / first, 1, 1e-4);
    }
  }
});

/** The probability of the first two channels, summed by hand over the parts of the mixture. */
async function pairProbability(told: Images, red: number, green: number): Promise<[number]> {
  const values = await told.data(), parts = 3, row = (i: number, k: number) => values[i * parts + k]!;
  const x = [Math.round(red * 255) / 127.5 - 1, Math.round(green * 255) / 127.5 - 1];
  const sigmoid = (u: number) => 1 / (1 + Math.exp(-u));
  const weights = Array.from({ length: parts }, (_, k) => Math.exp(row(0, k)));
  const total = weights.reduce((a, b) => a + b);
  let sum = 0;
  for (let k = 0; k < parts; k++) {
    const means = [row(1, k), row(2, k) + Math.tanh(row(7, k)) * x[0]!];
    const each = means.map((mean, c) => {
      const steepness = Math.exp(-Math.max(row(4 + c, k), -5.5));
      return sigmoid((x[c]! - mean + 1 / 255) * steepness) - sigmoid((x[c]! - mean - 1 / 255) * steepness);
    });
    sum += weights[k]! / total * each[0]! * each[1]!;
  }
  return [sum];
}

Deno.test("A level's probability is that of its interval; the outermost levels have all that is beyond", async () => {
  // One logistic with mean 0 and scale 1/127.5: u is the grey level minus 127.5.
  const told = tf.tensor4d([0, 0, Math.log(1 / 127.5)], [1, 1, 1, 3]) as Images;
  const of = async (level: number) =>
    (await logLikelihood(told, tf.fill([1, 1, 1, 1], level / 255) as Images).data())[0]!;
  assertAlmostEquals(await of(128), Math.log(1 / (1 + Math.exp(-1)) - 0.5), 1e-4);
  assertAlmostEquals(await of(255), -127, 1e-2); // 1 − σ(127) is e^−127, which float32 does not have
  assertAlmostEquals(await of(0), -127, 1e-2);
});

Deno.test("Pixel by pixel, by hand or by engine, a PixelCNN says what it says of whole images", async () => {
  for (const channels of [1, 3] as const) {
    const mine = { ...spec, channels, blocks: channels } as const, [n, h, w] = [3, 6, 7];
    const whole = pixelCnn(mine), said = numbersAPixel(mine);
    const parameters: Parameters = Object.fromEntries(
      whole.declarations.map(({ name, shape }, i) => [name, normal([...shape] as [number], 0, 0.3, i)]),
    );
    const images = tf.tidy(() =>
      uniform<tf.Rank.R4>([n, h, w, channels], 0, 255, 4).round().div(255) as Images
    );
    const levels = Uint8Array.from(await images.mul(255).round().data());
    const wanted = await whole.apply(parameters, images).data();
    for (const pixels of ["by hand", "by engine"] as const) {
      const before = tf.memory().numTensors, network = pixelByPixel(mine, parameters, { pixels });
      let largest = 0;
      network.over([n, h, w, channels], (told, row, column) => {
        assertEquals(told.length, n * said);
        told.forEach((value, i) => {
          const place = (Math.floor(i / said) * h + row) * w + column;
          largest = Math.max(largest, Math.abs(value - wanted[place * said + i % said]!));
        });
      }, levels.slice());
      assertLess(largest, 1e-4);
      network.dispose();
      assertEquals(tf.memory().numTensors, before);
    }
    tf.dispose([images, ...Object.values(parameters)]);
  }
});

/** The greedy purification as it is defined: the whole network for each pixel, and every candidate's log-likelihood. */
async function plainlyPurified(images: Images, reach: number): Promise<Uint8Array> {
  const [n, h, w, c] = images.shape as [number, number, number, number];
  const original = Uint8Array.from(await images.mul(255).round().data()),
    levels = new Uint8Array(original.length);
  for (let pixel = 0; pixel < h * w; pixel++) {
    for (let channel = 0; channel < c; channel++) {
      for (let image = 0; image < n; image++) {
        const at = (image * h * w + pixel) * c;
        const from = Math.max(0, original[at + channel]! - reach),
          to = Math.min(255, original[at + channel]! + reach);
        const now = tf.tensor4d(Float32Array.from(levels, (level) => level / 255), [n, h, w, c]) as Images;
        const told = network.apply(parameters, now).reshape([n, h * w, numbers])
          .slice([image, pixel, 0], [1, 1, numbers]).reshape([1, 1, 1, numbers]);
        // Summed over what follows, the channels after this one do not matter: the first ones by themselves.
        let best = -Infinity;
        for (let level = from; level <= to; level++) {
          const chosen = [...levels.subarray(at, at + channel), level];
          const probability = joint(await told.data(), chosen);
          if (probability > best) {
            best = probability;
            levels[at + channel] = level;
          }
        }
      }
    }
  }
  return levels;
}

/** The probability of the first channels of a pixel. */
function joint(told: ArrayLike<number>, levels: readonly number[]): number {
  const parts = spec.mixtures, row = (i: number, k: number) => told[i * parts + k]!;
  const sigmoid = (u: number) => 1 / (1 + Math.exp(-u)), x = levels.map((level) => level / 127.5 - 1);
  let sum = 0;
  for (let k = 0; k < parts; k++) {
    let each = Math.exp(row(0, k));
    levels.forEach((level, c) => {
      let mean = row(1 + c, k);
      for (let before = 0; before < c; before++) {
        mean += Math.tanh(row(7 + c * (c - 1) / 2 + before, k)) * x[before]!;
      }
      const steepness = Math.exp(-Math.max(row(4 + c, k), -5.5));
      const high = level === 255 ? 1 : sigmoid((x[c]! - mean + 1 / 255) * steepness);
      const low = level === 0 ? 0 : sigmoid((x[c]! - mean - 1 / 255) * steepness);
      each *= high - low;
    });
    sum += each;
  }
  return sum;
}

Deno.test("The fast purification is the plain one, at borders, at black and at white too", async () => {
  const images = tf.tidy(() => {
    const some = grey([3, 4, 5, 3], 5);
    return some.sub(0.2).mul(1.6).clipByValue(0, 1).mul(255).round().div(255) as Images;
  });
  const purify = purifier(spec, parameters, { reach: 16 / 255 });
  const fast = Uint8Array.from(await purify(images).mul(255).round().data());
  assertEquals(fast, await plainlyPurified(images, 16));
  assert((await images.mul(255).round().data()).some((level) => level === 0 || level === 255));
  purify.dispose();
});

Deno.test("A purification stays within its reach, is on the 256 grey levels, and raises the likelihood", async () => {
  const images = grey([8, 8, 8, 3], 6), purify = purifier(spec, parameters, { reach: 10 / 255 });
  const made = purify(images), moved = made.sub(images).abs().mul(255);
  assertAlmostEquals((await moved.max().data())[0]!, 10, 1e-3);
  assertLess((await made.mul(255).sub(made.mul(255).round()).abs().max().data())[0]!, 1e-3);
  const likely = async (x: Images) =>
    (await logLikelihood(network.apply(parameters, x), x).mean().data())[0]!;
  assertGreater(await likely(made), await likely(images));
  purify.dispose();
});

Deno.test("An image's purification does not depend on its batch, and the memory of it gives it back", async () => {
  const images = grey([5, 6, 6, 3], 7), purify = purifier(spec, parameters, { reach: 16 / 255 });
  const other = purifier(spec, parameters, { reach: 16 / 255 });
  const all = await purify(images).data(), again = await purify(images).data();
  assertEquals(again, all);
  const one = await other(images.slice([3, 0, 0, 0], [1, 6, 6, 3]) as Images).data();
  assertEquals(one, all.slice(3 * 108, 4 * 108));
  purify.dispose();
  other.dispose();
});

Deno.test("purifier() frees everything but its result, and all on dispose()", () => {
  const images = grey([2, 6, 6, 3], 8), before = tf.memory().numTensors;
  const purify = purifier(spec, parameters, { reach: 16 / 255 });
  purify(images).dispose();
  const once = tf.memory().numTensors;
  purify(images.add(0.1).clipByValue(0, 1) as Images).dispose();
  purify.dispose();
  assertEquals(tf.memory().numTensors, before + 2); // the two tensors that this test made
  assert(once > before);
});

Deno.test("A frozen classifier behind a purification is no graph: it sees every image anew", async () => {
  const purify = purifier(spec, parameters, { reach: 16 / 255 });
  const linear = (images: Images) => images.square().mean([1, 2]) as Logits,
    labels = tf.tensor1d([0, 1], "int32");
  const classifier = frozen(defend(linear, straightThrough<Images>(purify)));
  for (const seed of [1, 2]) {
    const images = grey([2, 4, 4, 3], seed), purified = purify(images);
    const [logits] = evaluated(classifier, "logits", [images], (x) => [classifier(x as Images)]);
    assertEquals(await logits!.data(), await linear(purified).data());
    const gradient = lossGradient(classifier, images, { labels });
    const there = lossGradient(linear, purified, { labels });
    assertEquals(await gradient.data(), await there.data());
  }
  assertThrows(() => compile((x) => [purify(x as Images)], [grey([1, 4, 4, 3], 1)]), NoGraphError);
  classifier.dispose();
  purify.dispose();
});

const tiny = {
  ...profiles.quick,
  name: "tiny",
  pixelCnn: { width: 8, blocks: 1, mixtures: 2, images: 64 * 32 },
};

Deno.test("After a short training digits take fewer than 8 bits a value, and noise at least 8, as under any model", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = await trained(pixelCnnSpec(tiny, "street-digits", 1), { folder });
    const { images } = (await streetDigits("test", { size: 20 })).all();
    const bits = async (x: Images) => (await model.bitsPerDimension(x).mean().data())[0]!;
    const [ours, noise] = [await bits(images), await bits(grey([20, 32, 32, 3], 9))];
    assertLess(ours, 7.8);
    assertGreater(noise, 7.99);
    assertAlmostEquals(model.history.at(-1)!.loss!, ours, 1);
    model.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("PixelDefend stands as printed with a gradient of zero; through the identity less is left", async () => {
  const defense = await deploy(pixelDefend(), { profile: profiles.quick, dataset: "street-digits", seed: 1 });
  try {
    const digits = await streetDigits("test", { size: 32 }), batch = digits.all();
    const printed = await defense.surrogate("white-box"), adaptive = await defense.surrogate("identity");
    const faults = tf.tidy(() => gradientFaults(printed, batch));
    assertEquals((await faults.slice([0, 0], [1, 32]).min().data())[0], 1); // zero at every image
    const left = async (surrogate: typeof printed) => {
      const images = pgd(surrogate, batch, { ball: linf(8 / 255), stepSize: 2 / 255, steps: 6 });
      return await accuracy(defense.victim, { ...batch, images });
    };
    const [blind, seeing] = [await left(printed), await left(adaptive)];
    assertGreater(await accuracy(defense.victim, batch), 0.6);
    assertLess(seeing, blind - 0.3);
  } finally {
    defense.dispose();
  }
});
