import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { defenseGan, deploy, fitWgan, nearestGenerated } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { detector, latentGenerator, type Network } from "@gcln/kit/networks";
import { gradientAt, type Images, normal, type Parameters, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

const profile = {
  ...profiles.quick,
  name: "tiny",
  purifiers: { ...profiles.quick.purifiers, gan: { width: 4, images: 64 * 5 * 2, steps: 2, starts: 2 } },
};

/** Images of one colour each: the latent numbers are the colour. */
const colours = {
  apply: (_: Parameters, z: Images) => z.tile([1, 4, 4, 1]),
} as unknown as Network<Images>;

Deno.test("The search finds the nearest generated image: of a generator of colours, the mean colour", async () => {
  const images = uniform<tf.Rank.R4>([3, 4, 4, 3], 0, 1, 1) as Images;
  const found = nearestGenerated(colours, {}, 3, images, { steps: 60, starts: 2, rate: 0.3, seed: 1 });
  const mean = images.mean([1, 2], true).tile([1, 4, 4, 1]);
  assertLess((await found.sub(mean).abs().max().data())[0]!, 1e-3);
});

Deno.test("Of several starts the best one counts, image by image", async () => {
  const images = uniform<tf.Rank.R4>([4, 4, 4, 3], 0, 1, 2) as Images;
  const wrong = async (starts: number) => {
    const found = nearestGenerated(colours, {}, 3, images, { steps: 0, starts, seed: 1 });
    return await found.squaredDifference(images).mean([1, 2, 3]).data();
  };
  const [one, many] = [await wrong(1), await wrong(30)];
  many.forEach((error, i) => assert(error <= one[i]! + 1e-6));
  assert(many.some((error, i) => error < 0.5 * one[i]!));
});

const sizes = { latent: 3, width: 2, sides: [8, 8], channels: 1 } as const;
const network = latentGenerator({ architecture: "latent-generator", ...sizes });
const parameters: Parameters = Object.fromEntries(
  network.declarations.map(({ name, shape }, i) => [name, normal([...shape] as [number], 0, 0.5, i)]),
);

Deno.test("The gradient goes back through all steps of the search", async () => {
  const images = uniform<tf.Rank.R4>([2, 8, 8, 1], 0.3, 0.7, 3) as Images, step = 1e-2;
  const value = (x: Images) =>
    nearestGenerated(network, parameters, 3, x, { steps: 4, starts: 1, rate: 1, seed: 1 }).square()
      .sum() as tf.Scalar;
  const direction = uniform<tf.Rank.R4>([2, 8, 8, 1], -1, 1, 5);
  const along = (await gradientAt(value, images).mul(direction).sum().data())[0]!;
  const [up] = await value(images.add(direction.mul(step)) as Images).data();
  const [down] = await value(images.sub(direction.mul(step)) as Images).data();
  assertAlmostEquals((up! - down!) / (2 * step) / along, 1, 0.1);
});

Deno.test("A WGAN's critic tells digits from noise after a few steps, and nothing but the generator is left", async () => {
  const data = await streetDigits("train", { size: 128 });
  const generator = latentGenerator({
    architecture: "latent-generator",
    latent: 8,
    width: 2,
    sides: [32, 32],
    channels: 3,
  });
  const critic = detector({ architecture: "detector", width: 4, channels: 3 }),
    before = tf.memory().numTensors;
  const { parameters, history } = await fitWgan(data, {
    ...{ generator, critic, latent: 8, images: 16 * 3 * 20, batch: 16, criticSteps: 3, rate: 5e-3, seed: 1 },
  });
  assert(history.at(-1)!.distance! > 0);
  assertEquals(tf.memory().numTensors - before, generator.declarations.length);
  tf.dispose(Object.values(parameters));
});

Deno.test("Defense-GAN stands with its exact gradient; the best of its attackers leaves no more than the oblivious one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const circumstances = { profile, dataset: "street-digits", seed: 1 };
    const defense = await deploy(defenseGan(), circumstances, { training: { folder } });
    const digits = (await streetDigits("test")).take(8);
    const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 2 } as const;
    const left = async (threat: string) => {
      const surrogate = await defense.surrogate(threat);
      const { correct, gradients } = await measure(defense.victim, digits, { attack, surrogate, seed: 1 });
      return { right: correct.filter(Boolean).length, zero: gradients?.zero };
    };
    const [white, identity, oblivious] = [
      await left("white-box"),
      await left("identity"),
      await left("oblivious"),
    ];
    assert(Math.min(white.right, identity.right) <= oblivious.right);
    assertLess(white.zero ?? 0, 1);
    defense.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
