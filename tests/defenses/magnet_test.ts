import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { autoencoderSpec, deploy, jensenShannon, magnet } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { tf, useBackend } from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";

await useBackend();

const profile = {
  ...profiles.quick,
  name: "tiny",
  purifiers: { ...profiles.quick.purifiers, autoencoder: { images: 64 * 40 } },
};
const circumstances = { profile, dataset: "street-digits", seed: 1 };

Deno.test("jensenShannon() is that of Jensen and Shannon at a temperature, by hand", async () => {
  const one = tf.tensor2d([[Math.log(3) * 10, 0], [1, 2]]), other = tf.tensor2d([[0, 0], [1, 2]]);
  // At T = 10 the first pair is (3/4, 1/4) and (1/2, 1/2), whose mean is (5/8, 3/8).
  const byHand = 0.5 * (0.75 * Math.log(0.75 / 0.625) + 0.25 * Math.log(0.25 / 0.375)) +
    0.5 * (0.5 * Math.log(0.5 / 0.625) + 0.5 * Math.log(0.5 / 0.375));
  const [first, same] = await jensenShannon(one, other, 10).data();
  assertAlmostEquals(first!, byHand, 1e-6);
  assertAlmostEquals(same!, 0, 1e-7);
});

Deno.test("MagNet's autoencoder learns from four fifths of the images", () => {
  const { training, network } = autoencoderSpec(profile, "street-digits", 1);
  assertEquals([training.examples, training.noise, network.widths.length], [6400, 0.025, 3]);
});

Deno.test("MagNet refuses as many new clean images as its thresholds promise; who knows of it leaves no more", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const falsePositives = 0.05;
    const defense = await deploy(magnet({ falsePositives }), circumstances, { training: { folder } });
    const digits = await streetDigits("test", { size: 400 }), { images } = digits.all();
    const refused = (await defense.victim.rejects!(images).sum().data())[0]! / 400;
    // Three detectors of 5 % each: together between 5 and 15 %, and three standard deviations of 400 images.
    assertGreater(refused, 0.05 - 3 * Math.sqrt(0.05 * 0.95 / 400));
    assertLess(refused, 0.15 + 3 * Math.sqrt(0.15 * 0.85 / 400));
    const reformed = defense.cleaner!(images);
    assert((await reformed.min().data())[0]! >= 0 && (await reformed.max().data())[0]! <= 1);
    const reformer = await trained(autoencoderSpec(profile, "street-digits", 1), { folder });
    assertEquals(reformer.source, "cache");
    assertLess(reformer.history.at(-1)!.loss!, reformer.history[0]!.loss!);
    reformer.dispose();
    const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 3 / 255, steps: 4 } as const;
    const left = async (threat: string) => {
      const surrogate = await defense.surrogate(threat);
      const { correct } = await measure(defense.victim, digits.take(16), { attack, surrogate, seed: 1 });
      return correct.filter(Boolean).length;
    };
    assert(await left("detector too") <= await left("white-box"));
    defense.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
