import { assert, assertAlmostEquals, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { linf, lossGradient } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { deploy, diffused, diffusionPurification, diffusionSpec, noised } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { diffusionUnet, type Network } from "@gcln/kit/networks";
import { type Images, normal, type Parameters, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";

await useBackend();

const profile = {
  ...profiles.quick,
  name: "tiny",
  purifiers: { ...profiles.quick.purifiers, diffusion: { width: 4, images: 64 * 80 } },
};
const circumstances = { profile, dataset: "street-digits", seed: 1 };

Deno.test("The noise schedule is that of Ho et al.: nothing at first, as good as nothing left at last", () => {
  assertEquals(noised(0), { signal: 1, spread: 0 });
  assertAlmostEquals(noised(1).spread ** 2, 1e-4, 1e-12);
  assertAlmostEquals(noised(2).signal ** 2, (1 - 1e-4) * (1 - 1e-4 - 0.0199 / 999), 1e-12);
  assertAlmostEquals(noised(100).signal ** 2, 0.897, 1e-4); // t* = 0.1: 1 − β from 1 − 0.0001 to 1 − 0.00207
  assertLess(noised(1000).signal, 0.01);
});

const shape = diffusionUnet({ architecture: "diffusion-unet", width: 4, channels: 3 });
const parameters: Parameters = Object.fromEntries(
  shape.declarations.map(({ name, shape }, i) => [name, normal([...shape] as [number], 0, 0.1, i)]),
);
const images = uniform<tf.Rank.R4>([3, 16, 16, 3], 0.2, 0.8, 1) as Images;

Deno.test("Where the network finds the very noise that was added, the image comes back, in any number of steps", async () => {
  // The noise of all images is the same, and it is what the seed gives.
  const knowing = {
    apply: (_: Parameters, x: Images) =>
      normal<tf.Rank.R4>([1, 16, 16, 3], 0, 1, 7).tile([x.shape[0], 1, 1, 1]),
  };
  for (const steps of [1, 2, 5]) {
    const back = diffused(knowing as unknown as Network<Images>, {}, images, 7, { time: 0.2, steps });
    assertLess((await back.sub(images).abs().max().data())[0]!, 1e-5, `${steps} steps`);
  }
});

Deno.test("A purification follows its seed, and an image's does not depend on its batch", async () => {
  const at = (x: Images, seed: number) =>
    diffused(shape, parameters, x, seed, { time: 0.1, steps: 2 }).data();
  const all = await at(images, 1);
  assertNotEquals(all, await at(images, 2));
  const alone = await at(images.slice([1, 0, 0, 0], [1, 16, 16, 3]) as Images, 1);
  alone.forEach((value, i) => assertAlmostEquals(value, all[768 + i]!, 1e-5));
});

Deno.test("The gradient through noise and sampler is the slope of the purified image", async () => {
  const step = 1e-2, direction = uniform<tf.Rank.R4>([3, 16, 16, 3], -1, 1, 5);
  const value = (x: Images) =>
    diffused(shape, parameters, x, 3, { time: 0.1, steps: 3 }).square().sum() as tf.Scalar;
  const gradient = tf.grad((x: tf.Tensor) => value(x as Images))(images);
  const along = (await gradient.mul(direction).sum().data())[0]!;
  const [up] = await value(images.add(direction.mul(step)) as Images).data();
  const [down] = await value(images.sub(direction.mul(step)) as Images).data();
  assertAlmostEquals((up! - down!) / (2 * step) / along, 1, 0.05);
});

Deno.test("A short training finds noise better than who finds none, and who knows the noise leaves no more", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = await trained(diffusionSpec(profile, "street-digits", 1), { folder });
    assertLess(model.history.at(-1)!.loss!, 0.8); // finding none is wrong by 1
    const digits = (await streetDigits("test")).take(8), batch = digits.all();
    const purified = model.purify(batch.images, 1, { time: 0.1, steps: 4 });
    const noisy = model.purify(batch.images, 1, { time: 0.1, steps: 4 }).sub(batch.images).square().mean();
    assertLess((await noisy.data())[0]!, 0.102 / 4); // as much noise as was added, in the unit of images
    assert((await purified.min().data())[0]! >= 0 && (await purified.max().data())[0]! <= 1);
    model.dispose();
    const defense = await deploy(diffusionPurification({ steps: 1 }), circumstances, {
      training: { folder },
    });
    const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 3 / 255, steps: 3 } as const;
    const left = async (threat: string) => {
      const surrogate = await defense.surrogate(threat);
      const { correct } = await measure(defense.victim, digits, { attack, surrogate, seed: 1 });
      return correct.filter(Boolean).length;
    };
    const known = await left("noise known");
    assert(known <= await left("white-box") && known <= await left("oblivious"));
    const own = lossGradient(await defense.surrogate("white-box"), batch.images, batch);
    assertNotEquals(await own.data(), await lossGradient(defense.victim, batch.images, batch).data());
    defense.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
