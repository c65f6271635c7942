import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import {
  classifierSpec,
  deploy,
  nonLocalMeans,
  squeezingDetector,
  squeezingDistance,
  standSqueezing,
  thresholdOf,
} from "@gcln/kit/defenses";
import { profiles } from "@gcln/kit/experiments";
import { type Classifier, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";
import { left } from "./_accustomed.ts";

await useBackend();

Deno.test("nonLocalMeans() is the weighted mean that three loops find", async () => {
  const images = uniform<tf.Rank.R4>([1, 9, 8, 2], 0.5, 0.52, 1) as Images, [pixels] = await images.array();
  const at = (y: number, x: number) => {
    const mirror = (i: number, side: number) => i < 0 ? -i : i >= side ? 2 * side - 2 - i : i;
    return pixels![mirror(y, 9)]![mirror(x, 8)]!;
  };
  const found = await nonLocalMeans(images).array();
  for (const [y, x] of [[0, 0], [4, 4], [8, 7], [2, 6]] as const) {
    const sum = [0, 0];
    let weights = 0;
    for (let v = -6; v <= 6; v++) {
      for (let u = -6; u <= 6; u++) {
        let d = 0;
        for (let j = -1; j <= 1; j++) {
          for (let i = -1; i <= 1; i++) {
            for (const c of [0, 1]) d += (at(y + j, x + i)[c]! - at(y + v + j, x + u + i)[c]!) ** 2 / 18;
          }
        }
        const alike = Math.exp(-d / (2 / 255) ** 2), weight = alike > 0.001 ? alike : 0;
        weights += weight;
        for (const c of [0, 1]) sum[c]! += weight * at(y + v, x + u)[c]!;
      }
    }
    for (const c of [0, 1]) assertAlmostEquals(found[0]![y]![x]![c]!, sum[c]! / weights, 1e-5);
  }
  assertThrows(() => nonLocalMeans(tf.zeros([1, 7, 9, 1])), RangeError, "sides of at least 8");
});

Deno.test("squeezingDistance() is the largest L1 distance of probabilities: 0 where squeezing changes nothing", async () => {
  // Class 1 as far as the first pixel is bright.
  const classifier: Classifier = (images) => {
    const bright = images.slice([0, 4, 4, 0], [-1, 1, 1, 1]).reshape([-1]).sub(0.5).mul(40);
    return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
  };
  const dark = tf.zeros([1, 9, 9, 1]), dot = tf.buffer([1, 9, 9, 1]);
  dot.set(1, 0, 4, 4, 0);
  const images = tf.concat([dark, dot.toTensor()]) as Images;
  const distances = [...await squeezingDistance(classifier, images).data()];
  assertAlmostEquals(distances[0]!, 0, 1e-6);
  assertAlmostEquals(distances[1]!, 2, 1e-3); // the median takes the dot away
});

Deno.test("thresholdOf() has 5 of 100 distances above it", () => {
  const distances = Array.from({ length: 100 }, (_, i) => (37 * i) % 100);
  assertEquals(distances.filter((distance) => distance > thresholdOf(distances, 0.05)).length, 5);
});

const threshold = tf.scalar(
  await (async () => {
    const classifier = await trained(classifierSpec(profiles.quick, "street-digits", 1));
    const { images } = (await streetDigits("train")).take(200).all();
    return thresholdOf([...await squeezingDistance(classifier, images).data()], 0.05);
  })(),
);
const classifier = await trained(classifierSpec(profiles.quick, "street-digits", 1));

Deno.test("The detector refuses 5 % of other clean training images, within the interval of so many", async () => {
  const { images } = (await streetDigits("train")).batch(
    Uint32Array.from({ length: 300 }, (_, i) => 200 + i),
  );
  const { victim } = standSqueezing((x) => classifier(x), threshold as tf.Scalar);
  const refused = await victim.rejects!(images).sum().data();
  assert(refused[0]! > 300 * 0.05 - 14 && refused[0]! < 300 * 0.05 + 14, `${refused[0]} of 300`);
});

Deno.test("Who attacks the squeezed images as well leaves less than who does not know of the detector", async () => {
  const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 20 } as const, examples = 24;
  const { victim, surrogates } = standSqueezing((x) => classifier(x), threshold as tf.Scalar);
  const under = (threat: string) => left(victim, { attack, examples, surrogate: surrogates![threat] });
  const [oblivious, together, both] = [
    await under("oblivious"),
    await under("straight-through"),
    await under("detector too"),
  ];
  assertLess(Math.min(together, both), 0.3);
  assert(Math.min(together, both) <= oblivious, `${together} ${both} ${oblivious}`);
});

Deno.test("The feature squeezing detector is deployed with a threshold of its own", async () => {
  const folder = await Deno.makeTempDir(), before = tf.memory().numTensors;
  try {
    const defense = await deploy(squeezingDetector(), {
      profile: profiles.quick,
      dataset: "street-digits",
      seed: 1,
    }, { training: { folder } });
    const { images, labels } = (await streetDigits("test", { size: 4 })).all();
    tf.tidy(() => assertEquals(defense.victim.rejects!(images).shape, [4]));
    tf.dispose([images, labels]);
    defense.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assertEquals(tf.memory().numTensors, before);
});
